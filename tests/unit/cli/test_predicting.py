import numpy as np
import pytest

from foveal import CNNClassifier
from foveal.cli.honest_answers import Asked
from foveal.cli.mask_rows import Wanted
from foveal.cli.predicting import Options, predict_into
from foveal.core.errors import ParameterError

NOTHING = Options(None, False, None, None, None, Asked())


@pytest.fixture(scope="module")
def of_arrays(tmp_path_factory):
    path = tmp_path_factory.mktemp("of-arrays") / "model.safetensors"
    CNNClassifier(n_epochs=1, random_state=0).fit(np.random.default_rng(0).random((20, 8, 8)), np.arange(20) % 2).save(
        path
    )
    return path


@pytest.mark.parametrize(
    ("options", "wanted", "message"),
    [
        (NOTHING, Wanted(overlay=True), "--overlay is for models of masks, and this one is for "),
        (NOTHING, Wanted(window=64), "--window is for models of masks"),
        (NOTHING._replace(strip="strip.png"), Wanted(), "--strip shows a video, and this model has learnt from arrays"),
        (NOTHING._replace(read=["text=a"]), Wanted(), "--read says which column holds texts, and this model has"),
        (NOTHING._replace(asked=Asked(sets=2.0)), Wanted(), "sets must be a number"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_for_a_model_is_refused(of_arrays, tmp_path, options, wanted, message):
    np.save(tmp_path / "rows.npy", np.zeros((2, 8, 8)))
    with pytest.raises(ParameterError, match=message):
        predict_into(str(of_arrays), tmp_path / "rows.npy", None, options, wanted)


def test_rows_of_arrays_go_to_where_is_asked(of_arrays, tmp_path, capsys):
    np.save(tmp_path / "rows.npy", np.zeros((2, 8, 8)))
    predict_into(str(of_arrays), tmp_path / "rows.npy", None, NOTHING, Wanted())
    told = capsys.readouterr().out
    assert told.splitlines()[0] == "row,prediction,probability"
    predict_into(str(of_arrays), tmp_path / "rows.npy", tmp_path / "out.csv", NOTHING, Wanted())
    assert (tmp_path / "out.csv").read_bytes().decode() == told
