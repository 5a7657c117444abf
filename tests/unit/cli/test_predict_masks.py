"""Masks on the command line: trained, measured, written at the size of each picture, gone on with."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foveal import load
from foveal.cli.main import run
from foveal.cli.predict_masks import names_for
from foveal.data.images.records import Place

from .masked_pictures import COLOURS, folders, scene

SMALL = ["--set", "net=unet(depth=1, width=4)", "--set", "learning_rate=0.02", "--seed", "0"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make pictures with masks, and train on them; the cache is this module's."""
    root = folders(tmp_path_factory.mktemp("masks"), 12)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOVEAL_CACHE", str(root / "cache"))
        how = ["--masks", str(root / "masks"), "--colours", str(root / "table.csv"), "--out", str(root / "run")]
        assert run(["train", str(root / "images"), *how, *SMALL, "--epochs", "40", "--quiet"]) == 0
        yield root


def rows_of(path):
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_stands_beside_baselines(made):
    metrics = json.loads((made / "run/results.json").read_text())
    found = metrics["comparison"]
    assert (found["on"], found["rows"], found["metric"]) == ("test", 12, "mean IoU")
    assert found["classes"] == list(COLOURS)
    assert metrics["test_score"] == pytest.approx(found["network"]["iou"])
    assert metrics["test"]["dice"] == pytest.approx(found["network"]["dice"])
    assert list(found["baselines"]) == ["most frequent class everywhere", "logistic regression on colours"]
    assert found["baselines"]["most frequent class everywhere"]["ious"][1:] == [0, 0]
    assert found["network"]["iou"] > found["baselines"]["most frequent class everywhere"]["iou"] + 0.2
    model = load(made / "run/model.safetensors")
    assert model.fitted_.class_names == tuple(COLOURS)
    assert [row[1] for row in model.fitted_.data["masks"]["colours"]] == list(COLOURS)


def test_evaluate_says_the_same(foveal, made):
    shown = foveal("evaluate", made / "run", made / "images", "--masks", made / "masks")
    assert shown.code == 0, shown.err
    assert "test part, 12 rows" in shown.out
    assert "most frequent class everywhere" in shown.out
    score = json.loads((made / "run/results.json").read_text())["test_score"]
    again = json.loads(foveal("evaluate", made / "run", made / "images", "--masks", made / "masks", "--json").out)
    assert again["score"] == pytest.approx(score)
    assert again["comparison"]["network"]["iou"] == pytest.approx(score)
    wrong = foveal(
        "evaluate", made / "run", made / "images", "--masks", made / "masks", "--colours", made / "table.csv"
    )
    assert "knows from its training what masks hold; leave it out" in wrong.err


def test_masks_have_their_pictures_sizes(foveal, made, tmp_path):
    inputs = tmp_path / "new" / "below"
    inputs.mkdir(parents=True)
    truth = {}
    for i, size in enumerate([(16, 16), (20, 16), (15, 22)]):
        picture, truth[f"below/{i}"] = scene(50 + i, size)
        Image.fromarray(picture).save(inputs / f"{i}.png")
    (inputs / "bad.jpg").write_text("<html>")
    shown = foveal("predict", made / "run", tmp_path / "new", "--out", "out", "--overlay")
    assert shown.code == 0, shown.err
    assert "below/bad.jpg is HTML, not a picture" in shown.err
    assert "3 masks in out; 1 without one" in shown.err
    rows = rows_of("out/masks.csv")
    assert [row["file"] for row in rows] == [f"below/{i}.png" for i in range(3)] + ["below/bad.jpg"]
    for row in rows[:3]:
        mask = Image.open(Path("out", row["mask"]))
        assert mask.mode == "P"
        assert mask.size == (int(row["width"]), int(row["height"]))
        wanted = truth[row["mask"].removesuffix(".png")]
        values = np.asarray(mask)
        assert values.shape == wanted.shape
        assert (values == wanted).mean() > 0.8
        for label, name in enumerate(COLOURS):
            assert float(row[f"share_{name}"]) == pytest.approx((values == label).mean(), abs=1e-5)
        assert Image.open(Path("out", row["mask"].replace(".png", "_overlay.jpg"))).size == mask.size
    assert {row["name"]: (int(row["r"]), int(row["g"]), int(row["b"])) for row in rows_of("out/classes.csv")} == COLOURS
    assert rows[3]["mask"] == ""
    model = load(made / "run/model.safetensors")
    np.testing.assert_array_equal(np.asarray(Image.open("out/below/0.png")), model.predict(scene(50)[0][None])[0])


def test_it_goes_on_where_it_stopped(foveal, made, tmp_path, monkeypatch):
    from foveal.cli import predict_masks

    calls, real = [], predict_masks._answered

    def broken(fitted, place, *rest, **how):
        calls.append(place.name)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(fitted, place, *rest, **how)

    monkeypatch.setattr(predict_masks, "_answered", broken)
    stopped = foveal("predict", made / "run", made / "images/test", "--out", "out")
    assert stopped.code == 130
    assert "interrupted: the same command goes on" in stopped.err
    again = foveal("predict", made / "run", made / "images/test", "--out", "out")
    assert again.code == 0
    assert "goes on after 3 of 12 rows" in again.err
    assert len(calls) == 4 + 9
    assert [row["file"] for row in rows_of("out/masks.csv")] == sorted(f"{i}.png" for i in range(12))
    whole = foveal("predict", made / "run", made / "images/test", "--out", "whole")
    assert whole.code == 0
    for name in [*(f"{i}.png" for i in range(12)), "masks.csv"]:
        assert Path("out", name).read_bytes() == Path("whole", name).read_bytes()


@pytest.mark.filterwarnings("default")
def test_one_picture_and_windows(foveal, made):
    shown = foveal("predict", made / "run", made / "images/test/3.png", "--out", "one", "--window", 8, "--overlap", 2)
    assert shown.code == 0
    assert "windows of (8, 8) overlap by (2, 2)" in shown.err
    assert Path("one/3.png").is_file()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "a model of masks writes files, and --out does not say where; give --out FOLDER"),
        (["--out", "o", "--proba"], "--proba does not go with a model of masks"),
        (["--out", "o", "--tta", "flip"], "--tta does not go with a model of masks"),
        (["--out", "o", "--instances"], "--instances is for models of background, inside and boundary"),
    ],
)
def test_what_does_not_go_with_masks(foveal, made, options, message):
    wrong = foveal("predict", made / "run", made / "images", *options)
    assert wrong.code == 2
    assert message in wrong.err
    assert not Path("o").exists()


def test_options_of_masks_are_for_masks(foveal, trained, files):
    wrong = foveal("predict", trained, files / "new.npy", "--overlay")
    assert "--overlay is for models of masks, and this one is for classification" in wrong.one_line()


def test_instances(foveal, tmp_path):
    folders(tmp_path, 6, parts=("train",), coloured=False)
    how = ["--masks", "masks", "--read", "class_names=background,inside,boundary", "--out", "run", "--no-baselines"]
    assert foveal("train", "images", *how, *SMALL, "--epochs", 4).code == 0
    assert foveal("predict", "run", "images/train", "--out", "out", "--instances").code == 0
    numbers = np.asarray(Image.open("out/0_instances.png"))
    assert numbers.dtype == np.uint16
    assert int(rows_of("out/masks.csv")[0]["objects"]) == numbers.max()


def test_names_of_files():
    places = [Place("", name) for name in ("a/1.png", "../b/2.png", "/c/3.jpg", "c/3.png")]
    assert names_for(places) == ["a/1", "b/2", "c/3.jpg", "c/3.png"]
