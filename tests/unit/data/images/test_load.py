import numpy as np
import pytest

from foveal import open_images
from foveal.core.errors import DataError, ParameterError
from foveal.data.images.progress import Progress
from foveal.data.images.reading.rule import make_rule

from .drawn import classes, draw, pixels, spoil


@pytest.fixture
def folder(tmp_path):
    return classes(tmp_path / "pets")


def opened(folder, **how):
    said = []
    return open_images(folder, **how, progress=Progress(said.append, lambda *values: None)), said


def test_a_folder_of_classes(folder):
    p, said = opened(folder)
    assert (p.shape, p.dtype, p.class_names) == ((8, 4, 4, 3), np.uint8, ("cat", "dog"))
    assert p.y.tolist() == ["cat"] * 4 + ["dog"] * 4
    assert p.files.tolist() == [f"{name}/{i}.png" for name in ("cat", "dog") for i in range(4)]
    np.testing.assert_array_equal(p[:], [pixels(i) for i in (0, 1, 2, 3, 100, 101, 102, 103)])
    assert (p.groups, p.split, p.skipped) == (None, None, ())
    assert any('colour="RGB"' in sentence for sentence in said)
    again, said = opened(folder)
    np.testing.assert_array_equal(again[:], p[:])
    assert again.input_rule == p.input_rule
    assert any(sentence.endswith("from before") for sentence in said)


def test_the_rule_is_what_is_asked_for(folder):
    assert opened(folder, size=2, colour="L")[0].shape == (8, 2, 2, 1)
    assert opened(folder, input_rule=make_rule((3, 5)))[0].shape == (8, 3, 5, 3)
    assert opened(folder, cache=False)[0].shape == (8, 4, 4, 3)


def test_bad_headers_stop_before_anything_is_decoded_and_all_are_told(folder, cache):
    (folder / "cat" / "1.png").write_bytes(b"")
    (folder / "dog" / "0.png").write_text("<html>")
    with pytest.raises(DataError) as error:
        open_images(folder)
    told = str(error.value).splitlines()
    assert told[0].startswith("2 of 8 files are no pictures that can be read; mend or remove them, or leave them out")
    assert [line.split(":")[0].strip() for line in told[1:]] == ["cat/1.png", "dog/0.png"]
    assert not (cache / "pictures").exists()


def test_bad_pixels_stop_too(folder):
    spoil(folder / "cat" / "1.png")
    with pytest.raises(DataError, match=r"1 of 8 files is no picture that can be read; .*\n  cat/1\.png: "):
        open_images(folder)


def test_bad_files_are_left_out_where_that_is_asked_for(folder):
    (folder / "cat" / "1.png").write_bytes(b"")
    spoil(folder / "dog" / "2.png")
    p, said = opened(folder, on_bad="skip")
    assert [wrong.place.name for wrong in p.skipped] == ["cat/1.png", "dog/2.png"]
    np.testing.assert_array_equal(p[:], [pixels(i) for i in (0, 2, 3, 100, 101, 103)])
    assert p.y.tolist() == ["cat"] * 3 + ["dog"] * 3
    assert p.files[4] == "dog/1.png"
    assert sum("left out:" in sentence for sentence in said) == 2
    again = opened(folder, on_bad="skip")[0]
    assert (again.files.tolist(), len(again.skipped)) == (p.files.tolist(), 2)


def test_a_class_of_which_nothing_is_left_is_told(folder):
    for path in (folder / "dog").iterdir():
        path.write_bytes(b"")
    assert "no picture that can be read is left of 'dog'" in opened(folder, on_bad="skip")[1]


def test_a_part_of_which_nothing_is_left_is_an_error(tmp_path):
    for part in ("train", "test"):
        classes(tmp_path / part, 2)
    for path in (tmp_path / "train" / "dog").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DataError, match=r"test has pictures of 'dog', train has none of them"):
        open_images(tmp_path, on_bad="skip")


def test_nothing_but_bad_files(tmp_path):
    draw(tmp_path / "a" / "1.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"there is no picture to infer|no file is a picture"):
        open_images(tmp_path, on_bad="skip")


def test_pictures_with_the_same_pixels_are_of_one_group(folder):
    draw(folder / "cat" / "copy.bmp", 101)
    p, said = opened(folder)
    assert p.groups[p.files == "cat/copy.bmp"] == p.groups[p.files == "dog/1.png"]
    assert len(set(p.groups)) == 8
    assert any("there before, with the same pixels (cat/copy.bmp and dog/1.png)" in sentence for sentence in said)
    assert any("with different labels" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"on_bad": "ignore"}, "on_bad must be one of 'stop', 'skip', got 'ignore'"),
        ({"cache_limit": "much"}, "cache_limit must be a number of bytes"),
        ({"size": 0}, "size must be"),
    ],
)
def test_parameters_are_checked(folder, how, says):
    with pytest.raises(ParameterError, match=says):
        open_images(folder, **how)
