"""What `save` writes can be loaded; what could not is refused before anything is written."""

import numpy as np
import pytest
import torch
from torch import nn

import foveal
from foveal import CNNClassifier
from foveal.core import files
from foveal.core.errors import ParameterError, ResourceError
from foveal.core.forms import Part

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(24, 6, 6)).astype(np.float32), np.arange(24) % 3
SMALL = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8)}


class Flat(nn.Module):
    """Sums of the pixels' shares; a counter comes before the weights, and `seen` grows in training."""

    def __init__(self, outputs=3, *, grows=False):
        super().__init__()
        self.register_buffer("a_step", torch.zeros((), dtype=torch.int64))
        self.register_buffer("seen", torch.zeros(1))
        self.register_buffer("kept", None)
        self.head, self.grows = nn.Linear(36, outputs), grows

    def forward(self, x):
        if self.training:
            self.a_step += 1
            if self.grows:
                self.seen, self.kept = x.detach().flatten(1)[:2].clone(), torch.ones(3, dtype=x.dtype)
        return self.head(x.flatten(1)) + self.seen.sum()


def fitted(net=None, **parameters):
    sizes = SMALL if net is None else {"net": net}
    return CNNClassifier(**sizes, n_epochs=1, random_state=0, **parameters).fit(X, Y)


@pytest.fixture(scope="module")
def plain():
    return fitted()


def test_a_network_of_another_size_is_refused_and_can_be_given(tmp_path):
    model = fitted(stride=(1, 1))
    model.net_.body = CNNClassifier(**{**SMALL, "out_channels": 5}, n_epochs=1).fit(X, Y).net_.body  # surgery within
    (tmp_path / "m").write_bytes(b"old")
    with pytest.raises(ParameterError, match=r"net_ is not the network that fit has made.*tensor 'body.*given=\(\"net"):
        model.save(tmp_path / "m")
    assert (tmp_path / "m").read_bytes() == b"old"
    model.save(tmp_path / "m", given=("net",))
    again = foveal.load(tmp_path / "m", net=model.net_.body)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.get_params()["out_channels"] == CNNClassifier().out_channels


@pytest.mark.parametrize("precision", ["float64", "auto"])
def test_whole_numbers_before_the_weights_say_nothing_of_the_dtype(precision, tmp_path):
    letters = Letters()
    model = CNNClassifier(net=lambda form, n: Summed(n), n_epochs=1, random_state=0, precision=precision)
    model.fit(letters, Y).save(tmp_path / "m", given=("net",))
    again = foveal.load(tmp_path / "m", net=lambda form, n: Summed(n))
    assert next(again.net_.parameters()).dtype == next(model.net_.parameters()).dtype
    np.testing.assert_array_equal(again.predict_proba(letters), model.predict_proba(letters))


class Summed(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.register_buffer("a_step", torch.zeros((), dtype=torch.int64))
        self.embed, self.head = nn.Embedding(5, 4), nn.Linear(4, outputs)

    def forward(self, letters):
        return self.head(self.embed(letters[:, 0]).sum(1))


class Letters:
    """Rows that nothing scales, so that the network has no `input`."""

    form = (Part("letters", (1, 4), "int64"),)
    in_memory, lengths = True, None

    def __init__(self, rows=None):
        self.values = rng.integers(5, size=(24, 4, 1)) if rows is None else rows

    def __len__(self):
        return len(self.values)

    def read(self, rows):
        return (self.values[rows],)

    def chosen(self, rows):
        return Letters(self.values[rows])

    def statistics(self, rows, dtype):
        return None

    def digest(self):
        return self.values.tobytes()


def test_buffers_that_grew_in_training_come_back(tmp_path):
    model = fitted(Flat(grows=True))
    model.save(tmp_path / "m", given=("net",))
    again = foveal.load(tmp_path / "m", net=Flat(grows=True))
    assert [again.net_.body.seen.shape, again.net_.body.kept.shape] == [(2, 36), (3,)]
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


class Stateful(Flat):
    def get_extra_state(self):
        return {"a": 1}

    def set_extra_state(self, state):
        pass


class Complex(Flat):
    def __init__(self):
        super().__init__()
        self.register_buffer("turn", torch.ones(1, dtype=torch.complex128))


@pytest.mark.parametrize(
    ("net", "words"),
    [(Stateful, "net_: body._extra_state is no tensor but dict"), (Complex, "body.turn is a torch.complex128 tensor")],
)
def test_what_no_file_holds_is_named(net, words, tmp_path):
    with pytest.raises(ParameterError, match=f"{words}, and a file holds dense tensors"):
        fitted(net()).save(tmp_path / "m", given="net")
    assert not (tmp_path / "m").exists()


def test_weights_of_a_dtype_that_load_does_not_build_are_refused(tmp_path):
    model = fitted(Flat())
    model.net_.body.half()
    with pytest.raises(
        ParameterError, match=r"its weight 'body.head.weight' is torch.float16, .* net_.to\(torch.float32"
    ):
        model.save(tmp_path / "m", given="net")
    model.net_.to(torch.float32)
    model.save(tmp_path / "m", given="net")
    assert foveal.load(tmp_path / "m", net=Flat()).predict(X).shape == (24,)


def test_one_name_may_be_given_as_it_is(tmp_path):
    fitted(Flat()).save(tmp_path / "m", given="net")
    assert foveal.load(tmp_path / "m", net=Flat()).predict(X).shape == (24,)


@pytest.mark.parametrize(("name", "held"), [("net", "net=None"), ("loss", "loss='cross_entropy'")])
def test_what_a_file_holds_by_itself_is_not_left_out(name, held, plain, tmp_path):
    with pytest.raises(ParameterError, match=f"given names {name}, but a model file holds {held} by itself; leave"):
        plain.save(tmp_path / "m", given=(name,))


def test_code_is_shown_short_with_the_way_out(tmp_path):
    with pytest.raises(ParameterError, match=r"^net=Flat.{,160} cannot be saved: .*save\(path, given=\(\"net\",\)\)"):
        fitted(Flat()).save(tmp_path / "m")


def test_what_reads_otherwise_than_it_was_written_takes_no_name(plain, tmp_path, monkeypatch):
    (tmp_path / "m").write_bytes(b"old")
    monkeypatch.setattr(files.os, "fsync", lambda handle: files.os.pwrite(handle, b"!", 9))
    with pytest.raises(ResourceError, match="what was written reads otherwise; choose another disk"):
        plain.save(tmp_path / "m")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]
