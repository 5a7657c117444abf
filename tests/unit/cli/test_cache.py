import json

import numpy as np
import pytest
from PIL import Image

from foveal import open_images


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Give a cache with some pictures and a fetched data set."""
    cache = tmp_path / "cache"
    monkeypatch.setenv("FOVEAL_CACHE", str(cache))
    for name in ("a", "b"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        Image.fromarray(np.full((4, 4, 3), ord(name), np.uint8)).save(tmp_path / "pets" / name / "1.png")
    open_images(tmp_path / "pets")
    (cache / "debian" / "dataset-x").mkdir(parents=True)
    return cache


def test_it_is_listed(foveal, folder, tmp_path):
    result = foveal("cache")
    (key,) = (path.name for path in (folder / "pictures").iterdir())
    lines = result.out.splitlines()
    assert lines[0].split() == ["key", "rows", "size", "state", "last", "used", "of"]
    assert lines[1].split()[:5] == [key, "2", "1", "MB", "complete"]
    assert lines[1].rstrip().endswith(str(tmp_path / "pets"))
    assert lines[2].split()[0] == "dataset-x"
    assert result.err.endswith("foveal cache --clear KEY makes room\n")
    told = json.loads(foveal("cache", "--json").out)
    assert told["folder"] == str(folder)
    assert [entry["name"] for entry in told["entries"]] == [key, "dataset-x"]
    assert told["entries"][0]["complete"] is True


def test_it_is_cleared_and_said(foveal, folder):
    (key,) = (path.name for path in (folder / "pictures").iterdir())
    result = foveal("cache", "--clear", "unfinished")
    assert (result.code, result.err) == (0, "foveal: nothing to clear\n")
    result = foveal("cache", "--clear", key[:6], "--clear", "all", "--json")
    told = json.loads(result.out)
    assert (told["cleared"], told["freed"] > 0) == ([key], True)
    assert "are free now" in result.err
    assert not any((folder / "pictures").iterdir())
    assert (folder / "debian" / "dataset-x").exists()
    assert foveal("cache", "--clear", "dataset-x").code == 0
    assert foveal("cache").err == f"foveal: {folder} is empty\n"


def test_an_unknown_key_is_refused_and_nothing_is_cleared(foveal, folder):
    result = foveal("cache", "--clear", "all", "--clear", "dataset-y")
    assert result.code == 2
    assert "--clear dataset-y: nothing in the cache has this name; did you mean 'dataset-x'?" in result.one_line()
    assert any((folder / "pictures").iterdir())
