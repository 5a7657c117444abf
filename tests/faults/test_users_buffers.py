"""A user's buffers and extra states, whatever becomes of them in training: kept, averaged, saved, gone on with."""

import numpy as np
import pytest
import torch
from torch import nn

from foveal.core.errors import ParameterError
from foveal.train.checkpoint import read_saved

from .small import classes, images, of_net, refused

X, Y = images(24), classes(24)

DTYPES = (
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.uint32, torch.int64,
    torch.uint64, torch.float16, torch.bfloat16, torch.complex64,
)  # fmt: skip


class Head(nn.Module):
    """Flatten and map to two logits; `look` sees the rows first."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(16, 2)

    def look(self, x):
        """Do nothing with the rows."""

    def forward(self, x):
        x = x.flatten(1)
        self.look(x)
        return self.head(x)


class Kept(Head):
    """Hold a buffer of some dtype."""

    def __init__(self, dtype, *, persistent=True):
        super().__init__()
        values = torch.tensor([0, 1, 1, 0])
        self.register_buffer("kept", values.to(dtype), persistent=persistent)


class Assigned(Head):
    """Assign a mean anew in each pass, in inference too."""

    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(16))

    def look(self, x):
        self.seen = 0.9 * self.seen + 0.1 * x.detach().mean(0)


class Resized(Head):
    """Keep the last batch."""

    def __init__(self):
        super().__init__()
        self.register_buffer("last", torch.zeros(0, 16))

    def look(self, x):
        self.last = x.detach().clone()


class Filled(Head):
    """Fill a buffer that was None, in training."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", None)

    def look(self, x):
        if self.training:
            self.mean = x.detach().mean(0)


class Emptied(Head):
    """Give a buffer up in training."""

    def __init__(self):
        super().__init__()
        self.register_buffer("first", torch.zeros(3))

    def look(self, x):
        if self.training:
            self.first = None


class Expanded(Head):
    """Assign a buffer whose values share their memory."""

    def __init__(self):
        super().__init__()
        self.register_buffer("wide", torch.zeros(16))

    def look(self, x):
        self.wide = x.detach().mean().expand(16)


class Changed(Head):
    """Change a buffer in place that no state dict has."""

    def __init__(self):
        super().__init__()
        self.register_buffer("steps", torch.zeros(3, dtype=torch.int16), persistent=False)

    def look(self, x):
        if self.training:
            self.steps += 1


class OtherDtype(Head):
    """Assign a buffer of another dtype than it had."""

    def __init__(self):
        super().__init__()
        self.register_buffer("counts", torch.zeros(2, dtype=torch.int64))

    def look(self, x):
        self.counts = x.detach().sum(0)[:2].double()


class Noted(Head):
    """Keep an extra state that is no tensor."""

    def __init__(self, note):
        super().__init__()
        self.note = note

    def look(self, x):
        if self.training and isinstance(self.note, dict):
            self.note["passes"] = self.note.get("passes", 0) + 1

    def get_extra_state(self):
        return self.note

    def set_extra_state(self, state):
        self.note = state


class OddHooks(Head):
    """Refuse what load_state_dict is given: nothing of ours may need it."""

    def _load_from_state_dict(self, *arguments):
        raise AssertionError("loaded")


MOVING = (Assigned, Resized, Filled, Emptied, Expanded, Changed, OtherDtype, OddHooks)


class Stop:
    """An augmentation that does nothing until it is Ctrl-C at its n-th call."""

    def __init__(self, n):
        self.n = n

    def __call__(self, batch, rng):
        self.n -= 1
        if not self.n:
            raise KeyboardInterrupt
        return batch


OPTIONS = {
    "plain": {},
    "early stopping": {"early_stopping": True, "patience": 2},
    "average": {"ema_decay": 0.9},
    "both": {"ema_decay": 0.9, "early_stopping": True, "patience": 1},
}


def contents_of(model):
    state = model._state.net.state_dict()
    return {name: value for name, value in state.items() if isinstance(value, torch.Tensor)}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("kind", MOVING)
def test_a_network_that_moves_its_buffers_trains(kind, options):
    model = of_net(kind(), n_epochs=4, batch_size=5, **OPTIONS[options]).fit(X, Y)
    assert np.isfinite(model.partial_fit(X, Y).predict_proba(X)).all()
    model.predict_proba(X[:1])
    model.partial_fit(X, Y)  # after a prediction, which has assigned buffers too


@pytest.mark.parametrize("kind", MOVING)
def test_a_network_that_moves_its_buffers_outlives_ctrl_c(kind):
    model = of_net(kind(), n_epochs=9, batch_size=24, augment=Stop(5))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert np.isfinite(model.predict_proba(X)).all()
    assert model.n_epochs_ >= 2


@pytest.mark.parametrize("kind", MOVING)
def test_a_network_that_moves_its_buffers_goes_on_to_the_same_bits(kind, tmp_path):
    net = kind()
    settings = {"n_epochs": 3, "batch_size": 5, "ema_decay": 0.9, "early_stopping": True}
    whole = of_net(net, **settings, augment=Stop(0)).fit(X, Y)
    saving = {**settings, "checkpoint": tmp_path, "checkpoint_every": 1}
    with pytest.raises(KeyboardInterrupt):
        of_net(net, **saving, augment=Stop(7)).fit(X, Y)
    assert list(tmp_path.glob("checkpoint-*"))
    gone_on = of_net(net, **saving, augment=Stop(0)).fit(X, Y)
    assert gone_on.n_epochs_ == 3
    for name, value in contents_of(whole).items():
        assert torch.equal(contents_of(gone_on)[name], value), name
    assert gone_on.history_["valid_loss"] == whole.history_["valid_loss"]


@pytest.mark.parametrize("persistent", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
def test_buffers_of_every_dtype_are_saved_and_read(dtype, persistent, tmp_path):
    settings = {"n_epochs": 2, "checkpoint": tmp_path, "ema_decay": 0.9, "early_stopping": True}
    of_net(Kept(dtype, persistent=persistent), **settings).fit(X, Y)
    saved = read_saved(next(tmp_path.glob("checkpoint-*")))
    wanted = torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype  # the network's precision
    assert saved.tensors["net.body.kept"].dtype == wanted
    model = of_net(Kept(dtype, persistent=persistent), **settings).fit(X, Y)  # goes on with the finished run
    assert torch.equal(model.net_.body.kept, torch.tensor([0, 1, 1, 0]).to(wanted))


UNSAVABLE = {
    "complex128": Kept(torch.complex128),
    "sparse": Kept(torch.float32),
    "extra state": Noted({"version": 1}),
}
UNSAVABLE["sparse"].kept = torch.eye(4).to_sparse()


@pytest.mark.usefixtures("no_epoch")
@pytest.mark.parametrize("case", UNSAVABLE)
def test_what_no_checkpoint_can_hold_is_refused_before_the_first_epoch(case, tmp_path):
    named = "body._extra_state" if case == "extra state" else "body.kept"
    with refused(ParameterError, "net", named, "checkpoint"):
        of_net(UNSAVABLE[case], checkpoint=tmp_path).fit(X, Y)


@pytest.mark.parametrize("case", UNSAVABLE)
@pytest.mark.parametrize("options", OPTIONS)
def test_without_a_checkpoint_it_trains(case, options):
    model = of_net(UNSAVABLE[case], n_epochs=3, **OPTIONS[options]).fit(X, Y)
    assert np.isfinite(model.predict_proba(X)).all()


def test_an_extra_state_is_that_of_the_epoch_that_is_kept():
    model = of_net(Noted({}), n_epochs=9, batch_size=24, valid_size=0, augment=Stop(5))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert model.net_.body.note["passes"] >= model.n_epochs_
    noted = model.net_.body.note["passes"]
    assert noted - model.n_epochs_ <= 2  # no step of the epoch that was broken off


def test_an_extra_state_that_is_a_tensor_is_saved_and_read(tmp_path):
    settings = {"n_epochs": 2, "checkpoint": tmp_path}
    of_net(Noted(torch.tensor([1, 2])), **settings).fit(X, Y)
    model = of_net(Noted(torch.tensor([0, 0])), **settings).fit(X, Y)
    assert model.net_.body.note.tolist() == [1, 2]
