"""Files that look like a translator's and are none: each is refused with a typed error before memory is taken."""

from itertools import cycle

import pytest

import foveal
from foveal import Translator
from foveal.core.errors import ModelFileError

from .crafted import forged

WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier"}
SOURCES = [f"{a} {b}" for a in WORDS for b in WORDS]
TARGETS = [" ".join(map(WORDS.get, source.split())) for source in SOURCES]


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "model.safetensors"
    how = {"net": "conv_s2s(layers=1, width=8)", "vocabulary_size": 40, "batch_tokens": 60, "n_epochs": 1}
    Translator(**how, random_state=0, valid_size=0).fit(SOURCES, TARGETS).save(path)
    assert foveal.load(path).predict(["one"])
    return path.read_bytes()


def rule(place, **values):
    return lambda d: d["input_rule"][place].update(values)


def entries(change):
    def make(d):
        step = d["input_rule"][2]
        step["entries"] = change(step["entries"])

    return make


def dropped(name):
    return lambda d: d.pop(name)


CRAFTED = {
    "a twin": entries(lambda e: [*e[:-1], e[0]]),
    "a lone surrogate": entries(lambda e: [*e[:-1], "\ud800"]),
    "an empty entry": entries(lambda e: [*e[:-1], ""]),
    "a null byte": entries(lambda e: [*e[:-1], "\x00"]),
    "an entry more": entries(lambda e: [*e, "more"]),
    "a million entries": entries(lambda e: [f"e{number}" for number in range(10**6)]),
    "numbers": entries(lambda e: list(range(len(e)))),
    "merges in a ring": rule(2, merges=[["a", "a"]]),
    "merges twice": lambda d: d["input_rule"][2].update(merges=d["input_rule"][2]["merges"][:1] * 2),
    "merges without end": lambda d: d["input_rule"][2].update(
        merges=[list(pair) for pair, _ in zip(cycle(d["input_rule"][2]["merges"]), range(10**5), strict=False)]
    ),
    "no rule": lambda d: d.update(input_rule=[]),
    "the rule of pictures": lambda d: d.update(input_rule=[{"step": "orient"}]),
    "rows without end": rule(0, longest=2**60),
    "rows of nothing": rule(0, longest=0),
    "other values": lambda d: d["form"][0].update(values=2**24),
    "no values": lambda d: d["form"][0].update(values=None),
    "a part less": lambda d: d["form"].pop(),
    "other names": lambda d: d["form"][0].update(name="tokens"),
    "other shapes": lambda d: d["form"][1].update(shape=[3]),
    "another kind": lambda d: d["problem"].update(kind="regression"),
    "more outputs": lambda d: d["problem"].update(n_outputs=2**20),
    "a scale": lambda d: d["problem"].update(mean=[0.0], deviation=[1.0]),
    "a network of pictures": lambda d: d["settings"].update(net="resnet18"),
    "a wider network": lambda d: d["settings"].update(net="conv_s2s(layers=32, width=4096)"),
    "another estimator": lambda d: d.update(estimator="CNNClassifier"),
    "the estimator of texts": lambda d: d.update(estimator="TextClassifier"),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_a_crafted_file_is_refused(name, content, tmp_path):
    made = forged(CRAFTED[name])(content)
    assert made != content
    (tmp_path / "model.safetensors").write_bytes(made)
    with pytest.raises(ModelFileError):
        foveal.load(tmp_path / "model.safetensors")
