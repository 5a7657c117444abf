import numpy as np
import pytest

from foveal import CNNSegmenter
from foveal.core.errors import DataError
from foveal.data.images.reading.mask_rule import labels_step

from .made import nifti
from .masks_made import affine, folders, opened, scene


@pytest.mark.parametrize("size", [None, "own"])
def test_where_memory_has_no_room_they_are_read_each_time(tmp_path, monkeypatch, size):
    folders(tmp_path, 3, parts=("",))
    kept, _ = opened(tmp_path, size=size)
    monkeypatch.setattr("foveal.data.volumes.masked.available_memory", lambda device: 0)
    rows, said = opened(tmp_path, size=size)
    assert any("not kept: they are read each time" in line for line in said)
    for row in (0, 2, 1):
        np.testing.assert_array_equal(np.asarray(rows[row]), np.asarray(kept[row]))
        np.testing.assert_array_equal(np.asarray(rows.y[row]), np.asarray(kept.y[row]))
    first, again = (CNNSegmenter(net="unet(depth=1, width=2)", n_epochs=1, valid_size=0, random_state=0,
                                 patch=4 if size else None).fit(X, X.y) for X in (rows, kept))  # fmt: skip
    for one, other in zip(first.net_.parameters(), again.net_.parameters(), strict=True):
        assert (one == other).all()


def test_labels_are_numbered_as_those_of_pictures(tmp_path):
    folders(tmp_path, 2, parts=("",))
    for path in (tmp_path / "masks").iterdir():
        seed = int(path.name[0])
        nifti(path, scene(seed)[1] * 255, affine(seed))
    rows, said = opened(tmp_path, size=(12, 10, 8))
    assert "masks: the labels 0, 255 become the classes 0, 1" in said
    assert np.unique(rows.y).tolist() == [0, 1]
    named, _ = opened(tmp_path, class_names={0: "ground", 255: "ball"})
    assert named.class_names == ("ground", "ball")
    with pytest.raises(DataError, match=r"masks/0.nii.gz: has the label 255, which is not among those that are known"):
        opened(tmp_path, mask_rule=labels_step(numbers=[(0, 0), (7, 1)]))


def test_volumes_with_the_same_voxels_are_never_held_out_apart(tmp_path):
    folders(tmp_path, 3, parts=("",))
    for kind in ("scans", "masks"):
        (tmp_path / kind / "2.nii.gz").write_bytes((tmp_path / kind / "0.nii.gz").read_bytes())
    rows, _ = opened(tmp_path)
    assert rows.groups[0] == rows.groups[2] != rows.groups[1]
    assert rows.about["duplicates"] == 1


def test_as_many_labels_as_objects_are_no_classes(tmp_path):
    folders(tmp_path, 1, parts=("",), shape=(12, 10, 8))
    nifti(tmp_path / "masks" / "0.nii.gz", np.arange(960).reshape(12, 10, 8).astype(np.int16), affine(0))
    with pytest.raises(DataError, match="masks hold 960 different labels: numbers of objects, perhaps"):
        opened(tmp_path)
