import pytest

from foveal.core.errors import DataError
from foveal.data.sounds.listing import list_sounds


def put(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_folders_are_classes_and_parts(tmp_path):
    put(
        tmp_path, "train/b/2.wav", "train/a/1.WAV", "test/a/3.wav", "test/b/4.wav", "train/a/cover.png", "train/b/x.txt"
    )
    said = []
    found = list_sounds(tmp_path, told=said.append)
    assert [place.name for place in found.places] == ["train/a/1.WAV", "train/b/2.wav", "test/a/3.wav", "test/b/4.wav"]
    assert (found.class_names, found.y.tolist()) == (("a", "b"), [0, 1, 0, 1])
    assert found.split.tolist() == ["train", "train", "test", "test"]
    assert "left out 2 files without a WAV file's ending" in said[0]


def test_without_labels_all_are_listed(tmp_path):
    put(tmp_path, "b.wav", "a/1.wav")
    assert [place.name for place in list_sounds(tmp_path, labelled=False).places] == ["a/1.wav", "b.wav"]


def test_a_list_of_files_has_labels_that_are_given(tmp_path):
    put(tmp_path, "1.wav", "2.wav")
    found = list_sounds([tmp_path / "1.wav", tmp_path / "2.wav"], ["x", "y"])
    assert (found.class_names, found.y.tolist()) == (("x", "y"), [0, 1])


def test_a_folder_without_sounds_is_refused(tmp_path):
    put(tmp_path, "a/1.mp3")
    with pytest.raises(
        DataError, match=r"expected sounds \(\.wav\), found none, but 'a/1\.mp3'; convert others to WAV"
    ):
        list_sounds(tmp_path)
