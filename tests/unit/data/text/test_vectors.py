"""Trained vectors out of text files."""

import numpy as np
import pytest

from foveal import TextClassifier
from foveal.core.errors import DataError, ParameterError
from foveal.data.text.vectors import read_vectors
from foveal.data.text.vocabulary import Vocabulary

WORDS = Vocabulary("words", ("good", "bad", "film"))
SMALL = "kim(vector=2, maps=3)"
TEXTS, Y = ["good film", "bad film"] * 8, ["+", "-"] * 8


def write(folder, text):
    file = folder / "vectors.txt"
    file.write_text(text, "utf-8")
    return str(file)


def test_words_of_the_vocabulary_get_their_vectors(tmp_path):
    found = read_vectors(write(tmp_path, "3 2\ngood 1 2\nother 5 5\nbad -1 0.5\ngood 9 9\n"), WORDS)
    assert found.found == 2
    assert found.table.shape == (6, 2)
    assert found.table[3:5].tolist() == [[1, 2], [-1, 0.5]]
    assert np.isnan(found.table[[0, 1, 2, 5]]).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("good 1 2\nbad 1\n", "line 2 of .* must have a word and 2 numbers, got 1 after 'bad'"),
        ("good 1 x\n", "line 1 of .* has what is no number"),
        ("good 1 inf\n", "line 1 of .* has a number that is not finite"),
        ("other 1 2\n", "has none of the 3 words of the training rows"),
        ("", "has none of the 3 words"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path, text, words):
    with pytest.raises(DataError, match=words):
        read_vectors(write(tmp_path, text), WORDS)


def test_a_file_that_is_not_there():
    with pytest.raises(DataError, match=r"vectors: nowhere\.txt cannot be read"):
        read_vectors("nowhere.txt", WORDS)


def test_a_network_begins_with_them_and_the_model_file_does_not_name_their_place(tmp_path):
    file = write(tmp_path, "good 30 30\nfilm -30 -30\n")
    model = TextClassifier(net=SMALL, vectors=file, n_epochs=1, learning_rate=1e-6, random_state=0).fit(TEXTS, Y)
    words = {entry: i for i, entry in enumerate(model.fitted_.input_rule[1]["entries"], start=3)}
    weight = model.net_.body.embedding.weight
    assert weight[words["good"]].tolist() == pytest.approx([30, 30], abs=1e-3)
    assert weight[words["bad"]].abs().max() < 1
    model.save(tmp_path / "m.safetensors")
    assert b"vectors.txt" not in (tmp_path / "m.safetensors").read_bytes()


def test_a_network_of_another_size_is_told_the_way_out(tmp_path):
    file = write(tmp_path, "good 1 2 3\n")
    with pytest.raises(ParameterError, match=r"the network has \(6, 2\); use net='kim\(vector=3\)'"):
        TextClassifier(net=SMALL, vectors=file).fit(TEXTS, Y)
    with pytest.raises(ParameterError, match=r"has no such weight"):
        TextClassifier(net="zhang(maps=2, features=2)", vectors=file).fit(TEXTS, Y)
