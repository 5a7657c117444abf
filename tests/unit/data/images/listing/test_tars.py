"""Tars as listings: rows with labels beside them, class folders within."""

import json

import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.images.listing.door import open_listing
from foveal.data.images.listing.tars import list_tars

from ..made import make, pack


def rows(n, **labels):
    """Give members of n rows, KEY.jpg and a member of each extension, whose contents are made by functions."""
    members = []
    for i in range(n):
        members += [(f"{i:04d}.jpg", b"picture %d" % i)]
        members += [(f"{i:04d}.{extension}", write(i).encode()) for extension, write in labels.items()]
    return members


def names(listing):
    return [place.name for place in listing.places]


def cls(i):
    return str(i % 3 + 9)


def test_rows_with_classes(tmp_path):
    told = []
    path = pack(tmp_path / "a.tar", *rows(5, cls=cls, txt=lambda i: f"caption {i}"))
    listing = list_tars(path, told=told.append)
    assert names(listing) == [f"{i:04d}.jpg" for i in range(5)]
    assert [place.read() for place in listing.places] == [b"picture %d" % i for i in range(5)]
    assert (listing.y.tolist(), listing.class_names) == ([0, 1, 2, 0, 1], ("9", "10", "11"))
    assert listing.root == str(path)
    assert told == [f"{path}: 5 pictures of 3 classes (9 2, 10 2, 11 1) in 1 tar, by .cls"]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"txt": lambda i: f"c{i}\n"}, ("c0", "c1", "c2")),
        ({"json": lambda i: json.dumps(f"c{i}")}, ("c0", "c1", "c2")),
        ({"json": lambda i: json.dumps({"width": 3, "label": i})}, ("0", "1", "2")),
        ({"json": lambda i: json.dumps({"width": 3, "class": f"c{i}"}), "txt": lambda i: "x"}, ("c0", "c1", "c2")),
        ({"json": lambda i: json.dumps({"width": i}), "txt": lambda i: f"c{i}"}, ("c0", "c1", "c2")),
    ],
)
def test_rows_with_other_labels(tmp_path, labels, expected):
    assert list_tars(pack(tmp_path / "a.tar", *rows(3, **labels))).class_names == expected


def test_the_field_of_json_can_be_named(tmp_path):
    path = pack(tmp_path / "a.tar", *rows(3, cls=cls, json=lambda i: json.dumps({"label": 1, "species": f"s{i}"})))
    assert list_tars(path, label="species").class_names == ("s0", "s1", "s2")
    with pytest.raises(DataError, match=r"3 rows without a label, .*: '0000\.json \(None\)', .*label='\.\.\.'"):
        list_tars(path, label="genus")


def test_several_tars_and_masks(tmp_path):
    told = []
    pack(tmp_path / "x-0.tar", *rows(2, cls=cls), ("0000.seg.png", b"mask"))
    pack(tmp_path / "x-1.tar", *rows(2, cls=cls))
    listing = list_tars(tmp_path, told=told.append)
    assert names(listing) == ["x-0.tar/0000.jpg", "x-0.tar/0001.jpg", "x-1.tar/0000.jpg", "x-1.tar/0001.jpg"]
    assert listing.y.tolist() == [0, 1, 0, 1]
    assert told[1:] == ["left out 1 picture with two endings, such as KEY.seg.png"]
    assert names(list_tars(str(tmp_path / "x-{0..1}.tar"))) == names(listing)


def test_class_folders_in_tars(tmp_path):
    one = pack(tmp_path / "a.tar", ("./dog/1.v2.png", b"d1"), ("./cat/2.png", b"c2"), ("./cat/2.txt", b"a caption"))
    listing = list_tars(one)
    assert (names(listing), listing.class_names) == (["cat/2.png", "dog/1.v2.png"], ("cat", "dog"))
    pack(tmp_path / "b.tar", ("cat/2.png", b"other c2"), ("dog/0.png", b"d0"))
    listing = list_tars(tmp_path)
    assert listing.y.tolist() == [0, 0, 1, 1]
    assert sorted(place.read() for place in listing.places) == [b"c2", b"d0", b"d1", b"other c2"]
    assert (
        dict(zip(names(listing), (place.read() for place in listing.places), strict=True))["b.tar/cat/2.png"]
        == b"other c2"
    )


def test_one_folder_around_all_is_no_class(tmp_path):
    path = pack(tmp_path / "a.tar", ("photos/cat/1.png", b""), ("photos/dog/2.png", b""), ("photos/readme.md", b""))
    assert list_tars(path).class_names == ("cat", "dog")


def test_parts_in_a_tar(tmp_path):
    members = [("train/cat/1.png", b""), ("train/dog/2.png", b""), ("val/cat/3.png", b"")]
    assert list_tars(pack(tmp_path / "a.tar", *members)).split.tolist() == ["train", "train", "valid"]
    assert list_tars(pack(tmp_path / "a.tar", *members[:2])).split.tolist() == ["train", "train"]
    assert len(list_tars(pack(tmp_path / "a.tar", *((f"x/{name}", raw) for name, raw in members))).places) == 3


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("a.md", b"x")], r"expected pictures in the tar, found none, but 'a\.md'"),
        ([], r"expected pictures in the tar, found none$"),
        ([("1.png", b""), ("2.png", b"")], r"expected class folders, found 2 pictures in no folder"),
        ([("cat/1.png", b""), ("dog/", b"")], r"class 'dog' has no picture: .*/dog is empty"),
        ([*rows(2, cls=cls), ("0009.jpg", b"")], r"a\.tar: 1 picture without \.cls beside: '0009\.jpg'"),
        (
            rows(2, json=lambda i: "[1, 2]"),
            r"2 rows without a label, a string or a whole number: '0000\.json \(\[1, 2\]\)",
        ),
        (rows(2, json=lambda i: "0.5"), r"without a label, a string or a whole number: '0000\.json \(0\.5\)"),
        (rows(2, json=lambda i: "{"), r"a\.tar: 0000\.json is no label"),
        (rows(2, txt=lambda i: ""), r"2 rows without a label"),
    ],
)
def test_tars_that_cannot_be_learnt_from(tmp_path, members, message):
    with pytest.raises(DataError, match=message):
        list_tars(pack(tmp_path / "a.tar", *members))


def test_through_the_door(tmp_path):
    pack(tmp_path / "t/a.tar", *rows(3, cls=cls))
    assert len(open_listing(tmp_path / "t").places) == len(open_listing([tmp_path / "t/a.tar"]).places) == 3
    assert open_listing(tmp_path / "t/a.tar", labelled=False).y is None
    assert open_listing(tmp_path / "t/a.tar", pattern="{}{label}.jpg").class_names == ("0", "1", "2")
    with pytest.raises(ParameterError, match=r"split= does not go with tars"):
        open_listing(tmp_path / "t", split="x")
    with pytest.raises(DataError, match=r"a\.tgz: is packed"):
        open_listing(make(tmp_path, "u/a.tgz") + "/u")


def test_a_folder_of_parts_by_rows(tmp_path):
    pack(tmp_path / "train" / "a.tar", *rows(3, cls=cls))
    pack(tmp_path / "train" / "b.tar", *rows(3, cls=cls))
    pack(tmp_path / "val" / "a.tar", *rows(2, cls=cls))
    (tmp_path / "classes.txt").write_text("\n".join(f"c{n}" for n in range(12)))
    (tmp_path / "README.md").touch()
    listing = list_tars(tmp_path)
    assert listing.split.tolist() == ["train"] * 6 + ["valid"] * 2
    assert names(listing)[::3] == ["train/a.tar/0000.jpg", "train/b.tar/0000.jpg", "val/a.tar/0000.jpg"]
    assert (listing.class_names, listing.root) == (("c10", "c11", "c9"), str(tmp_path))
    assert [listing.class_names[n] for n in listing.y] == ["c9", "c10", "c11"] * 2 + ["c9", "c10"]
    assert open_listing(tmp_path).split.tolist() == listing.split.tolist()
    assert len(list_tars(tmp_path, labelled=False).places) == 8


def test_a_folder_of_parts_by_folders(tmp_path):
    pack(tmp_path / "Train" / "a.tar", ("cat/1.png", b"1"), ("dog/1.png", b"2"))
    pack(tmp_path / "test" / "a.tar", ("cat/1.png", b"3"), ("dog/2.png", b"4"))
    listing = list_tars(tmp_path)
    assert listing.split.tolist() == ["train", "train", "test", "test"]
    assert listing.y.tolist() == [0, 1, 0, 1]
    assert [place.read() for place in listing.places] == [b"1", b"2", b"3", b"4"]
    assert names(listing)[2] == "test/a.tar/cat/1.png"


def test_parts_that_cannot_be_trained_on(tmp_path):
    pack(tmp_path / "val" / "a.tar", *rows(2, cls=cls))
    with pytest.raises(DataError, match="no picture is for training, of 2 valid; name some of them train"):
        list_tars(tmp_path)
    pack(tmp_path / "train" / "a.tar", *rows(1, cls=cls))
    with pytest.raises(DataError, match="valid has pictures of '10', train has none of them"):
        list_tars(tmp_path)
