from importlib.machinery import ModuleSpec

import numpy as np
import pytest

from foveal.core.errors import ResourceError
from foveal.data import signal_sets
from foveal.data.named import load_dataset
from foveal.data.signal_sets import SIGNALS

SMALL = "@classLabel true 1 2\n@data\n1,2,3:4,5,6:2\n7,8:9,0:1\n"


def put(folder, title):
    folder.mkdir(parents=True)
    (folder / f"{title}_TRAIN.ts").write_text(SMALL)
    (folder / f"{title}_TEST.ts").write_text(SMALL.replace("1,2,3:4,5,6:2\n", "1:1:2\n"))


@pytest.fixture
def without(monkeypatch, tmp_path):
    """Make a machine whose cache is empty and whose package aeon lies where a test puts it, if it does."""
    roots = []
    spec = ModuleSpec("aeon", None, is_package=True)
    spec.submodule_search_locations = roots
    monkeypatch.setattr(signal_sets, "find_spec", lambda name: spec if name == "aeon" and roots else None)
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path / "cache"))
    return roots, tmp_path / "cache"


@pytest.mark.parametrize("place", ["package", "cache"])
def test_a_set_is_found_where_it_lies(without, tmp_path, place):
    roots, cache = without
    if place == "package":
        roots.append(str(tmp_path / "site" / "aeon"))
        put(tmp_path / "site" / "aeon" / "datasets" / "data" / "JapaneseVowels", "JapaneseVowels")
    else:
        put(cache / "japanese-vowels", "JapaneseVowels")
    data = load_dataset("japanese-vowels")
    assert (data.name, data.layout, data.class_names) == ("japanese-vowels", "NCL", ("1", "2"))
    assert [row.T.tolist() for row in data.X_train] == [[[1, 2, 3], [4, 5, 6]], [[7, 8], [9, 0]]]
    assert data.X_test.lengths.tolist() == [1, 2]
    assert data.y_train.tolist() == [1, 0]


def test_a_set_that_is_not_there_says_how_to_get_it(without):
    _, cache = without
    with pytest.raises(ResourceError) as caught:
        load_dataset("gunpoint")
    assert str(caught.value) == (
        "gunpoint is not on this machine: it comes with the Python package aeon, which pip install --no-deps aeon "
        f"gets; or put GunPoint_TRAIN.ts and GunPoint_TEST.ts from elsewhere into {cache / 'gunpoint'}"
    )


@pytest.mark.skipif(signal_sets.find_spec("aeon") is None, reason="the package aeon is not installed")
@pytest.mark.parametrize(
    ("name", "train", "test", "layout"),
    [
        ("gunpoint", (50, 150), (150, 150), "NL"),
        ("basic-motions", (40, 6, 100), (40, 6, 100), "NCL"),
    ],
)
def test_the_sets_have_their_published_sizes(name, train, test, layout):
    data = load_dataset(name)
    assert (data.X_train.shape, data.X_test.shape, data.layout) == (train, test, layout)
    assert set(data.y_train) == set(data.y_test) == set(range(len(data.class_names)))
    assert np.isfinite(data.X_train).all()
    assert name in SIGNALS


@pytest.mark.skipif(signal_sets.find_spec("aeon") is None, reason="the package aeon is not installed")
def test_japanese_vowels_have_their_published_lengths():
    data = load_dataset("japanese-vowels")
    lengths = data.X_train.lengths, data.X_test.lengths
    assert [(len(n), n.min(), n.max()) for n in lengths] == [(270, 7, 26), (370, 7, 29)]
    assert data.X_train.form[0].shape == (12, None)
    assert set(data.y_train) == set(data.y_test) == set(range(9))
