"""`foveal embed MODEL FILES --out FILE`: last features, the nearest training rows, a map."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import foveal as library


def table(path):
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def test_features_are_those_of_the_estimator(foveal, trained, files):
    result = foveal("embed", trained, files / "new.npy", "--out", "f.npz")
    assert result.code == 0, result.err
    found = np.load("f.npz")
    model = library.load(trained / "model.safetensors")
    X = np.load(files / "new.npy")
    assert np.allclose(found["features"], model.embed(X), atol=1e-5)
    assert found["predictions"].tolist() == list(map(str, model.predict(X)))
    assert found["names"].tolist() == [f"new.npy#{i}" for i in range(7)]
    assert set(found) == {"features", "names", "predictions"}


def test_a_table_has_the_same_and_the_nearest_training_rows(foveal, trained, files):
    np.save("again.npy", np.load(files / "new.npy")[::-1])
    result = foveal("embed", trained, files / "new.npy", "--out", "f.csv", "--near", "again.npy", "--nearest", 2)
    assert result.code == 0, result.err
    rows = table("f.csv")
    assert [row["near_1"] for row in rows] == [f"again.npy#{6 - i}" for i in range(7)]
    assert all(float(row["similarity_1"]) == pytest.approx(1, abs=1e-5) for row in rows)
    assert all(float(row["similarity_2"]) <= float(row["similarity_1"]) for row in rows)
    foveal("embed", trained, files / "new.npy", "--out", "f.npz")
    features = np.load("f.npz")["features"]
    assert np.allclose([float(row["feature_0"]) for row in rows], features[:, 0])


def test_of_a_data_set_by_name_the_training_part_is_looked_among(foveal, trained, files):
    result = foveal("embed", trained, files / "new.npy", "--out", "f.npz", "--near", "digits")
    assert result.code == 0, result.err
    found = np.load("f.npz")
    assert found["near"].shape == found["similarity"].shape == (7, 5)
    assert found["near"][0, 0].startswith("digits#")


@pytest.mark.parametrize(("by", "word"), [("pca", "PCA"), ("tsne", "t-SNE")])
def test_the_map_says_how_it_was_found(foveal, trained, files, by, word):
    result = foveal("embed", trained, files / "new.npy", "--out", "f.npz", "--map", "map.png", "--map-by", by)
    assert result.code == 0, result.err
    assert f"map.png: {word}" in result.err
    assert np.load("f.npz")["points"].shape == (7, 2)
    with Image.open("map.png") as picture:
        assert np.asarray(picture).std() > 1


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--out", "f.txt"], 2, "--out must end in .npz or .csv, got 'f.txt'"),
        (["--out", "f.npz", "--map", "m.jpg"], 2, "--map must end in .png, got 'm.jpg'"),
        (["--out", "f.npz", "--map-by", "umap"], 2, "--map-by must be one of 'pca', 'tsne', got 'umap'"),
        (["--out", "f.npz", "--nearest", "0"], 2, "--nearest must be at least 1, got 0"),
        (["--out", "f.npz", "--near", "again.npy", "--nearest", "9"], 3, "9 nearest rows were asked for among 3"),
    ],
)
def test_what_there_is_not_is_told_and_nothing_is_written(foveal, trained, files, tmp_path, options, code, message):
    np.save("again.npy", np.load(files / "new.npy")[:3])
    result = foveal("embed", trained, files / "new.npy", *options)
    assert result.code == code
    assert message in result.one_line()
    assert not (tmp_path / "f.npz").exists()


def test_files_that_cannot_be_read_are_told_and_left_out(foveal, trained, files):
    result = foveal("embed", trained, "nowhere.npy", files / "new.npy", "--out", "f.npz")
    assert result.code == 0, result.err
    assert "foveal: warning: nowhere.npy" in result.err
    assert len(np.load("f.npz")["features"]) == 7
    nothing = foveal("embed", trained, "nowhere.npy", "--out", "g.npz")
    assert nothing.code == 3
    assert "none of the 1 files could be read; the warnings say why" in nothing.err
