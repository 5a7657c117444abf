"""Texts in, labels, several labels and values out: every net, scikit-learn's manners, odd texts, exactness."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import SkipTestWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks as checks
from sklearn.utils.estimator_checks import check_estimator
from torch import nn

import foveal
from foveal import TextClassifier, TextRegressor
from foveal.core.errors import DataError, DataTypeError, ParameterError, ResourceError
from foveal.data.text.texts import Texts

SMALL = "wide_kim(vector=8, maps=4, buckets=10)"
NETS = [SMALL, "kim(vector=8, maps=4)", "zhang(maps=4, features=8)", "text_resnet(vector=8, blocks=2)"]
HOW = {"net": SMALL, "n_epochs": 12, "batch_size": 8, "learning_rate": 0.01, "random_state": 0}
TEXTS = ["a good film", "good, and funny it is", "a bad film", "bad", "so very bad, and far too long"] * 8
Y = np.array(["+", "+", "-", "-", "-"] * 8)
ODD = [
    "", " ", "xyzzy", "\x00\x00", "bad\x00good", "\U0001f600\U0001f468\u200d\U0001f469", "مرحبا بالعالم", "é",
    "e\u0301",
    "\ud800", "good " * 20_000, "x" * 100_000, "\n\n", "12", "\u202egood",
]  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return TextClassifier(**HOW).fit(TEXTS, Y)


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("pieces", ["words", "characters", "bytes", "bpe"])
def test_every_net_takes_all_pieces_and_comes_back_from_its_file(net, pieces, tmp_path):
    made = TextClassifier(**HOW | {"net": net, "n_epochs": 1, "pieces": pieces}).fit(TEXTS, Y)
    made.save(tmp_path / "m.safetensors")
    again = foveal.load(tmp_path / "m.safetensors")
    assert type(again) is TextClassifier
    assert np.array_equal(again.predict_proba(ODD), made.predict_proba(ODD))
    assert again.get_params()["pieces"] == pieces


def test_it_learns(model):
    assert model.score(TEXTS, Y) > 0.9
    assert model.predict(["good", "bad"]).tolist() == ["+", "-"]
    assert model.classes_.tolist() == ["+", "-"]


@pytest.mark.parametrize("net", NETS)
def test_padding_batch_mates_buckets_and_order_change_nothing(net):
    made = TextClassifier(**HOW | {"net": net, "n_epochs": 1}).fit(TEXTS, Y)
    texts = [*TEXTS[:5], *ODD, "good " * 300]
    together = made.predict_proba(texts)
    alone = np.concatenate([made.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6)
    turned = np.random.default_rng(0).permutation(len(texts))
    np.testing.assert_allclose(made.predict_proba([texts[i] for i in turned]), together[turned], rtol=0, atol=1e-6)


def test_texts_of_all_sorts_and_sources_are_the_same(model):
    wanted = model.predict_proba(TEXTS)
    for X in (np.array(TEXTS), pd.Series(TEXTS), pd.DataFrame({"t": TEXTS}), Texts(TEXTS), tuple(TEXTS)):
        assert np.array_equal(model.predict_proba(X), wanted)


def test_odd_texts_have_an_answer_and_the_empty_one_that_of_no_words(model):
    chances = model.predict_proba(ODD)
    assert np.isfinite(chances).all()
    assert np.array_equal(chances[0], chances[1])  # nothing but space has no word
    assert np.array_equal(chances[7], chances[8])  # one normal form
    made = TextClassifier(**HOW | {"n_epochs": 1}).fit(ODD * 2, ["a", "b"] * len(ODD))
    assert np.isfinite(made.predict_proba(ODD)).all()


def test_one_form_and_case_by_the_rule():
    exact = TextClassifier(**HOW | {"n_epochs": 1, "lower": False, "unicode_form": None}).fit(TEXTS, Y)
    assert not np.array_equal(exact.predict_proba(["GOOD"]), exact.predict_proba(["good"]))
    assert [step["step"] for step in exact.fitted_.input_rule] == ["text", "pieces", "rows"]


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        ([*TEXTS[:3], None], DataError, "row 3 of X is missing"),
        (["a", float("nan")], DataError, "row 1 of X is missing"),
        (["a", 3], DataTypeError, "row 1 of X must be a text"),
        ("a good film", DataTypeError, r"put it into a list: \[X\]"),
        ([], DataError, "X is empty"),
        ([("a", "b")], DataError, "X must have one text a row, as at fit, got pairs"),
    ],
)
def test_what_is_no_text_is_refused(model, X, error, words):
    with pytest.raises(error, match=words):
        model.predict(X)


def test_bad_training_data_are_refused_before_the_first_epoch():
    with pytest.raises(DataError, match="row 1 of X is missing"):
        TextClassifier().fit(["a", None], [0, 1])
    with pytest.raises(DataError, match="hold no piece"):
        TextClassifier(valid_size=0).fit(["", ""], [0, 1])
    with pytest.raises(ParameterError, match="net='resnet18' takes rows that are one array"):
        TextClassifier(net="resnet18").fit(TEXTS, Y)
    with pytest.raises(TypeError, match="unexpected keyword argument 'filter_size'"):
        TextClassifier(filter_size=3)
    with pytest.raises(ParameterError, match="pieces must be one of 'auto', 'words'"):
        TextClassifier(pieces="lines").fit(TEXTS, Y)
    with pytest.raises(ParameterError, match="net='kim' takes rows of tokens, and these are"):
        foveal.CNNClassifier(net="kim").fit(np.zeros((4, 3)), [0, 1, 0, 1])


def test_values_of_odd_texts():
    made = TextRegressor(**HOW | {"n_epochs": 1}).fit(ODD * 2, np.arange(2.0 * len(ODD)))
    assert np.isfinite(made.predict(ODD)).all()
    with pytest.raises(DataError, match="y contains NaN"):
        TextRegressor(**HOW).fit(TEXTS, [float("nan")] * 40)
    with pytest.raises(DataError, match=r"numbers written as text with astype\(float\)"):
        TextRegressor(**HOW).fit(TEXTS, ["1.5", "2"] * 20)


def test_labels_that_are_numbers_as_text_stay_text():
    made = TextClassifier(**HOW | {"n_epochs": 1}).fit(TEXTS[:10], ["1", "02"] * 5)
    assert set(made.predict(TEXTS)) <= {"1", "02"}


def test_pairs_of_texts():
    pairs = [("a", "b"), ("b", "a")] * 20
    made = TextClassifier(**HOW | {"n_epochs": 30}).fit(pairs, [0, 1] * 20)
    assert made.score(pairs, [0, 1] * 20) == 1
    assert made.predict(pd.DataFrame(pairs)).tolist() == [0, 1] * 20
    with pytest.raises(DataError, match="must have a pair of texts a row"):
        made.predict(["a"])


def test_several_labels_and_values(tmp_path):
    flags = np.array([["good" in text, "film" in text] for text in TEXTS], int)
    made = TextClassifier(**HOW | {"n_epochs": 30}).fit(TEXTS, flags)
    assert made.predict(TEXTS).shape == (40, 2)
    assert made.score(TEXTS, flags) > 0.8
    lengths = np.array([float(len(text)) for text in TEXTS])
    values = TextRegressor(**HOW | {"n_epochs": 30}).fit(TEXTS, lengths)
    assert values.score(TEXTS, lengths) > 0.8
    values.save(tmp_path / "m.safetensors")
    assert np.array_equal(foveal.load(tmp_path / "m.safetensors").predict(TEXTS), values.predict(TEXTS))
    assert TextRegressor(**HOW | {"n_epochs": 1}).fit(TEXTS, np.c_[lengths, -lengths]).predict(TEXTS).shape == (40, 2)


def test_scikit_learns_manners(model):
    quick = TextClassifier(**HOW | {"n_epochs": 1, "verbose": 0})
    assert clone(quick).get_params() == quick.get_params()
    assert len(cross_val_score(quick, TEXTS, Y, cv=2)) == 2
    search = GridSearchCV(quick, {"pieces": ["words", "characters"]}, cv=2).fit(TEXTS, Y)
    assert search.best_params_["pieces"] in ("words", "characters")
    piped = make_pipeline(FunctionTransformer(lambda X: [text.upper() for text in X]), quick).fit(TEXTS, Y)
    assert piped.predict(["BAD"]).shape == (1,)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict_proba(TEXTS), model.predict_proba(TEXTS))
    tags = quick.__sklearn_tags__()
    assert tags.input_tags.string
    assert not tags.input_tags.two_d_array


#: Checks that ask for no X.
CHECKS = [
    checks.check_estimator_cloneable, checks.check_estimator_tags_renamed, checks.check_valid_tag_types,
    checks.check_estimator_repr, checks.check_no_attributes_set_in_init, checks.check_get_params_invariance,
    checks.check_set_params, checks.check_do_not_raise_errors_in_init_or_set_params,
    checks.check_parameters_default_constructible,
]  # fmt: skip


@pytest.mark.parametrize("made", [TextClassifier(), TextRegressor()])
def test_scikit_learns_checks_of_what_takes_no_table(made):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(made, on_fail=None)  # scikit-learn leaves most out where no table is taken
    assert [r["check_name"] for r in results if r["status"] == "failed"] == []
    for check in CHECKS:
        check(type(made).__name__, clone(made))


def test_validation_is_read_by_what_the_training_rows_have_taught():
    made = TextClassifier(**HOW | {"n_epochs": 1}).fit(TEXTS, Y, validation=(["never seen", "bad"], ["+", "-"]))
    assert "never" not in made.fitted_.input_rule[1]["entries"]
    assert len(made.history_["valid_score"]) == 1


def test_partial_fit_and_weights_and_epochs():
    made = TextClassifier(**HOW)
    made.partial_fit(TEXTS, Y, classes=["+", "-"]).partial_fit(["good thing"] * 4, ["+"] * 4)
    assert made.n_epochs_ == 2
    weighted = TextClassifier(**HOW | {"class_weight": "balanced"}).fit(TEXTS, Y, sample_weight=np.arange(40.0))
    assert weighted.predict(TEXTS).shape == (40,)
    stopped = TextClassifier(**HOW | {"early_stopping": True, "patience": 1, "n_epochs": 50}).fit(TEXTS, Y)
    assert stopped.n_epochs_ < 50
    assert len(list(TextClassifier(**HOW | {"n_epochs": 2}).epochs(TEXTS, Y))) == 2


def test_the_same_seed_gives_the_same_bits():
    one, two = (TextClassifier(**HOW | {"n_epochs": 2}).fit(TEXTS, Y).predict_proba(TEXTS) for _ in range(2))
    assert np.array_equal(one, two)


def test_batches_of_so_many_pieces():
    how = HOW | {"batch_size": 100, "batch_tokens": 20, "n_epochs": 1, "valid_size": 0}
    made = TextClassifier(**how).fit(TEXTS, Y)
    batches = list(made._prepared(TEXTS, Y).batches.epoch(0))
    assert len({len(batch.x[0]) for batch in batches}) > 1
    assert all(len(batch.x[0]) * batch.x[0].shape[1] <= 20 for batch in batches)
    assert sum(len(batch.x[0]) for batch in batches) == len(TEXTS)
    assert made.predict_proba(TEXTS).shape == (40, 2)
    with pytest.raises(ParameterError, match="and batch_tokens=20 cuts the same batches in each"):
        TextClassifier(**how, sampler="balanced").fit(TEXTS, Y)


def test_auto_says_what_it_is():
    made = TextClassifier(n_epochs=1, random_state=0).fit(TEXTS, Y)
    assert made.fitted_.settings["net"].startswith("wide_kim(")


def test_a_large_vocabulary_and_long_texts():
    words = [f"w{i}" for i in range(200_000)]
    texts = [" ".join(words[i : i + 2000]) for i in range(0, 200_000, 2000)] + ["w1", " ".join(words[:10_000])]
    made = TextClassifier(
        net="kim(vector=2, maps=1)", vocabulary_size=200_000, max_length=None, n_epochs=1, batch_size=4, valid_size=0
    )
    made.fit(texts, np.arange(len(texts)) % 2)
    assert made.fitted_.form[0].values == 200_003
    assert np.isfinite(made.predict_proba(["w1", " ".join(words[:10_000])])).all()


def test_what_does_not_fit_into_memory_is_told(monkeypatch):
    monkeypatch.setattr("foveal.fitting.budget.memory_for", lambda *_: 5 * 10**6)
    with pytest.raises(ResourceError, match="use batch_size="):
        TextClassifier(net="kim(vector=64, maps=64)").fit(["good " * 900, "bad"] * 50, [0, 1] * 50)


class Mean(nn.Module):
    def __init__(self, values, outputs):
        super().__init__()
        self.embed, self.head = nn.Embedding(values, 4), nn.Linear(4, outputs)

    def forward(self, tokens, mask):
        there = mask[..., None].float()
        return self.head((self.embed(tokens) * there).sum(1) / there.sum(1).clamp(min=1))


def test_a_network_of_ones_own(tmp_path):
    def own(form, outputs):
        return Mean(form[0].values, outputs)

    made = TextClassifier(**HOW | {"net": own}).fit(TEXTS, Y)
    assert made.score(TEXTS, Y) >= 0.8
    made.save(tmp_path / "m", given=("net",))
    assert np.array_equal(foveal.load(tmp_path / "m", net=own).predict_proba(ODD), made.predict_proba(ODD))


def test_views_of_texts_are_refused(model):
    with pytest.raises(ParameterError, match="tta"):
        model.predict(TEXTS, tta="flip")
