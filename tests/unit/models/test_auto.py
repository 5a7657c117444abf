import numpy as np
import pytest

from foveal import CNNClassifier
from foveal.core.choices import NETS
from foveal.models.auto import RESIDUAL, SIGNAL, auto_net


@pytest.mark.parametrize(
    ("shape", "net"),
    [
        ((1, 28, 28), "plain"), ((3, 63, 200), "plain"), ((3, 64, 64), RESIDUAL), ((1, 80, 64, 64), RESIDUAL),
        ((1, 23), "plain"), ((6, 24), SIGNAL), ((1, 16, 64, 64), "plain"),
    ],
)  # fmt: skip
def test_the_rule(shape, net):
    choice = auto_net(shape)
    assert choice.net == net
    assert choice.net in NETS
    assert choice.said


def test_a_tables_columns_are_no_signal():
    assert auto_net((1, 500), table=True).net == "plain"


def test_what_was_chosen_is_kept_and_said(capsys, tmp_path):
    X, y = np.random.default_rng(0).normal(size=(12, 2, 24)).astype(np.float32), np.arange(12) % 2
    model = CNNClassifier(net="auto", layout="NCL", n_epochs="auto", batch_size=6, random_state=0, verbose=1)
    model.set_params(n_epochs=1).fit(X, y)
    assert model.fitted_.settings["net"] == SIGNAL
    assert f"net='auto' is {SIGNAL}: X are signals of 24 steps" in capsys.readouterr().err
    named = CNNClassifier(net=SIGNAL, layout="NCL", n_epochs=1, batch_size=6, random_state=0).fit(X, y)
    assert (named.predict_proba(X) == model.predict_proba(X)).all()
    model.save(tmp_path / "it.safetensors")
    model.partial_fit(X, y)  # "auto" means what it meant
    assert model.net == "auto"
