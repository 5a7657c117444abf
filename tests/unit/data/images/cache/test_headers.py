import json

import pytest

from foveal.data.images.cache import headers
from foveal.data.images.cache.headers import headers_folder, read_headers
from foveal.data.images.progress import SILENT, Progress
from foveal.data.images.records import Place

from ..drawn import draw, drawn

FILES = "f" * 64


@pytest.fixture
def scanned(monkeypatch):
    """Note how many headers are read from files."""
    counts, original = [], headers.scan

    def scan(places, **how):
        counts.append(len(places))
        return original(places, **how)

    monkeypatch.setattr(headers, "scan", scan)
    monkeypatch.setattr(headers, "_FROM", 1)
    return counts


def test_what_was_read_is_known_again(tmp_path, scanned):
    places = drawn(tmp_path, 4)
    first = read_headers(places, FILES, SILENT)
    assert read_headers(places, FILES, SILENT) == first
    assert scanned == [4]
    assert [header.width for header in first[0]] == [4] * 4
    assert first[0][0] is first[0][3]  # one for all that are the same
    assert read_headers(places, "e" * 64, SILENT) == first
    assert read_headers(places, None, SILENT) == first
    assert scanned == [4, 4, 4]


def test_bad_files_are_looked_at_again(tmp_path, scanned):
    places = (*drawn(tmp_path, 3), Place(str(tmp_path / "x.png"), "x.png"))
    headers, bad = read_headers(places, FILES, SILENT)
    assert [header is None for header in headers] == [False, False, False, True]
    assert bad[0].place.name == "x.png"
    draw(tmp_path / "x.png", 9, (5, 6))
    headers, bad = read_headers(places, FILES, SILENT)
    assert (headers[3].width, headers[3].height, bad) == (6, 5, [])
    read_headers(places, FILES, SILENT)
    assert scanned == [4, 1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda c: b"garbage",
        lambda c: b"[]",
        lambda c: json.dumps(c | {"which": [0, 0]}).encode(),
        lambda c: json.dumps(c | {"which": [0, 0, 99]}).encode(),
        lambda c: json.dumps(c | {"which": [0, 0, "0"]}).encode(),
        lambda c: json.dumps(c | {"headers": [["PNG", 4, 4]]}).encode(),
        lambda c: json.dumps(c | {"headers": [["PNG", "4", 4, 3, 8, "RGB", 1]]}).encode(),
        lambda c: json.dumps(c | {"files": "e"}).encode(),
    ],
)
def test_what_is_damaged_is_not_known(tmp_path, scanned, damage):
    places = drawn(tmp_path, 3)
    first = read_headers(places, FILES, SILENT)
    (path,) = headers_folder().iterdir()
    path.write_bytes(damage(json.loads(path.read_bytes())))
    assert read_headers(places, FILES, SILENT) == first
    assert scanned == [3, 3]


def test_a_cache_that_cannot_be_written_to_is_done_without(tmp_path, scanned, cache):
    (cache / "headers").touch()
    places = drawn(tmp_path, 2)
    assert read_headers(places, FILES, SILENT) == read_headers(places, FILES, SILENT)
    assert scanned == [2, 2]


def test_few_files_are_not_worth_a_file(tmp_path):
    read_headers(drawn(tmp_path, 2), FILES, SILENT)
    assert not headers_folder().exists()


def test_progress_is_told(tmp_path):
    told = []
    read_headers(drawn(tmp_path, 2), None, Progress(print, lambda *values: told.append(values)))
    assert told == [("reading headers", 2, 0, 2)]
