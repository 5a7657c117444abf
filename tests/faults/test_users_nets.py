"""Whatever a user's network may be, it trains through all that a run goes through, or one line refuses it at once."""

import warnings

import numpy as np
import pytest
import torch

from foveal import CNNClassifier
from foveal.core.errors import ParameterError

from .users_nets import SHAPE, Drawn, draw

X = np.random.default_rng(0).normal(size=(23, *SHAPE[1:])).astype(np.float32)
Y = np.arange(23) % 3
FEW, MANY = 25, 100


class Stop:
    """An augmentation that does nothing until it is Ctrl-C at its n-th call."""

    def __init__(self, n: int):
        self.n = n

    def __call__(self, batch: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        self.n -= 1
        if not self.n:
            raise KeyboardInterrupt
        return batch


def model(drawn: Drawn, **parameters) -> CNNClassifier:
    given = {"n_epochs": 3, "batch_size": 6, "random_state": 0, "valid_size": 0.3, **parameters}
    return CNNClassifier(net=drawn.net, **given)


def tensors_of(fitted: CNNClassifier) -> dict[str, torch.Tensor]:
    net = fitted.net_
    return {**dict(net.named_parameters()), **dict(net.named_buffers())}


def trains(drawn: Drawn) -> None:
    """Train with an average and early stopping, go on, predict; be left by Ctrl-C and keep what was learnt."""
    fitted = model(drawn, ema_decay=0.9, early_stopping=True, patience=2).fit(X, Y)
    assert np.isfinite(fitted.predict_proba(X)).all()
    fitted.partial_fit(X, Y).predict(X[:1])
    left = model(drawn, n_epochs=50, augment=Stop(13))
    with pytest.raises(KeyboardInterrupt):
        left.fit(X, Y)
    assert np.isfinite(left.predict_proba(X)).all()


def goes_on(drawn: Drawn, folder) -> None:
    """Be left with a checkpoint, go on from it, and end with the bits of a run that was not left."""
    settings = {"ema_decay": 0.9, "early_stopping": True}
    whole = model(drawn, **settings, augment=Stop(0)).fit(X, Y)
    with pytest.raises(KeyboardInterrupt):
        model(drawn, **settings, augment=Stop(6), checkpoint=folder, checkpoint_every=1).fit(X, Y)
    assert list(folder.glob("checkpoint-*"))
    gone_on = model(drawn, **settings, augment=Stop(0), checkpoint=folder, checkpoint_every=1).fit(X, Y)
    for name, value in tensors_of(whole).items():
        assert torch.equal(tensors_of(gone_on)[name], value), name


def check(seed: int, folder, monkeypatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of TorchScript and complex numbers
        drawn = draw(seed)
        if drawn.refused:
            is_refused(drawn, drawn.refused, monkeypatch)
            return
        trains(drawn)
        if drawn.unsaved:
            is_refused(drawn, drawn.unsaved, monkeypatch, checkpoint=folder)
        else:
            goes_on(drawn, folder)


def is_refused(drawn: Drawn, words: tuple[str, ...], monkeypatch, **parameters) -> None:
    def begun(*arguments):
        raise AssertionError("an epoch was begun")

    with monkeypatch.context() as patched:
        patched.setattr("foveal.fitting.run.train", begun)
        with pytest.raises(ParameterError) as caught:
            model(drawn, **parameters).fit(X, Y)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert len(message) < 1000
    assert ";" in message or " must " in message, message  # the way out


@pytest.mark.parametrize("seed", range(FEW))
def test_a_users_network_trains_or_is_refused_at_once(seed, tmp_path, monkeypatch):
    check(seed, tmp_path, monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(FEW, MANY))
def test_many_more_users_networks_train_or_are_refused_at_once(seed, tmp_path, monkeypatch):
    check(seed, tmp_path, monkeypatch)
