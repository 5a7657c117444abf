"""Texts are calibrated as everything else: rows of unequal length, of which the last features are taken."""

import numpy as np

import foveal
from foveal import TextClassifier

TEXTS = ["a good film", "good, and funny", "a bad film", "bad, and long", "so good it is", "nothing but bad"] * 20
Y = ["+", "+", "-", "-", "+", "-"] * 20


def test_texts_are_calibrated_and_the_file_keeps_it(tmp_path):
    model = TextClassifier(n_epochs=3, random_state=0, valid_size=0.3, calibration=True).fit(TEXTS, Y)
    assert model.calibration_.rows == 36
    found = model.predict(TEXTS[:6], sets=0.9)
    assert found[np.arange(6), [0, 0, 1, 1, 0, 1]].all()
    strange = model.outlier_scores(["zebra crossing at night", "good, and funny"])
    assert strange[0] > strange[1]
    model.save(tmp_path / "m.safetensors")
    again = foveal.load(tmp_path / "m.safetensors")
    assert again.calibration_ == model.calibration_
    np.testing.assert_array_equal(again.predict(TEXTS[:6], unsure=0.2).mask, model.predict(TEXTS[:6], unsure=0.2).mask)
