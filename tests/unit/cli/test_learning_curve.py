"""`foveal learning-curve`."""

import csv
import json

from .conftest import SMALL

ASKED = ("learning-curve", "digits", *SMALL, "--epochs", "1", "--sizes", "50,100", "--repeats", "2")


def test_a_table_json_and_files_tell_the_same(foveal, tmp_path):
    told = json.loads(foveal(*ASKED, "--json", "--out", "curve.csv").out)
    assert [point["rows"] for point in told["points"]] == [50, 100]
    assert told["twice"]["rows"] == 200
    lines = list(csv.DictReader((tmp_path / "curve.csv").open(newline="")))
    assert [float(line["score"]) for line in lines] == [s for point in told["points"] for s in point["scores"]]
    shown = foveal(*ASKED, "--out", "curve.png")
    assert "repetition 2 of 2, 100 rows: " in shown.err
    assert "the test part, 360 rows, is left alone" in shown.err
    for point in told["points"]:
        assert f"{point['score']:.4f}" in shown.out
    assert "200 (extrapolated)" in shown.out
    assert (tmp_path / "curve.png").read_bytes()[:4] == b"\x89PNG"


def test_what_is_wrong_is_said_first(foveal):
    for args, message in (
        (("--out", "curve.txt"), "--out must end in .png or .csv"),
        (("--sizes", "9000,100"), "sizes must be two whole numbers or more, ever larger"),
        (("--sizes", "many"), "sizes must be two whole numbers or more"),
    ):
        wrong = foveal("learning-curve", "digits", *args)
        assert wrong.code == 2
        assert message in wrong.err.splitlines()[-1]
