"""Tables as listings: what is read, what is kept once, what is refused with its lines."""

import numpy as np
import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.images.listing.door import open_listing
from foveal.data.images.listing.tables import list_table

from ..made import make


@pytest.fixture
def table(tmp_path):
    make(tmp_path, "a.png", "b.png")

    def write(*lines, name="t.csv"):
        path = tmp_path / name
        path.write_text("\n".join(lines), "utf-8")
        return path

    return write


def names(listing):
    return [place.name for place in listing.places]


def test_labels_parts_and_groups(table, tmp_path):
    told = []
    path = table(
        "file,label,split,patient", "b.png,dog,train,p1", "./a.png,cat,Train,p2", f"{tmp_path}/c.png,cat,val,p3"
    )
    listing = list_table(path, told=told.append)
    assert names(listing) == ["b.png", "a.png", "c.png"]
    assert [place.path for place in listing.places] == [str(tmp_path / name) for name in names(listing)]
    assert (listing.y.tolist(), listing.class_names) == ([1, 0, 0], ("cat", "dog"))
    assert (listing.split.tolist(), listing.groups.tolist()) == (["train", "train", "valid"], ["p1", "p2", "p3"])
    assert listing.root == str(tmp_path)
    assert told == [
        f"{path}: paths from the column 'file', labels from 'label', parts from 'split', groups from 'patient'",
        f"{path}: 3 pictures of 2 classes (cat 2, dog 1)",
    ]


def test_numbers_as_labels_are_ordered_as_numbers(table):
    assert list_table(table("path,label", "a.png,10", "b.png,2")).class_names == ("2", "10")


def test_several_labels(table):
    told = []
    listing = list_table(table("path,cat,dog", "a.png,1,0", "b.png,1,1"), labels=["dog", "cat"], told=told.append)
    assert (listing.y.tolist(), listing.y.dtype, listing.class_names) == ([[0, 1], [1, 1]], np.uint8, ("dog", "cat"))
    assert told[1].endswith("2 pictures of 2 classes (dog 1, cat 2)")
    for sign in "|;":
        listing = list_table(table("path,tags", f'a.png,"x{sign} y"', "b.png,", "c.png,y"), labels="tags")
        assert (listing.y.tolist(), listing.class_names) == ([[1, 1], [0, 0], [0, 1]], ("x", "y"))
    with pytest.raises(DataError, match=r"column 'tags' has both \| and ; between labels; write one of them"):
        list_table(table("path,tags", "a.png,x|y", "b.png,x;y"), labels="tags")
    with pytest.raises(ParameterError, match=r"labels='tags': no row has a label; name another column"):
        list_table(table("path,tags", "a.png,", "b.png,"), labels="tags")


def test_targets(table):
    listing = list_table(table("path,age,size", "a.png,1,2.5", "b.png,3,4"), target="age")
    assert (listing.y.tolist(), listing.y.dtype, listing.class_names) == ([1.0, 3.0], np.float64, None)
    listing = list_table(table("path,age,size", "a.png,1,2.5", "b.png,3,4"), target=["size", "age"])
    assert listing.y.tolist() == [[2.5, 1.0], [4.0, 3.0]]


def test_paths_with_all_sorts_of_signs(table, tmp_path):
    odd = ['a "1", 2.png', "new\nline.png", "-rf.png", " b.png ", "ü/日.png", "a'b.png", "%00{}.png"]
    make(tmp_path, *odd)
    quoted = ['"' + name.replace('"', '""') + '",x' for name in odd]
    listing = list_table(table("path,label", *quoted))
    assert names(listing) == odd
    assert [place.read() for place in listing.places] == [b""] * len(odd)


def test_another_root_and_a_frame(table, tmp_path, monkeypatch):
    pandas = pytest.importorskip("pandas")
    make(tmp_path, "photos/x.png")
    assert list_table(table("path,label", "x.png,a"), root=tmp_path / "photos").places[0].read() == b""
    frame = pandas.DataFrame({"image": ["x.png"], "class": pandas.Categorical(["a"])})
    assert list_table(frame, root=tmp_path / "photos").class_names == ("a",)
    monkeypatch.chdir(tmp_path / "photos")
    assert list_table(frame).places[0].path == str(tmp_path / "photos/x.png")
    with pytest.raises(DataError, match=r"the DataFrame: 1 row cannot be used: row 1: class is empty; mend"):
        list_table(pandas.DataFrame({"image": ["x.png", "y.png"], "class": ["a", None]}))


def test_a_file_again_with_the_same_is_kept_once_and_told(table):
    told = []
    listing = list_table(table("path,label", "a.png,x", "b.png,y", "./a.png,x", "a.png, x"), told=told.append)
    assert (names(listing), listing.y.tolist()) == (["a.png", "b.png"], [0, 1])
    assert told[1].endswith("t.csv: left out 2 rows that name a file again, with the same beside it")


def test_bad_rows_are_told_together(table):
    path = table("path,label,split", "a.png,x,train", ",x,train", "b.png,,train", "c.png,x,dev", "d.png,x",
                 "a.png,y,train", "http://x/e.png,x,train", "..,x,train")  # fmt: skip
    with pytest.raises(DataError) as caught:
        list_table(path)
    assert str(caught.value) == (
        f"{path}: 7 rows cannot be used: line 3: path is empty; line 4: label is empty; line 5: split is 'dev', none "
        "of train, val, valid, validation, test; line 6: 2 cells, the first line has 3; line 7: 'a.png' stands in line "
        "2 with another label, split or group; line 8: path is 'http://x/e.png', an address of the web; download it "
        "first; line 9: path is '..', no path; mend them or take them out"
    )


def test_only_ten_problems_are_written_out(table):
    with pytest.raises(
        DataError, match=r"25 rows cannot be used: line 2: path is empty; .*line 11: path is empty; and 15"
    ):
        list_table(table("path,label", *[",x"] * 25))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["path,label"], r"t\.csv: has no rows; give it one a picture"),
        (["path,label", "x/a.png,x", "x/b.png,y"], r"t\.csv: none of 'x/a\.png', 'x/b\.png' is there; paths are"),
        (["path,label", "a,x", "b,y"], r"none of 'a', 'b' is there; .* which has a\.png: write paths with their end"),
        (["path,label,split", "a.png,x,test", "b.png,x,val"], r"no picture is for training, of 1 valid, 1 test"),
        (["path,label,split", "a.png,x,train", "b.png,y,val"], r"valid has pictures of 'y', train has none of them"),
        (["path,label,split,group", "a.png,x,train,g", "b.png,x,val,g"], r"the group 'g' has pictures in train and"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_learnt_from(table, lines, message):
    with pytest.raises(DataError, match=message):
        list_table(table(*lines))


def test_through_the_door(table):
    path = table("path,species,old", "a.png,dog,1", "b.png,cat,2", name="t.tsv.csv")
    assert open_listing(path, label="species").class_names == ("cat", "dog")
    assert open_listing(path, target="old").y.tolist() == [1.0, 2.0]
    assert open_listing(path, labelled=False).y is None
    assert open_listing(path, pattern="{label}.png").class_names == ("a", "b")
    with pytest.raises(DataError, match=r"which column holds labels\? It has 'path', 'species', 'old'"):
        open_listing(path)
    with pytest.raises(ParameterError, match=r"y= does not go with a table"):
        open_listing(path, y=[1, 2])
    with pytest.raises(ParameterError, match=r"label= does not go with a folder, got 'x'; leave it out"):
        open_listing(path.parent, label="x")
    with pytest.raises(ParameterError, match=r"split= does not go with a list of files"):
        open_listing([path], split="x")
