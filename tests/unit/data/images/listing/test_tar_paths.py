"""Which tars are meant."""

import pytest

from foveal.core.errors import DataError
from foveal.data.images.listing.tar_paths import is_tar, tar_paths

from ..made import make


def test_tars_by_path_list_folder_and_braces(tmp_path):
    make(tmp_path, "a-2.tar", "a-1.TAR", "a-10.tar", ".a-3.tar", "index.npz")
    one, two, ten = (tmp_path / name for name in ("a-1.TAR", "a-2.tar", "a-10.tar"))
    assert tar_paths(str(two)) == [two]
    assert tar_paths([two, str(one)]) == [two, one]
    assert tar_paths(tmp_path) == [one, ten, two]
    make(tmp_path / "b", *(f"{part}-{n:02d}.tar" for part in (1, 2) for n in range(8, 12)))
    assert [path.name for path in tar_paths(tmp_path / "b/{1..2}-{08..10}.tar")] == [
        "1-08.tar", "1-09.tar", "1-10.tar", "2-08.tar", "2-09.tar", "2-10.tar"
    ]  # fmt: skip


def test_a_name_with_braces_that_is_there_means_itself(tmp_path):
    make(tmp_path, "a{1..2}.tar")
    assert tar_paths(tmp_path / "a{1..2}.tar") == [tmp_path / "a{1..2}.tar"]


def test_what_is_taken_for_tars(tmp_path):
    make(tmp_path, "shards/a.tar", "packed/a.tgz", "classes/a.tar", "classes/cat/1.png", "none/a.png", "odd.tar/1.png")
    assert [is_tar(tmp_path / name) for name in ("shards", "packed", "classes", "none", "odd.tar", "gone")] == [
        True, True, False, False, False, False
    ]  # fmt: skip
    make(tmp_path, "parts/train/a.tar", "parts/val/a.tar", "parts/note.txt", "mixed/train/a.tar", "mixed/other/a.tar")
    make(tmp_path, "deep/train/cat/a.tar", "beside/train/a.tar", "beside/a.tar")
    assert [is_tar(tmp_path / name) for name in ("parts", "mixed", "deep", "beside")] == [True, False, False, False]
    assert [path.parent.name for path in tar_paths(tmp_path / "parts")] == ["train", "val"]
    assert is_tar(["a.tar", "b.tar.gz"])
    assert not any(map(is_tar, [[], ["a.tar", 3], 3, None, b"a.tar", "a.png"]))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "a.tar.gz",
            r"a\.tar\.gz: is packed, and pictures are read where they lie; unpack it first: gunzip a\.tar\.gz",
        ),
        ("a.ZIP", r"unpack it first: unzip a\.ZIP"),
        ("b{0..1}.tar", r"b1\.tar: expected a file, found nothing there; did you mean 'b0\.tar'\?"),
        ("c.tar", r"c\.tar: expected a file, found nothing there"),
    ],
)
def test_tars_that_are_packed_or_missing(tmp_path, name, message):
    make(tmp_path, "a.tar.gz", "a.ZIP", "b0.tar")
    with pytest.raises(DataError, match=message):
        tar_paths(tmp_path / name)
