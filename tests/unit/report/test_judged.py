import numpy as np

from foveal.report import judged as room
from foveal.report.judged import Judged


def test_of_many_rows_some_are_looked_at(monkeypatch):
    monkeypatch.setattr(room, "MOST_ROWS", 10)
    many = Judged(None, "test", None, np.zeros(100), np.zeros(100), None)
    assert len(many.looked_at) == 10
    assert (np.diff(many.looked_at) > 0).all()
    assert (many.looked_at == Judged(None, "test", None, np.zeros(100), np.zeros(100), None).looked_at).all()
    assert many.as_dict() == {"on": "test", "rows": 100, "looked_at": 10}


def test_a_row_goes_by_its_file():
    class Files:
        files = np.array(["a.png", "b.png"])

    assert Judged(None, "test", Files(), np.zeros(2), np.zeros(2), None).name_of(1) == "b.png"
    assert Judged(None, "test", None, np.zeros(2), np.zeros(2), None).name_of(1) == "row 1"
