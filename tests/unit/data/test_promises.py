"""A source's mistakes are told by their names: before the first epoch, or where rows of it are asked about."""

import hashlib

import numpy as np
import pytest
import torch
from torch import nn

from foveal import CNNClassifier
from foveal.core.errors import DataError, DataTypeError, ParameterError, ShapeError
from foveal.core.forms import Part
from foveal.data.promises import check_source, digest_of, statistics_of
from foveal.data.source import Statistics, lacking, longest, stretch

X = np.random.default_rng(0).normal(size=(12, 6, 6)).astype(np.float32)
Y = np.arange(12) % 2
SMALL = {"in_channels_list": (None, 3), "out_channels": 4, "in_features_list": (None, 5), "random_state": 0}
TOKENS = Part("tokens", (None,), "int64"), Part("mask", (None,), "bool")


class Tokens:
    """Numbers of 0 to 4, rows of 3, 4, 5 ... of them."""

    form, in_memory = TOKENS, True

    def __init__(self, lengths=range(3, 15)):
        self.lengths = np.array(lengths)

    def __len__(self):
        return len(self.lengths)

    def read(self, rows):
        mask = np.arange(self.lengths[rows].max()) < self.lengths[rows][:, None]
        return mask * (np.arange(mask.shape[1]) % 5), mask

    def chosen(self, rows):
        return type(self)(self.lengths[rows])

    def statistics(self, rows, dtype):
        return None

    def digest(self):
        return hashlib.sha256(self.lengths.tobytes()).digest()


class Pictures(Tokens):
    """The rows of X, one channel each."""

    form, lengths = (Part("x", (1, 6, 6)),), None

    def __init__(self, numbers=range(12)):
        self.numbers = np.array(numbers)

    def __len__(self):
        return len(self.numbers)

    def read(self, rows):
        return (X[self.numbers[rows], ..., None],)

    def chosen(self, rows):
        return type(self)(self.numbers[rows])

    def statistics(self, rows, dtype):
        return Statistics([0.0], [1.0])

    def digest(self):
        return self.numbers.tobytes()


class Net(nn.Module):
    def __init__(self, form, outputs):
        super().__init__()
        self.embed, self.head = nn.Embedding(5, 4), nn.Linear(4, outputs)

    def forward(self, tokens, mask):
        there = mask[..., None].float()
        return self.head((self.embed(tokens) * there).sum(1) / there.sum(1))


def changed(source, **members):
    for name, value in members.items():
        setattr(source, name, value)
    return source


def giving(*blocks):
    return {"read": lambda rows: blocks}


def form(*shape, dtype="float32", **more):
    return {"form": (Part("x", shape, dtype, **more),)}


@pytest.mark.parametrize("source", [Tokens(), Pictures(), Pictures([3])], ids=["tokens", "pictures", "one"])
def test_sound_sources_pass(source):
    check_source(source)
    assert isinstance(digest_of(source), bytes)


BROKEN = {
    "form of tuples": ({"form": (("x", (1, 6, 6)),)}, r"X.form must be a tuple of foveal.core.forms.Part, got \(\('x'"),
    "a lone part": ({"form": Part("x", (1, 6, 6))}, r"a single one is \(Part\(...\),\)"),
    "no part": ({"form": ()}, r"X.form must be a tuple of foveal.core.forms.Part, got \(\)"),
    "no shape": (form(), r"part 'x' must have a shape of whole numbers.*got \(\); for one number a row use \(1,\)"),
    "numbers of NumPy": (form(np.int64(1), 6, 6), r"whole numbers \(int\) of at least 1"),
    "an axis of none": (form(1, 0, 6), "whole numbers"),
    "float16": (form(1, 6, 6, dtype="float16"), "of 'float32', 'uint8', 'int64', 'bool', got 'float16'"),
    "a dtype": (form(1, 6, 6, dtype=np.float32), "dtype of 'float32'.*got <class 'numpy.float32'>"),
    "a length": (form(1, 6, 6, length=0), "must have a length of at least 1, an int, got 0"),
    "no lengths": (form(1, None, 6), r"X.lengths must be the length of each row, \(12,\), .*, got None"),
    "few lengths": ({**form(1, None, 6), "lengths": np.ones(3, int)}, r"got shape \(3,\)"),
    "a bare array": ({"read": lambda rows: X[rows]}, "X.read must give a tuple of arrays, one for each of 1 part, got"),
    "two parts": (giving(X[:2], X[:2]), "one for each of 1 part, got 2 of them"),
    "no channel": (giving(X[:2]), r"must be of shape \(2, 6, 6, 1\) for 2 rows of \(1, 6, 6\) with its channels "
                   r"last, got \(2, 6, 6\)"),
    "channels first": (giving(X[:2, None]), r"of shape \(2, 6, 6, 1\).*got \(2, 1, 6, 6\)"),
    "too few rows": (giving(X[:1, ..., None]), r"of shape \(2, 6, 6, 1\).*got \(1, 6, 6, 1\)"),
    "a tensor": (giving(torch.zeros(2, 6, 6, 1)), "part 'x' must be a NumPy array, got Tensor"),
    "text": (giving(X[:2, ..., None].astype(str)), "part 'x' is float32 by its form, got <U"),
    "halves": ({**giving(X[:2, ..., None]), **form(1, 6, 6, dtype="int64")}, "is int64 by its form, got float32"),
    "no bytes": ({**giving(X[:2, ..., None]), **form(1, 6, 6, dtype="uint8")}, "is uint8 by its form, got float32"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_not_as_promised_is_named(case):
    members, says = BROKEN[case]
    with pytest.raises(DataError, match=says):
        CNNClassifier(**SMALL).fit(changed(Pictures(), **members), Y)


def test_the_same_of_rows_to_validate_on():
    held = changed(Pictures(), **giving(X[:2]))
    with pytest.raises(ShapeError, match=r"validation's X\.read: part 'x' must be of shape"):
        CNNClassifier(**SMALL).fit(X, Y, validation=(held, Y))


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (([0.0], [1.0]), r"X.statistics must give foveal.data.source.Statistics or None, got tuple"),
        (Statistics([0.0, 1.0], [1.0]), r"mean must be one number for each channel, \(1,\), got shape \(2,\)"),
        (Statistics(0.0, [1.0]), r"mean must be one number for each channel, \(1,\), got shape \(\)"),
        (Statistics([0.0], [0.0]), r"deviation must be finite and more than 0, got \[0.0\]; give 1 where nothing"),
        (Statistics([np.nan], [1.0]), r"mean must be finite, got \[nan\]; leave out what is NaN"),
        (Statistics([0.0], [np.inf]), "deviation must be finite"),
        (Statistics(["a"], [1.0]), "mean must hold numbers"),
        (Statistics([0.0], [1.0], 0.0), "scale must be finite and more than 0"),
    ],
)  # fmt: skip
def test_statistics_that_cannot_scale_are_refused(found, says):
    source = changed(Pictures(), statistics=lambda rows, dtype: found)
    with pytest.raises(DataError, match=says):
        CNNClassifier(**SMALL).fit(source, Y)


@pytest.mark.parametrize("shape", [(1,), (1, 6), (1, 6, 6)])
def test_statistics_may_be_of_places(shape):
    found = Statistics(np.zeros(shape).tolist(), np.ones(shape).tolist())
    source = changed(Pictures(), statistics=lambda rows, dtype: found)
    assert statistics_of(source, np.arange(3), np.float32) is found


def test_a_digest_is_bytes(tmp_path):
    source = changed(Pictures(), digest=lambda: "abc")
    with pytest.raises(DataTypeError, match=r"X.digest must give bytes, got str; hashlib's digest\(\) gives bytes"):
        CNNClassifier(**SMALL, checkpoint=tmp_path).fit(source, Y)


def test_who_lacks_a_member_is_told_which():
    names = ("form", "in_memory", "__len__", "read", "chosen", "statistics", "digest")
    almost = type("Almost", (), {name: getattr(Pictures, name) for name in names})()
    assert lacking(almost) == ["lengths"]
    with pytest.raises(DataTypeError, match="X is no source, because Almost has no lengths; see"):
        CNNClassifier(**SMALL).fit(almost, Y)
    model = CNNClassifier(**SMALL, n_epochs=1).fit(Pictures(), Y)
    with pytest.raises(DataError, match="as at fit, got Almost, which has no lengths; see"):
        model.predict(almost)


def test_rows_of_a_source_may_be_asked_about_and_learnt_from_after_an_array():
    model = CNNClassifier(**SMALL, n_epochs=1).fit(X, Y)
    source = Pictures()
    np.testing.assert_array_equal(model.predict_proba(source), model.predict_proba(X))
    assert model.score(source, Y) == model.score(X, Y)
    assert model.partial_fit(source, Y).n_epochs_ == 2
    with pytest.raises(ShapeError, match=r"X must have rows x \(1, 6, 6\), as at fit, got tokens"):
        model.predict(Tokens())


def test_no_rows_are_empty():
    net = {"net": Net, "n_epochs": 1, "random_state": 0}
    model = CNNClassifier(**net).fit(Tokens(), Y)
    with pytest.raises(DataError, match="X is empty: 0 rows while a minimum of 1 is required"):
        model.predict(Tokens([]))
    with pytest.raises(DataError, match="X is empty: 0 rows"):
        CNNClassifier(**net).fit(Tokens([]), [])
    with pytest.raises(DataError, match="validation's X is empty"):
        CNNClassifier(**net).fit(Tokens(), Y, validation=(Tokens([]), []))


def test_tokens_that_are_no_whole_numbers_are_refused_at_predict():
    model = CNNClassifier(net=Net, n_epochs=1, random_state=0).fit(Tokens(), Y)
    halves = changed(Tokens(), form=(Part("tokens", (None,)), TOKENS[1]))
    says = "X must have parts of the dtypes of fit's, tokens int64, mask bool, got tokens float32, mask bool; convert"
    with pytest.raises(DataTypeError, match=says):
        model.predict(halves)


def test_the_longest_row_is_what_memory_is_counted_by():
    source = Tokens([4, 160])
    assert stretch(source) == 10
    assert [part.length for part in longest(source)] == [160, 160]
    assert stretch(Pictures()) == 1
    assert longest(Pictures()) is Pictures.form
    estimator = CNNClassifier(net=Net, n_epochs=1, random_state=0)
    few, many = estimator._prepared(Tokens(), Y), estimator._prepared(Tokens([*range(3, 14), 1600]), Y)
    assert many.memory.row > 50 * few.memory.row
    assert many.memory.data == 0  # rows of several lengths are read where they lie
    assert many.valid is None or many.valid.batch_size <= few.valid.batch_size


def test_long_rows_are_predicted_few_at_a_time(monkeypatch):
    model, asked = CNNClassifier(net=Net, n_epochs=1, random_state=0).fit(Tokens(), Y), []
    monkeypatch.setattr("foveal.fitted.predict.rows_at_once", lambda row, largest, device: asked.append(largest) or 5)
    model.predict(Tokens([16]))
    model.predict(Tokens([3, 1600]))
    assert asked[1] == 100 * asked[0]


def test_a_net_that_cannot_take_the_longest_row_is_named():
    class Short(Net):
        def forward(self, tokens, mask):
            if tokens.shape[1] > 16:
                raise ValueError("16 places at most")
            return super().forward(tokens, mask)

    with pytest.raises(ParameterError, match="Short fails in a row as long as the longest: 16 places at most"):
        CNNClassifier(net=Short, n_epochs=1).fit(Tokens([*range(3, 14), 40]), Y)
