import csv

import numpy as np
import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.images.listing.door import open_listing
from foveal.data.named import load_dataset
from foveal.doctor.cleaning import clean, cleaned_name
from foveal.doctor.decisions import Decision

from .planted import drawing, of_arrays, opened, saved

DROP_FIRST = [Decision(0, "drop", ""), Decision(1, "relabel", "dog"), Decision(2, "keep", "")]


def table(path):
    return list(csv.DictReader(path.open(newline="")))


def test_pictures_become_a_table_that_leads_to_them(tmp_path):
    for n in range(3):
        saved(tmp_path / "pets" / "train" / "cat" / f"{n}.png", drawing(n))
    saved(tmp_path / "pets" / "train" / "dog" / "3.png", drawing(3))
    (tmp_path / "out").mkdir()
    made = clean(opened(tmp_path / "pets"), DROP_FIRST, tmp_path / "out")
    assert (made["kept"], made["dropped"], made["relabelled"], made["new_classes"]) == (3, 1, 1, [])
    listing = open_listing(tmp_path / "out" / "cleaned.csv")
    assert [place.name.rpartition("/")[2] for place in listing.places] == ["1.png", "2.png", "3.png"]
    assert [listing.class_names[n] for n in listing.y] == ["dog", "cat", "dog"]
    assert set(listing.split) == {"train"}


def test_texts_keep_their_columns(tmp_path):
    (tmp_path / "t.csv").write_text('text,label\nx,cat\n"a, ""b""",cat\nz,dog\n')
    clean(opened(tmp_path / "t.csv"), DROP_FIRST, tmp_path)
    assert table(tmp_path / "cleaned.csv") == [{"text": 'a, "b"', "label": "dog"}, {"text": "z", "label": "dog"}]


def test_values_to_predict_are_written_as_they_were(tmp_path):
    (tmp_path / "t.csv").write_text("text,target\nx,0.5\ny,1.25\n")
    clean(opened(tmp_path / "t.csv", target="target"), [Decision(0, "drop", "")], tmp_path)
    assert table(tmp_path / "cleaned.csv") == [{"text": "y", "target": "1.25"}]


def test_arrays_become_an_npz_with_the_same_parts(tmp_path):
    X = np.random.default_rng(0).normal(size=(300, 1, 6, 6)).astype(np.float32)
    y, names = np.arange(300) % 2, ["cat", "dog"]
    np.savez(tmp_path / "a.npz", X=X, y=y, X_test=X[:3], y_test=y[:3], class_names=names)
    decisions = [*DROP_FIRST[:1], Decision(2, "relabel", "dog"), Decision(301, "drop", "")]
    made = clean(opened(tmp_path / "a.npz"), decisions, tmp_path)
    data = load_dataset(made["file"])
    assert (data.X_train == X[1:]).all()
    assert (data.X_test == X[[0, 2]]).all()
    assert data.y_train[:3].tolist() == [1, 1, 1]
    assert data.class_names == ("cat", "dog")
    with pytest.raises(DataError, match="new_label 'do' is none of the classes; did you mean 'dog'"):
        clean(opened(tmp_path / "a.npz"), [Decision(0, "relabel", "do")], tmp_path)


def test_labels_that_are_strings_may_be_new(tmp_path):
    np.savez(tmp_path / "a.npz", X=np.zeros((3, 6, 6)), y=np.array(["cat", "cat", "dog"]))
    made = clean(opened(tmp_path / "a.npz"), [Decision(0, "relabel", "elephant")], tmp_path)
    assert made["new_classes"] == ["elephant"]
    assert load_dataset(made["file"]).y_train.tolist() == ["elephant", "cat", "dog"]


def test_interactions_keep_rows_and_order(tmp_path):
    (tmp_path / "r.csv").write_text("user,item,time\nb,1,5\nb,1,5\na,2,4\n")
    clean(opened(tmp_path / "r.csv"), [Decision(1, "drop", "")], tmp_path)
    assert [line["user"] for line in table(tmp_path / "cleaned.csv")] == ["b", "a"]


def test_what_has_no_cleaned_file_is_refused(tmp_path):
    subject = of_arrays(np.zeros((3, 6, 6)), np.array([0.5, 1, 2]))
    assert cleaned_name(subject) == "cleaned.npz"
    with pytest.raises(ParameterError, match="relabel is for rows with one class each"):
        clean(subject, [Decision(0, "relabel", "a")], tmp_path)
    assert list(tmp_path.iterdir()) == []
