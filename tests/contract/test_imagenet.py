"""EfficientNet-Lite0 with the weights that a package has: a head on frozen features, learnt in a moment."""

import numpy as np
import pytest

from foveal import CNNClassifier, load
from foveal.cli.main import run
from foveal.fitted.imagenet import NET, PACKAGE

pytest.importorskip(PACKAGE)
RNG = np.random.default_rng(0)
X = RNG.integers(0, 128, (32, 32, 32, 3), dtype=np.uint8)
X[::2, 8:24, 8:24] += 127
Y = np.arange(32) % 2


def test_a_head_is_learnt_on_features_and_the_scaling_is_the_packages(tmp_path):
    model = CNNClassifier(net=NET, weights="imagenet", freeze=True, n_epochs=10, batch_size=8, random_state=0).fit(X, Y)
    assert model.score(X, Y) > 0.9
    assert np.allclose(255 * model.net_.input.mean.numpy(), 127)
    assert np.allclose(255 * model.net_.input.deviation.numpy(), 128)
    model.save(tmp_path / "model.safetensors")
    assert load(tmp_path / "model.safetensors").weights == "imagenet"  # which is no path: it can be fitted again
    assert {name for name, weight in model.net_.named_parameters() if weight.requires_grad} == {
        "body._fc.weight", "body._fc.bias",
    }  # fmt: skip
    assert model.fitted_.first_weights["sha256"].startswith("57934424")


def test_the_command_line_takes_them(tmp_path, capsys):
    np.savez(tmp_path / "squares.npz", X_train=X, y_train=Y)
    words = ["net=efficientnet_lite0", "weights=imagenet", "freeze=true"]
    options = [part for word in words for part in ("--set", word)]
    code = run(["train", str(tmp_path / "squares.npz"), *options, "--epochs", "2", "--out", str(tmp_path / "run")])
    said = " ".join(capsys.readouterr().err.split())
    assert code == 0, said
    assert "efficientnet-lite0-57934424.pth" in said
    assert "freeze: the body was run once over 32 rows" in said
    assert 'weights = "imagenet"' in (tmp_path / "run" / "config.toml").read_text()
