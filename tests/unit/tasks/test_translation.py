"""The kind of translations: the loss of a row is the mean over its pieces, of a batch over all of them."""

import numpy as np
import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.core.parameters import with_defaults
from foveal.data.batches import Batch
from foveal.layers import Parted
from foveal.models.landmarks.conv_s2s import ConvS2S
from foveal.tasks.translation import TRANSLATION, translation
from foveal.train.step import loss_of_rows, total_of


def batch():
    source, target = torch.tensor([[5, 2, 0], [4, 6, 2]]), torch.tensor([[2, 3, 4, 2], [2, 5, 2, 0]])
    weight = torch.tensor([3.0, 2.0])
    return Batch((source, source > 0, target, target > 0), (torch.zeros(2),), weight)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_a_batch_is_the_mean_over_its_pieces(smoothing):
    torch.manual_seed(0)
    net, task, rows = Parted(None, ConvS2S(9, 7, layers=1, width=4, dropout=0.0)), translation(smoothing), batch()
    out = task.run(net, rows)
    found = loss_of_rows(task, out, rows) / total_of(rows)
    with torch.no_grad():
        logits = net(*rows.x)[rows.x[3][:, 1:]]
    labels = torch.tensor([3, 4, 2, 5, 2])
    torch.testing.assert_close(found.detach(), nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing))
    scores = task.scores(task.tally(out, *rows.y, weight=rows.weight))
    assert scores["log_probability"] == pytest.approx(-float(nn.functional.cross_entropy(logits, labels)), abs=1e-6)
    assert scores["piece_accuracy"] == pytest.approx(float((logits.argmax(1) == labels).double().mean()))


def test_a_share_without_rows_has_a_loss_of_nothing():
    net, task, rows = Parted(None, ConvS2S(9, 7, layers=1, width=4)), translation(), batch()
    none = Batch(tuple(part[:0] for part in rows.x), (rows.y[0][:0],), rows.weight[:0])
    out = task.run(net, none)
    assert out.shape == (0, 4)
    loss_of_rows(task, out, none).backward()


def test_what_is_inferred_is_decoded_to_pieces():
    net, task, rows = Parted(None, ConvS2S(9, 7, layers=1, width=4)).eval(), translation(), batch()
    found = task.decode(task.infer(net, *rows.x))
    assert found.shape == (2,)
    assert all(isinstance(piece, int) and piece > 2 for row in found for piece in row)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"loss": "mse"}, r"loss='mse' does not fit translation"),
        ({"class_weight": "balanced"}, r"class_weight='balanced' is for classes"),
        ({"sampler": "balanced"}, r"sampler='balanced' is for classes"),
        ({"net": "resnet18"}, r"net='resnet18' does not translate; use 'conv_s2s'"),
        ({"net": None}, r"net=None does not translate"),
    ],
)
def test_what_has_no_meaning_is_refused(how, says):
    with pytest.raises(ParameterError, match=says):
        TRANSLATION.learn(with_defaults({"net": "conv_s2s"} | how), np.zeros(3), None)


def test_it_has_no_classes_and_measures_texts():
    problem, y = TRANSLATION.learn(with_defaults({"net": "conv_s2s"}), np.zeros(3), None)
    assert y.tolist() == [0, 0, 0]
    assert problem.classes is None
    found = TRANSLATION.measure(problem, ["a b", "c"], np.array(["a b", "d"], object), None)
    assert found.values["exact_match"] == 0.5
    assert found.score == found.values["chrf"] == TRANSLATION.score(["a b", "c"], ["a b", "d"], None)
