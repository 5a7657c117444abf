"""What pictures are there: by names and headers, with what is wrong."""

import numpy as np
import pytest
from PIL import Image

from foveal.core.errors import DataError, ParameterError
from foveal.data.images.contents import contents_of
from foveal.data.images.progress import SILENT


def save(path, size=(8, 6), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size).save(path)


def test_a_folder_of_parts_with_all_sorts_of_files(tmp_path):
    for i in range(3):
        save(tmp_path / "train" / "cat" / f"{i}.png")
    save(tmp_path / "train" / "dog" / "0.jpg", (20, 30), "L")
    save(tmp_path / "val" / "dog" / "1.png", mode="RGBA")
    Image.fromarray(np.zeros((6, 8), np.uint16)).save(tmp_path / "train" / "dog" / "2.png")
    (tmp_path / "train" / "dog" / "3.png").write_text("<html>")
    frames = [Image.new("L", (8, 6), grey) for grey in (0, 255)]
    frames[0].save(tmp_path / "val" / "dog" / "4.gif", save_all=True, append_images=frames[1:])
    found = contents_of(tmp_path, {}, SILENT)
    assert (found.pictures, found.parts) == (8, {"train": 6, "valid": 2})
    assert found.classes == {"cat": {"train": 3, "valid": 0}, "dog": {"train": 3, "valid": 2}}
    assert found.formats == {"PNG": 5, "GIF": 1, "JPEG": 1}
    assert found.modes == {"RGB": 4, "L": 2, "RGBA": 1}
    assert (found.bits, found.frames, found.groups) == ({8: 6, 16: 1}, 1, None)
    assert found.sizes == {(8, 6): 6, (20, 30): 1}
    assert [(bad.place.name, bad.reason) for bad in found.bad] == [("train/dog/3.png", "is HTML, not a picture")]
    assert found.wrong == ""
    assert found.said[:2] == (
        "size=6: the median of the shorter sides (6), at most 128", 'colour="RGB": 3 of 5 pictures have colour'
    )  # fmt: skip


def test_pictures_without_classes_are_told_with_what_is_wrong(tmp_path):
    save(tmp_path / "1.png")
    found = contents_of(tmp_path, {}, SILENT)
    assert (found.pictures, found.classes) == (1, {})
    assert "expected class folders, found 1 picture in no folder" in found.wrong
    assert contents_of(tmp_path, {"pattern": "{label}.png"}, SILENT).classes == {"1": {"train": 1}}
    assert "size=(6, 8)" in found.said[0]
    assert contents_of(tmp_path, {"size": 4}, SILENT).said == (
        'colour="RGB": 1 of 1 pictures has colour',
        'resize="pad": the whole picture is kept with its proportions, beside it is the background',
    )


def test_labels_groups_and_targets_of_a_table(tmp_path):
    for i in range(4):
        save(tmp_path / f"{i}.png")
    rows = ["path,cat,dog,age,patient", "0.png,1,0,3.5,a", "1.png,1,1,4.5,a", "2.png,0,1,1.5,b", "3.png,0,0,2.5,c"]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    found = contents_of(tmp_path / "t.csv", {"labels": ["cat", "dog"], "group": "patient"}, SILENT)
    assert found.classes == {"cat": {"train": 2}, "dog": {"train": 2}}
    assert found.groups == 3
    assert contents_of(tmp_path / "t.csv", {"target": "age"}, SILENT).classes == {}


def test_what_cannot_be_read_as_one_array_is_said(tmp_path):
    for i, channels in enumerate((5, 6)):
        np.save(tmp_path / f"{i}_a.npy", np.zeros((4, 4, channels), np.uint8))
    found = contents_of(tmp_path, {"pattern": "{}_{label}.npy"}, SILENT)
    assert found.modes == {"5 channels": 1, "6 channels": 1}
    assert "pictures must have one number of channels" in found.wrong


def test_no_pictures_and_wrong_parameters_are_errors(tmp_path):
    with pytest.raises(DataError, match="expected class folders, found an empty folder"):
        contents_of(tmp_path, {}, SILENT)
    save(tmp_path / "cat" / "1.png")
    with pytest.raises(ParameterError, match="label= does not go with a folder"):
        contents_of(tmp_path, {"label": "x"}, SILENT)
