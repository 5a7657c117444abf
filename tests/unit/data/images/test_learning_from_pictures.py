"""Estimators learn from pictures in files as from the same pixels in an array, and keep none of them."""

import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

import foveal
from foveal import CNNClassifier, open_images
from foveal.core.errors import ModelFileError
from foveal.core.headers import description_of, read_header
from foveal.core.tensor_files import encode, read_tensors
from foveal.data.images.pictures import Pictures
from foveal.data.store import Resident, store_of
from foveal.fitted.saving import FORMAT

from .drawn import classes, draw, spoil

SMALL = {"in_channels_list": (None, 3), "out_channels": 4, "n_epochs": 2, "batch_size": 8, "random_state": 0}


@pytest.fixture
def pets(tmp_path):
    return classes(tmp_path / "pets", each=12)


def same(one, other):
    for a, b in zip(one.net_.state_dict().values(), other.net_.state_dict().values(), strict=True):
        assert np.array_equal(a.numpy(), b.numpy())


def streamed(pictures):
    """Give the same pictures, to be read from their file batch by batch."""
    return Pictures(
        pictures._rows.X, pictures.input_rule, pictures.files, in_memory=False, y=pictures.y, groups=pictures.groups
    )


def region_of(place):
    """Say what the system has mapped at a place in memory."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        first, stop = (int(end, 16) for end in line.split()[0].split("-"))
        if first <= place < stop:
            return line
    return ""


def draw_plain(folder, colour, rows):
    folder.mkdir(parents=True)
    for i in range(rows):
        Image.new("RGB", (12, 12), colour).save(folder / f"{i}.png")


def test_classes_whose_pictures_are_all_the_same_train_and_the_others_are_held_out(tmp_path):
    """Nobody has asked for groups: that they leave a class nothing to learn from is no error of the user's."""
    draw_plain(tmp_path / "red", (200, 0, 0), 10)
    draw_plain(tmp_path / "blue", (0, 0, 200), 10)
    pictures = open_images(tmp_path, cache=False)
    with pytest.warns(UserWarning, match="leaves no row to hold out: the rows of each class are of one group"):
        model = CNNClassifier(**SMALL).fit(pictures, pictures.y)
    assert not np.isfinite(model.history_["valid_loss"]).any()
    for i in range(10):
        draw(tmp_path / "drawn" / f"{i}.png", i)
    more = open_images(tmp_path, size=12, cache=False)
    fitted = CNNClassifier(**SMALL, valid_size=0.3).fit(more, more.y)
    assert np.isfinite(fitted.history_["valid_loss"]).all()


def test_the_bits_are_those_of_an_array(pets):
    p = open_images(pets)
    expected = CNNClassifier(**SMALL, layout="NHWC").fit(np.asarray(p), p.y)
    same(CNNClassifier(**SMALL).fit(p, p.y), expected)
    for workers in (0, 2):
        same(CNNClassifier(**SMALL, workers=workers).fit(streamed(p), p.y), expected)
    on_the_fly = streamed(open_images(pets, cache=False))
    same(CNNClassifier(**SMALL, workers=2).fit(on_the_fly, p.y), expected)


def test_an_estimator_keeps_no_pictures(pets):
    p = open_images(pets)
    model = CNNClassifier(**SMALL).fit(p, p.y)
    sent = pickle.dumps(model)
    assert str(pets).encode() not in sent
    assert b"cat/1.png" not in sent
    np.testing.assert_array_equal(pickle.loads(sent).predict(p), model.predict(p))
    same(clone(model).fit(p, p.y), model)


def test_scikit_learn_validates_over_pictures(pets):
    p = open_images(pets, size=12)  # scikit-learn indexes them, and gets arrays
    scores = cross_val_score(CNNClassifier(**SMALL), p, p.y, cv=2)
    np.testing.assert_array_equal(scores, cross_val_score(CNNClassifier(**SMALL), np.asarray(p), p.y, cv=2))


def test_what_was_left_out_is_in_the_model_file(pets, tmp_path, capsys):
    spoil(pets / "cat" / "3.png")
    (pets / "dog" / "5.png").write_text("<html>")
    draw(pets / "dog" / "copy.png", 1)
    p = open_images(pets, on_bad="skip")
    assert (p.about["rows"], p.about["skipped"], p.about["duplicates"]) == (23, 2, 1)
    assert p.chosen(np.arange(20)).about == p.about
    path = tmp_path / "model.safetensors"
    CNNClassifier(**SMALL).fit(p, p.y).save(path)
    model = foveal.load(path)
    assert model.fitted_.data == p.about
    assert model.fitted_.data["first_skipped"][0].startswith("dog/5.png: ")
    model.partial_fit(p, p.y).save(path)
    assert foveal.load(path).fitted_.data == p.about
    from foveal.cli.main import run

    assert run(["summary", str(path)]) == 0
    told = capsys.readouterr().out.splitlines()[-1]
    assert told.startswith(
        "23 pictures were opened, 1 of them there before with the same pixels; 2 files were left out: "
    )
    assert run(["summary", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["skipped"] == 2


def test_arrays_say_nothing_and_other_things_are_refused(pets, tmp_path):
    p, path = open_images(pets), tmp_path / "model.safetensors"
    model = CNNClassifier(**SMALL).fit(np.asarray(p), p.y)
    model.save(path)
    header = read_header(path)
    description = description_of(header, FORMAT, path)
    assert "data" not in description
    assert foveal.load(path).fitted_.data == {}
    for data in ({}, {"rows": 1}, dict(p.about, rows="1"), dict(p.about, first_skipped=[1]), 3):
        path.write_bytes(b"".join(encode(FORMAT, description | {"data": data}, read_tensors(path, header))))
        with pytest.raises(ModelFileError, match="description is damaged"):
            foveal.load(path)
        model.save(path)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system what is mapped where")
def test_what_is_mapped_is_gathered_from_where_it_lies(pets):
    p = open_images(pets)
    store = store_of(p.chosen(np.array([7, 2, 3])), torch.float32, torch.device("cpu"))
    place = store.rows.data_ptr()
    bounds = [(line, *line.split()[0].split("-")) for line in Path("/proc/self/maps").read_text().splitlines()]
    assert [line.endswith("rows.npy") for line, *ends in bounds if int(ends[0], 16) <= place < int(ends[1], 16)] == [
        True
    ]
    (found,) = store.gather(torch.tensor([2, 0]))
    np.testing.assert_array_equal(found.movedim(1, -1).numpy(), p[[3, 7]])
    assert len(store) == 3


def test_the_file_stays_as_it_is_whatever_becomes_of_what_is_trained_on(pets):
    p = open_images(pets)
    before = p[:]
    store_of(p, torch.float32, torch.device("cpu")).rows.zero_()
    np.testing.assert_array_equal(open_images(pets)[:], before)


def test_what_no_file_has_as_bytes_is_copied(pets):
    for p in (open_images(pets, cache=False), open_images(pets, depth="uint16")):
        assert p.mapped() is None
        assert isinstance(store_of(p, torch.float32, torch.device("cpu")), Resident)
