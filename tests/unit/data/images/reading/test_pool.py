import os
import threading

import numpy as np
import pytest

from foveal.data.images.reading import pool
from foveal.data.images.reading.pool import Outcome, cores, decoded
from foveal.data.images.records import Place

from ..drawn import RULE, SHAPE, draw, drawn, pixels, spoil


def run(pictures, rows=None):
    out = np.zeros((len(pictures), *SHAPE), np.uint8)
    rows = range(len(pictures)) if rows is None else rows
    return out, [outcome for some in decoded(pictures, RULE, rows, out.__setitem__) for outcome in some]


def test_pictures_of_every_kind_are_decoded_in_order(tmp_path):
    places = drawn(tmp_path, 3)
    image = pixels(7)
    out, outcomes = run([*places, (tmp_path / "0.png").read_bytes(), image])
    assert [outcome.row for outcome in outcomes] == [0, 1, 2, 3, 4]
    assert not any(outcome.reason for outcome in outcomes)
    for row, expected in enumerate([pixels(0), pixels(1), pixels(2), pixels(0), image]):
        np.testing.assert_array_equal(out[row], expected)
    assert outcomes[0].digest == outcomes[3].digest != outcomes[1].digest


def test_only_the_rows_that_are_asked_for(tmp_path):
    out, outcomes = run(drawn(tmp_path, 5), [1, 4])
    assert [outcome.row for outcome in outcomes] == [1, 4]
    assert out[[0, 2, 3]].max() == 0 < out[[1, 4]].max()


def test_what_is_no_picture_has_a_reason_and_is_not_written(tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "empty.png").touch()
    spoil(draw(tmp_path / "spoilt.png"))
    bad = [Place(str(tmp_path / name), name) for name in ("folder.png", "empty.png", "spoilt.png", "gone.png")]
    out, outcomes = run([*bad, *drawn(tmp_path, 1)])
    assert [bool(outcome.reason) for outcome in outcomes] == [True] * 4 + [False]
    assert out[:4].max() == 0
    assert all(outcome == Outcome(outcome.row, b"", outcome.reason) for outcome in outcomes[:4])


def test_many_rows_in_parts_and_in_bounded_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "cores", lambda: 2)
    begun, places = [], drawn(tmp_path, 1) * 1000
    parts = decoded(places, RULE, range(1000), lambda row, _: begun.append(row))
    next(parts)
    assert len(begun) < 200  # the rest waits until somebody takes what is done
    assert sum(map(len, parts)) + 16 == 1000


def test_what_writing_raises_comes_out_and_the_threads_end(tmp_path):
    def write(row, values):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        list(decoded(drawn(tmp_path, 20), RULE, range(20), write))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("foveal-decode")]


def test_one_who_leaves_early_leaves_no_thread(tmp_path):
    parts = decoded(drawn(tmp_path, 1) * 100, RULE, range(100), lambda row, values: None)
    next(parts)
    parts.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("foveal-decode")]


def test_cores_are_those_that_the_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert cores() == os.cpu_count()
