import numpy as np
import pytest

from foveal import open_volume
from foveal.core.errors import DataError, ModelFileError, ParameterError
from foveal.data.volumes.open import answer_file
from foveal.data.volumes.rule import make_volume_rule

from .made import dicom, nifti, slices

DATA = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


def test_a_series_in_ras_with_its_distances(tmp_path):
    scan = open_volume(slices(tmp_path / "s", count=4, RescaleSlope=2, RescaleIntercept=-100))
    assert (scan.shape, scan.spacing, scan.code) == ((5, 3, 4, 1), (0.8, 0.5, 2.0), "RAS")
    assert scan.values[0, 0, :, 0].tolist() == [-100, -98, -96, -94]
    # The last column and row of the file come first: they lie farthest to the left and to the back.
    assert scan.affine[:3, 3].tolist() == pytest.approx([-10 - 4 * 0.8, -20 - 2 * 0.5, 30])


def test_a_mask_by_the_rule_of_its_scan(tmp_path):
    mask = (DATA > 11).astype(np.float32) * 3
    path = nifti(tmp_path / "mask.nii", mask, np.diag([2.0, 1, 1, 1]))
    found = open_volume(path, spacing=(1, 1, 1), window=(40, 400), size=(6, 3, 4), labels=True)
    assert found.values.dtype.kind == "i"
    assert found.values[:, 0, 0, 0].tolist() == [0, 0, 0, 3, 3, 0]
    with pytest.raises(DataError, match=r"a\.nii is no mask"):
        open_volume(nifti(tmp_path / "a.nii", mask / 2), labels=True)


def test_errors_name_the_path_and_the_reason(tmp_path):
    nifti(tmp_path / "scan.nii", DATA)
    with pytest.raises(DataError, match=r"there is no such file or folder; did you mean 'scan\.nii'"):
        open_volume(tmp_path / "scam.nii")
    (tmp_path / "text.nii").write_text("hello")
    with pytest.raises(DataError, match=r"text\.nii is no NIfTI file") as error:
        open_volume(tmp_path / "text.nii")
    assert error.value.__suppress_context__
    with pytest.raises(ParameterError, match="spacing must be"):
        open_volume(tmp_path / "text.nii", spacing=3)
    with pytest.raises(ModelFileError):
        open_volume(tmp_path / "scan.nii", input_rule=({"step": "orient"},))
    with pytest.raises(DataError, match="is a single slice"):
        open_volume(dicom(tmp_path / "a.dcm", DATA[0]), size=(2, 2, 2))


def test_a_rule_as_a_model_has_it(tmp_path):
    rule = make_volume_rule(channels=1, size=(3, 3, 3), window=(10, 20))
    scan = open_volume(nifti(tmp_path / "a.nii", DATA), input_rule=rule)
    assert scan.shape == (3, 3, 3, 1)
    with pytest.raises(DataError, match="has 3 channels, and the rule is for 1"):
        open_volume(nifti(tmp_path / "b.nii", np.zeros((2, 2, 2, 3), np.uint8)), input_rule=rule)


def test_an_answer_of_another_shape_writes_nothing(tmp_path):
    path = nifti(tmp_path / "a.nii", DATA)
    with pytest.raises(DataError, match="the volume's shape"):
        answer_file(path, make_volume_rule(channels=1), lambda volume: np.zeros(3), tmp_path / "b.nii")
    assert not (tmp_path / "b.nii").exists()
