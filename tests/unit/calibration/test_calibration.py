import copy
import json

import numpy as np
import pytest

from foveal.calibration.calibration import Calibration, calibration_from, described
from foveal.calibration.outliers import outliers_of
from foveal.calibration.risk import of_scores
from foveal.calibration.unsure import of_rows

RNG = np.random.default_rng(0)
WHOLE = Calibration(
    rows=40,
    chose=True,
    temperature=(1.5,),
    risks=(of_scores(RNG.random(40)),),
    cost=of_rows(RNG.random(40), RNG.random(40) > 0.3),
    outliers=outliers_of(RNG.normal(size=(40, 3))),
)


def test_json_and_back_is_the_same():
    assert calibration_from(json.loads(json.dumps(described(WHOLE)))) == WHOLE
    assert calibration_from(described(Calibration(7))) == Calibration(7)


def test_it_says_what_it_is():
    assert str(WHOLE) == "calibrated on 40 rows, which also chose the weights, temperature 1.5"
    assert str(Calibration(1000)) == "calibrated on 1,000 rows"
    assert str(Calibration(9, temperature=(1.0,) * 7)).endswith("temperature 1, 1, 1, 1, 1 ...")


def put(*path, value):
    def change(stored):
        for name in path[:-1]:
            stored = stored[name]
        stored[path[-1]] = value

    return change


CRAFTED = {
    "no table": lambda s: s.clear(),
    "another entry": put("code", value="import os"),
    "no rows": put("rows", value=0),
    "rows that are none": put("rows", value=True),
    "a temperature of 0": put("temperature", value=[0.0]),
    "a negative temperature": put("temperature", value=[-1.0]),
    "a temperature beyond all": put("temperature", value=[1e9]),
    "no temperature": put("temperature", value=["1"]),
    "risks above 1": put("risks", 0, "risks", 0, value=2),
    "risks that rise": put("risks", 0, "risks", 5, value=0.0),
    "thresholds that fall": put("risks", 0, "thresholds", 5, value=-9.0),
    "lists of two lengths": lambda s: s["risks"][0]["risks"].pop(),
    "empty lists": put("risks", 0, value={"rows": 1, "thresholds": [], "risks": []}),
    "long lists": put("risks", 0, value={"rows": 1, "thresholds": [1.0] * 2000, "risks": [0.0] * 2000}),
    "more wrong than answered": put("cost", "wrong", 0, value=2),
    "more answered than rows": put("cost", "answered", -1, value=2**40),
    "a cost that is none": put("cost", value=[1]),
    "features without a size": put("outliers", "size", value=0),
    "too many features": put("outliers", "size", value=2**40),
    "features that are no text": put("outliers", "known", value=[1.0]),
    "features that are no whole rows": put("outliers", "known", value="AAAA"),
}


@pytest.mark.parametrize("how", CRAFTED)
def test_crafted_ones_are_refused(how):
    stored = copy.deepcopy(described(WHOLE))
    CRAFTED[how](stored)
    with pytest.raises(ValueError, match=r"must|holds"):
        calibration_from(stored)
