"""The table over folds, against values computed by hand."""

import json

import numpy as np
import pytest

from foveal import CNNClassifier, cross_validate
from foveal.compare import CrossValidation
from foveal.compare.plan import FoldScores
from foveal.data.named import load_dataset

SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8), "n_epochs": 1}


def made(network, trees, *, is_share=True):
    results = [FoldScores(60, 40, {"network": a, "trees": b}, 3, 1.5) for a, b in zip(network, trees, strict=True)]
    return CrossValidation("1x3", "accuracy", tuple(results), ("class 'c' is small",), is_share)


def test_means_intervals_and_differences_by_hand():
    """s² = 0.01, ratio 2/3, so the mean's deviation is 0.1 sqrt(1/3 + 2/3) = 0.1; t(2) = 4.3027."""
    found = made([0.5, 0.6, 0.7], [0.5, 0.5, 0.5])
    assert found.mean() == pytest.approx(0.6)
    assert found.interval() == pytest.approx((0.6 - 0.43027, 1.0), abs=1e-5)  # 1.03 is no accuracy
    assert found.interval("trees") == (0.5, 0.5)
    assert found.difference("trees").value == pytest.approx(0.1)
    assert found.difference("trees").p == pytest.approx(1 - 1 / 3**0.5, abs=1e-6)  # t = 1, of 2 degrees
    low = made([-0.5, 0.6, 0.7], [0.5, 0.5, 0.5], is_share=False).interval().low
    assert low < -0.5
    assert made([0.0, 0.6, 0.7], [0.5, 0.5, 0.5]).interval().low == 0.0


def test_the_table():
    assert str(made([0.5, 0.6, 0.7], [0.5, 0.5, 0.5])) == "\n".join(
        (
            "1x3 folds  accuracy     95 % interval  network's lead      p",
            "network      0.6000  0.1697 to 1.0000",
            "trees        0.5000  0.5000 to 0.5000         +0.1000  0.423",
            "class 'c' is small",
            "the network is better than trees by 0.1000, which is within noise (p = 0.42)",
        )
    )


def test_all_of_it_is_json():
    told = json.loads(json.dumps(made([0.5, 0.6, 0.7], [0.5, 0.5, 0.5]).as_dict()))
    assert told["table"]["trees"].keys() == {"mean", "interval", "difference", "p"}
    assert told["folds"][2]["scores"] == {"network": 0.7, "trees": 0.5}


def test_the_same_again_and_without_baselines():
    data = load_dataset("digits")
    model = CNNClassifier(**SMALL, random_state=0)
    first, second = (
        cross_validate(model, data.X_train[:100], data.y_train[:100], folds="2x2", random_state=7) for _ in range(2)
    )
    assert str(first) == str(second)
    alone = cross_validate(model, data.X_train[:100], data.y_train[:100], folds="2x2", random_state=7, baselines=False)
    assert alone.names == ("network",)
    assert alone.scores() == first.scores()
    assert alone.verdict == ""
    assert "lead" not in str(alone)
    assert not hasattr(model, "fitted_")


def test_noise_is_said_to_be_noise():
    rng = np.random.default_rng(0)
    found = cross_validate(
        CNNClassifier(**SMALL, random_state=0), rng.normal(size=(60, 6, 6)), np.arange(60) % 2, folds="3x2"
    )
    assert found.verdict.count("within noise") + found.verdict.count("as good as") == 3
    low, high = found.interval()
    assert low < 0.5 < high
