import numpy as np
import pytest

from foveal.core.errors import ParameterError
from foveal.data.images.progress import SILENT
from foveal.doctor.diagnose import examine, open_subject

from .planted import drawing, of_arrays, opened, saved


def test_each_sort_of_source_is_opened_as_what_it_is(tmp_path):
    saved(tmp_path / "pets" / "cat" / "1.png", drawing(1))
    (tmp_path / "t.csv").write_text("text,label\nx,a\n")
    (tmp_path / "r.csv").write_text("user,item\na,1\n")
    np.savez(tmp_path / "a.npz", X=np.zeros((2, 8, 8)), y=[0, 1])
    sorts = [opened(tmp_path / name).sort for name in ("pets", "t.csv", "r.csv", "a.npz")]
    assert sorts == ["pictures", "texts", "interactions", "arrays"]


def test_sounds_are_examined_as_the_rows_that_they_become(tmp_path):
    import wave

    rng = np.random.default_rng(0)
    for n in range(4):
        (tmp_path / "s" / "ab"[n % 2]).mkdir(parents=True, exist_ok=True)
        with wave.open(str(tmp_path / "s" / "ab"[n % 2] / f"{n}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(rng.integers(-9000, 9000, 8000).astype("<i2").tobytes())
    subject, _ = open_subject(str(tmp_path / "s"), {"rate": 8000, "seconds": 1}, SILENT)
    assert (subject.sort, len(subject), subject.names[0]) == ("arrays", 4, "a/0.wav")


def test_what_is_not_looked_for_is_said_with_the_reason():
    X = np.random.default_rng(0).integers(0, 256, (12, 8, 8), dtype=np.uint8)
    diagnosis = examine(of_arrays(X, np.repeat([0, 1], 6)), [], SILENT, learn=False)
    assert diagnosis.left_out == {
        "wrong labels": "it was not asked for",
        "leaks across splits": "the data give no split",
        "leaks by group": "no groups are known; --group COLUMN names them",
    }
    assert diagnosis.facts["rows"] == "12 arrays"


def test_settings_of_another_sort_are_refused(tmp_path):
    saved(tmp_path / "pets" / "cat" / "1.png", drawing(1))
    with pytest.raises(ParameterError, match="size= says nothing that is examined of pictures"):
        opened(tmp_path / "pets", size=64)
