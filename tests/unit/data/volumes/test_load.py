import numpy as np
import pytest

import foveal
from foveal.core.errors import DataError, ParameterError
from foveal.data.images.progress import Progress
from foveal.data.volumes import load

from .made import nibabel, nifti, slices


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "scans"
    rng = np.random.default_rng(0)
    for name, level in (("high", 300), ("low", -300)):
        for n in range(6):
            data = (rng.normal(level, 20, (6, 5, 4))).astype(np.int16)
            nifti(root / name / f"{n}.nii.gz", data, np.diag([-1.0, 1, 2, 1]))
    return root


def opened(folder, **how):
    said = []
    return foveal.open_volumes(folder, **how, progress=Progress(said.append, lambda *values: None)), said


def test_a_folder_of_classes_is_learnt_kept_in_a_file_and_asked_about_files(folder, tmp_path):
    scans, said = opened(folder, window=(0, 1000))
    assert (scans.shape, scans.class_names) == ((12, 6, 5, 4, 1), ("high", "low"))
    assert any("size=(6, 5, 4): that of all" in sentence for sentence in said)
    assert scans.files[0] == "high/0.nii.gz"
    model = foveal.CNNClassifier(
        n_epochs=8, random_state=0, learning_rate=0.01, batch_size=4, out_channels=4, out_features=2
    ).fit(scans, scans.y)
    model.save(tmp_path / "model.safetensors")
    again = foveal.load(tmp_path / "model.safetensors")
    assert [dict(step) for step in again.fitted_.input_rule] == [dict(step) for step in scans.input_rule]
    files = [folder / "high" / "3.nii.gz", folder / "low" / "3.nii.gz"]
    assert again.predict(files).tolist() == ["high", "low"]
    np.testing.assert_array_equal(again.predict_proba(files), again.predict_proba(scans[[3, 9]]))
    assert again.predict(foveal.open_volume(files[1])).tolist() == ["low"]
    assert again.predict(folder).shape == (12,)


def test_bad_files_stop_before_training_or_are_left_out(folder):
    (folder / "high" / "1.nii.gz").write_bytes(b"hello")
    nifti(folder / "low" / "2.nii.gz", np.full((6, 5, 4), np.nan, np.float32))
    with pytest.raises(
        DataError, match=r"1 of 12 files is no volume that can be read.*\n  high/1\.nii\.gz: is no NIfTI file"
    ):
        opened(folder)
    scans, said = opened(folder, on_bad="skip")
    assert len(scans) == len(scans.y) == 10
    assert [bad.place.name for bad in scans.skipped] == ["high/1.nii.gz", "low/2.nii.gz"]
    assert scans[:].shape == (10, 6, 5, 4, 1)
    assert np.isfinite(scans[:]).all()
    assert sum("left out" in sentence for sentence in said) == 2


def test_other_grids_are_said_and_one_rule_makes_one_shape(folder):
    slices(folder / "low" / "patient", count=4)
    scans, said = opened(folder)
    assert any("distances of voxels differ" in sentence for sentence in said)
    other, _ = opened(folder, input_rule=scans.input_rule)
    np.testing.assert_array_equal(other[:], scans[:])
    with pytest.raises(DataError, match=r"rows must have one; give it a size"):
        opened(folder, input_rule=(*scans.input_rule[:3], {**scans.input_rule[3], "to": None}))
    with pytest.raises(ParameterError, match="on_bad"):
        opened(folder, on_bad="stp")


def test_what_has_no_room_is_read_each_time(folder, monkeypatch):
    kept, _ = opened(folder)
    monkeypatch.setattr(load, "available_memory", lambda device: 100)
    scans, said = opened(folder)
    assert any("read each time" in sentence for sentence in said)
    assert not scans.in_memory
    np.testing.assert_array_equal(scans[:], kept[:])


def test_the_same_voxels_are_never_held_out_apart(folder):
    nifti(
        folder / "low" / "again.nii",
        np.asarray(nibabel.load(folder / "low" / "0.nii.gz").dataobj),
        np.diag([-1.0, 1, 2, 1]),
    )
    scans, said = opened(folder)
    rows = [scans.files.tolist().index(name) for name in ("low/0.nii.gz", "low/again.nii")]
    assert scans.groups[rows[0]] == scans.groups[rows[1]]
    assert any("with the same voxels" in sentence for sentence in said)
    assert scans.about["duplicates"] == 1
