"""Models of texts: runs that are left and gone on with, files that are forged."""

import json

import numpy as np
import pytest

import foveal
from foveal import TextClassifier, TextRegressor
from foveal.core.errors import ModelFileError

from .crafted import forged
from .resumable import fingerprint
from .test_exact_resume import stopped

TEXTS = [f"{'good' if i % 3 else 'bad'} {'word ' * (i % 7)}{i}" for i in range(40)]
Y = ["+" if i % 3 else "-" for i in range(40)]
SMALL = {"net": "wide_kim(vector=6, maps=4, buckets=10)", "n_epochs": 3, "batch_size": 8, "random_state": 1,
         "checkpoint_every": "1h"}  # fmt: skip
CASES = {
    "words": {},
    "characters, averaged": {"pieces": "characters", "ema_decay": 0.8, "net": "text_resnet(vector=6, blocks=2)"},
    "byte pairs, early stopping": {
        "pieces": "bpe",
        "early_stopping": True,
        "patience": 2,
        "net": "kim(vector=6, maps=4)",
    },
    "two workers": {"workers": 2},
}


@pytest.mark.parametrize("case", CASES)
def test_a_run_that_is_left_ends_with_the_same_bits(case, tmp_path, monkeypatch):
    how = SMALL | CASES[case]
    unbroken = fingerprint(TextClassifier(**how).fit(TEXTS, Y))
    for place in ({"step": 2}, {"epoch": 1}, {"step": 8}):
        with stopped(monkeypatch, **place):
            TextClassifier(**how, checkpoint=tmp_path / "run").fit(TEXTS, Y)
    assert fingerprint(TextClassifier(**how, checkpoint=tmp_path / "run").fit(TEXTS, Y)) == unbroken


def test_other_texts_are_another_run(tmp_path, monkeypatch):
    with stopped(monkeypatch, step=2):
        TextRegressor(**SMALL, checkpoint=tmp_path / "run").fit(TEXTS, np.arange(40.0))
    with pytest.raises(foveal.core.errors.FovealError, match=r"rows|data"):
        TextRegressor(**SMALL, checkpoint=tmp_path / "run").fit([*TEXTS[:-1], "other"], np.arange(40.0))


def pieces(description):
    return description["input_rule"][1]


FORGED = {
    "a million entries": lambda d: pieces(d).update(entries=[f"w{i}" for i in range(10**6)]),
    "an entry twice": lambda d: pieces(d)["entries"].append(pieces(d)["entries"][0]),
    "an entry more": lambda d: pieces(d)["entries"].append("more"),
    "an entry fewer": lambda d: pieces(d)["entries"].pop(),
    "a lone surrogate": lambda d: pieces(d)["entries"].__setitem__(0, "\ud800"),
    "an entry that is no text": lambda d: pieces(d)["entries"].__setitem__(0, 7),
    "no entries": lambda d: pieces(d).pop("entries"),
    "other pieces": lambda d: pieces(d).update(pieces="bytes"),
    "merges that loop": lambda d: pieces(d).update(pieces="bpe", merges=[["a", "b"], ["ab", ""]]),
    "values of rows": lambda d: d["form"][0].update(values=2**24),
    "no values of rows": lambda d: d["form"][0].pop("values"),
    "rows without a mask": lambda d: d["form"].pop(),
    "rows of pictures": lambda d: d["form"][0].update(name="x", dtype="float32"),
    "a rule of pictures": lambda d: d.update(input_rule=[{"step": "orient"}]),
    "a network of pictures": lambda d: d["settings"].update(net="resnet18"),
    "a larger network": lambda d: d["settings"].update(net="kim(vector=4096, maps=4096)"),
    "a size that there is not": lambda d: d["settings"].update(net="kim(depth=3)"),
    "another estimator": lambda d: d.update(estimator="CNNSegmenter"),
    "a parameter of pictures": lambda d: d["settings"].update(filter_size=5),
    "a place of vectors": lambda d: d["settings"].update(pieces="lines"),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_file_is_refused_in_one_line(what, tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    TextClassifier(**SMALL | {"n_epochs": 1}).fit(TEXTS, Y).save(good)
    bad.write_bytes(forged(FORGED[what])(good.read_bytes()))
    with pytest.raises(ModelFileError) as raised:
        foveal.load(bad)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 1000


def test_a_file_holds_the_texts_words_and_nothing_else_of_them(tmp_path):
    TextClassifier(**SMALL | {"n_epochs": 1}).fit([*TEXTS, "a secret sentence"], [*Y, "+"]).save(tmp_path / "m")
    raw = (tmp_path / "m").read_bytes()
    assert b"a secret sentence" not in raw
    assert json.dumps("secret").encode()[1:-1] in raw
