"""The rows of the emoji benchmark: as many of each class, and none to judge by among those to learn from."""

import json

import numpy as np
import pytest

from benchmarks import transfer

pytest.importorskip("PIL")


@pytest.fixture
def folder(tmp_path):
    from PIL import Image

    pictures = tmp_path / "img" / "google" / "64"
    pictures.mkdir(parents=True)
    entries = []
    for number in range(90):
        Image.new("RGBA", (64, 64), (number, 0, 0, 255)).save(pictures / f"{number}.png")
        entries.append({"image": f"{number}.png", "category": "ABC"[number % 3]})
    (tmp_path / "emoji.json").write_text(json.dumps(entries), "utf-8")
    return tmp_path


def numbers(part):
    return set(part[0][:, 0, 0, 0].tolist())


def test_what_is_chosen_by_is_of_the_training_part(folder):
    (train, held), (less, chosen_by) = transfer.parts(folder, False), transfer.parts(folder, True)
    assert len(numbers(train)) == 72
    assert numbers(train).isdisjoint(numbers(held))
    assert numbers(less) | numbers(chosen_by) == numbers(train)
    assert numbers(less).isdisjoint(numbers(chosen_by))


def test_as_many_rows_of_each_class(folder):
    train, _ = transfer.parts(folder, False)
    X, y = transfer.few(train, 0)
    assert np.unique(y, return_counts=True)[1].tolist() == [transfer.FEW] * 3
    assert len(numbers((X, y))) == 3 * transfer.FEW
    assert numbers(transfer.few(train, 1)) != numbers((X, y))
