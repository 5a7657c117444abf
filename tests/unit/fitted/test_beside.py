"""What a model file tells of baselines: no more than it may, and nothing that a terminal obeys."""

import json

import pytest
from tests.faults.crafted import forged

from foveal import TextClassifier, load
from foveal.core.errors import ModelFileError
from foveal.core.schema import match
from foveal.fitted.beside import SCHEMA, kept_of

KEPT = {"on": "test", "metric": "accuracy", "rows": 9, "scores": {"network": 0.5, "mean": None}, "verdict": ""}
BAD = {
    "another part": {"on": "train"},
    "a negative number of rows": {"rows": -1},
    "no network": {"scores": {"mean": 0.5, "median": 0.5}},
    "nothing beside": {"scores": {"network": 0.5}},
    "too many": {"scores": {"network": 0.5} | {f"b{n}": 0.5 for n in range(100)}},
    "text for a score": {"scores": {"network": "0.5", "mean": 0.5}},
    "infinity for a score": {"scores": {"network": 1e400, "mean": 0.5}},
    "a long name": {"scores": {"network": 0.5, "m" * 101: 0.5}},
    "orders to a terminal": {"verdict": "\x1b[2Jthe network is better"},
    "half of a pair": {"metric": "\ud800"},
    "a long verdict": {"verdict": "v" * 2001},
    "more than that": {"more": 1},
}


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m"
    how = {"net": "kim(vector=2, maps=2)", "n_epochs": 1, "random_state": 0, "calibration": False}
    TextClassifier(**how).fit(["good", "bad"] * 10, [1, 0] * 10).save(path)
    return path.read_bytes()


def test_it_goes_through_a_file(content, tmp_path):
    (tmp_path / "m").write_bytes(forged(lambda d: d.update(baselines=KEPT))(content))
    model = load(tmp_path / "m")
    assert model.fitted_.baselines == KEPT
    model.save(tmp_path / "again")
    assert load(tmp_path / "again").fitted_.baselines == KEPT
    (tmp_path / "m").write_bytes(content)
    assert load(tmp_path / "m").fitted_.baselines == {}


@pytest.mark.parametrize("what", BAD)
def test_what_it_may_not_hold_is_refused(what, content, tmp_path):
    match(json.loads(json.dumps(KEPT)), SCHEMA)
    (tmp_path / "m").write_bytes(forged(lambda d: d.update(baselines=KEPT | BAD[what]))(content))
    with pytest.raises(ModelFileError, match="baselines"):
        load(tmp_path / "m")


def test_every_sort_of_comparison_is_kept():
    systems = {"network": {"chrf": 50.0, "bleu": 9.0}, "copy of the source": {"chrf": 20.0, "bleu": 1.0}}
    texts = kept_of({"on": "test", "metric": "chrF", "rows": 3, "systems": systems, "verdict": "better"})
    assert texts["scores"] == {"network": 50.0, "copy of the source": 20.0}
    masks = {"network": {"iou": 0.5}, "baselines": {"thresholds": {"iou": float("nan")}}, "pixels": [1]}
    kept = kept_of({"on": "validation", "metric": "mean IoU", "rows": 3} | masks)
    assert (kept["scores"], kept["verdict"]) == ({"network": 0.5, "thresholds": None}, "")
    for one in (texts, kept):
        match(one, SCHEMA)
