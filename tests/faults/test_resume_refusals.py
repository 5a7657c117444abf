"""What a folder of checkpoints is refused for, and what it survives."""

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from foveal import CNN
from foveal.core.checkpoints import checkpoints, open_folder
from foveal.core.errors import DataError, DivergedError, ModelFileError, NewerFileError, ParameterError, ResourceError
from foveal.core.files import write_atomically
from foveal.train.checkpoint import read_saved

from .crafted import forged
from .resumable import CASES, SMALL, STEPS, data, estimator, fingerprint
from .small import refused

X, Y = data("plain")


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """Make the folder of a run that is over, its last two checkpoints two steps apart."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    estimator("plain", folder, checkpoint_every=2).fit(X, Y)
    return folder


@pytest.fixture
def folder(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"learning_rate": 0.5}, "has learning_rate=0.001, this one learning_rate=0.5"),
        ({"n_epochs": 9}, "n_epochs=9"),
        ({"random_state": 4}, "random_state=4"),
        ({"random_state": None}, "random_state='drawn'"),
        ({"optimizer": "muon"}, "optimizer='muon'"),
        ({"out_channels": 5}, "out_channels=5"),
        ({"augment": "flip"}, "augment='flip'"),
        ({"class_weight": {0: 2.0}}, "class_weight="),
    ],
)
def test_a_run_of_other_parameters_is_refused_by_name(parameters, words, folder):
    with refused(ParameterError, words, str(folder), "another folder to begin anew"):
        estimator("plain", folder, **parameters).fit(X, Y)


def test_another_estimator_is_refused(folder):
    with refused(ParameterError, "is a CNNClassifier's, not a CNN's", "use another folder"):
        CNN(**SMALL, checkpoint=folder).fit(X, Y)


OTHERS = {
    "fewer rows": (X[:-1], Y[:-1]), "other values": (X + 1e-3, Y), "another order": (X[::-1], Y),
    "other classes": (X, Y[::-1]),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERS)
def test_other_data_are_refused(case, folder):
    with refused(DataError, "learns from other data", "50 rows there", "pass the same X, y"):
        estimator("plain", folder).fit(*OTHERS[case])


def test_another_network_of_the_same_name_is_refused(tmp_path):
    def net(width):
        def made(shape, outputs):
            return nn.Sequential(nn.Flatten(), nn.Linear(36, width), nn.Linear(width, outputs))

        return made

    sizes = CASES["a user's network"]
    estimator("plain", tmp_path, **sizes | {"net": net(4)}).fit(X, Y)
    with refused(ModelFileError, "is a checkpoint of another network or optimizer", "other shapes"):
        estimator("plain", tmp_path, **sizes | {"net": net(5)}).fit(X, Y)


def test_a_drawn_seed_is_gone_on_with(tmp_path):
    first = estimator("plain", tmp_path / "run", random_state=None, checkpoint_every=STEPS + 1).fit(X, Y)
    newest = checkpoints(tmp_path / "run")[0]
    newest.unlink()  # as if it had been killed before
    again = estimator("plain", tmp_path / "run", random_state=None).fit(X, Y)
    assert fingerprint(again) == fingerprint(first)


def test_a_finished_run_gives_its_model_at_once(folder, monkeypatch):
    def begun(*arguments):
        raise AssertionError("a step was made")

    monkeypatch.setattr("foveal.train.loop.train_epoch", begun)
    expected = fingerprint(estimator("plain", None).set_params(checkpoint=folder).fit(X, Y))
    monkeypatch.undo()
    assert expected == fingerprint(estimator("plain", None).fit(X, Y))


def flipped(content: bytes) -> bytes:
    return content[:-9] + bytes([content[-9] ^ 4]) + content[-8:]


BREAKS = {"cut": lambda c: c[:-1], "cut in the header": lambda c: c[:99], "a bit": flipped, "empty": lambda c: b""}


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_newest_checkpoint_falls_back_with_one_warning(case, folder):
    newest, before = checkpoints(folder)
    newest.write_bytes(BREAKS[case](newest.read_bytes()))
    with pytest.warns(UserWarning, match="a checkpoint is broken, the one before it is taken") as warned:
        model = estimator("plain", folder).fit(X, Y)
    assert len(warned) == 1
    assert fingerprint(model) == fingerprint(estimator("plain", None).fit(X, Y))
    assert newest.with_suffix(".broken").exists()
    assert before.exists()


def test_where_all_are_broken_the_user_decides(folder):
    for path in checkpoints(folder):
        path.write_bytes(flipped(path.read_bytes()))
    with refused(ModelFileError, "no checkpoint in", "does not have the hash", "remove the folder to begin anew"):
        estimator("plain", folder).fit(X, Y)
    assert len(checkpoints(folder)) == 2


def test_a_checkpoint_that_the_disk_does_not_give_is_not_taken_for_broken(folder, monkeypatch):
    newest, opened = checkpoints(folder)[0], Path.open

    def failing(path, *args):
        if path == newest:
            raise OSError(errno.EIO, "Input/output error")
        return opened(path, *args)

    monkeypatch.setattr(Path, "open", failing)
    with refused(ResourceError, "Input/output error", "see to the disk"):
        estimator("plain", folder).fit(X, Y)
    assert checkpoints(folder)[0] == newest


def test_a_newer_format_is_refused_with_advice(folder):
    newest = checkpoints(folder)[0]
    newest.write_bytes(forged(lambda d: d.update(version=3))(newest.read_bytes()))
    with refused(NewerFileError, "format 3", "pip install -U foveal"):
        estimator("plain", folder).fit(X, Y)


HOLD = """
import sys
from foveal.core.checkpoints import open_folder
with open_folder(sys.argv[1]):
    print(flush=True)
    input()
"""


def test_a_second_trainer_is_refused(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        other.stdout.readline()
        with refused(ResourceError, f"(process {other.pid})", "wait for it, or choose another folder"):
            estimator("plain", tmp_path).fit(X, Y)
        other.communicate("\n")
    estimator("plain", tmp_path).fit(X, Y)


def test_a_lock_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").symlink_to(tmp_path / "precious")
    with refused(ResourceError, "cannot write in"):
        estimator("plain", tmp_path / "run").fit(X, Y)
    assert (tmp_path / "precious").read_text() == "kept"


def test_a_loss_that_is_no_number_is_neither_saved_nor_best(tmp_path, monkeypatch):
    steps = []

    def wild(outputs, targets):
        steps.append(len(outputs))
        loss = nn.functional.cross_entropy(outputs, targets, reduction="none")
        return loss * torch.nan if len(steps) > 12 else loss

    monkeypatch.setattr("foveal.tasks.fits.row_loss", lambda name, smoothing=0.0: wild)
    model = estimator("early stopping", tmp_path, checkpoint_every=1)
    with refused(DivergedError, "loss became nan", "step", "rate"):
        model.fit(X, Y)
    saved = [read_saved(path) for path in checkpoints(tmp_path)]
    assert len(saved) == 2
    for one in saved:
        assert all(bool(value.isfinite().all()) for value in one.tensors.values())
        assert np.isfinite(one.state["best"]["score"])
    assert all(np.isfinite(model.history_["train_loss"]))
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize(("every", "least"), [(1, 20), (3, 6), ("0.000001s", 20), ("1h", 1)])
def test_checkpoints_are_written_as_often_as_said(every, least, tmp_path, monkeypatch):
    written = []

    def write(path, content):
        written.append(path)
        write_atomically(path, content)

    monkeypatch.setattr("foveal.core.checkpoints.write_atomically", write)
    estimator("plain", tmp_path, checkpoint_every=every).fit(X, Y)
    assert least <= len(written) <= least + 3
    with open_folder(tmp_path) as folder:
        assert len(checkpoints(folder)) == min(2, len(written))


class Masked(nn.Module):
    """A user's network with a mask of minus infinity among its buffers, as attention has them."""

    def __init__(self, features: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, outputs)
        self.register_buffer("mask", torch.tensor([0.0] * outputs + [-torch.inf]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x.flatten(1)) + self.mask[:-1]


def test_a_mask_of_infinities_is_no_divergence(tmp_path):
    parameters = CASES["a user's network"] | {"net": Masked(36, 3)}
    estimator("plain", tmp_path, **parameters, checkpoint_every=1).fit(X, Y)
    assert len(checkpoints(tmp_path)) == 2
