"""Volumes with masks on the command line: trained, measured, and written back on each file's own grid."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from tests.unit.data.volumes.made import nifti, slices
from tests.unit.data.volumes.masks_made import affine, folders, scene

from foveal import load
from foveal.cli.main import run
from foveal.cli.predict_volume_masks import mask_names
from foveal.data.images.records import Place
from foveal.train import loop

nibabel = pytest.importorskip("nibabel")

SMALL = ["--set", "net=unet(depth=1, width=4)", "--set", "learning_rate=0.02", "--seed", "0", "--set", "batch_size=2"]
SECRET = b"SMITH^ANNA"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make volumes with masks, and train on them."""
    root = folders(tmp_path_factory.mktemp("volumes"), descrip=SECRET, aux_file=SECRET)
    how = ["--masks", str(root / "masks"), "--read", "window=0,200", "--read", "class_names=ground,ball"]
    assert (
        run(["train", str(root / "scans"), *how, *SMALL, "--epochs", "40", "--quiet", "--out", str(root / "run")]) == 0
    )
    return root


def rows_of(path):
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_is_measured_beside_baselines(made):
    metrics = json.loads((made / "run/results.json").read_text())
    found = metrics["comparison"]
    assert (found["on"], found["rows"], found["classes"]) == ("test", 6, ["ground", "ball"])
    assert metrics["test_score"] == pytest.approx(found["network"]["iou"])
    assert metrics["test"]["boundary_f1"] == pytest.approx(found["network"]["boundary_f1"])
    assert found["network"]["iou"] > found["baselines"]["most frequent class everywhere"]["iou"] + 0.2
    model = load(made / "run/model.safetensors")
    assert model.fitted_.input_rule[2] == {"step": "window", "centre": 0.0, "width": 200.0}
    assert SECRET not in (made / "run/model.safetensors").read_bytes()


def test_evaluate_says_the_same(foveal, made):
    shown = foveal("evaluate", made / "run", made / "scans", "--masks", made / "masks")
    assert shown.code == 0, shown.err
    facts = dict(line.split("  ", 1) for line in shown.out.splitlines()[:6])
    assert {"mean IoU", "Dice", "pixel accuracy", "boundary F1"} <= set(facts)
    assert SECRET.decode() not in shown.out + shown.err
    again = json.loads(foveal("evaluate", made / "run", made / "scans", "--masks", made / "masks", "--json").out)
    assert again["iou"] == pytest.approx(json.loads((made / "run/results.json").read_text())["test_score"])


def test_masks_have_the_geometry_of_their_files(foveal, made, tmp_path):
    truth = {}
    for n, shape in enumerate([(12, 10, 8), (15, 11, 8), (9, 10, 8)]):
        volume, truth[n] = scene(50 + n, shape)
        nifti(tmp_path / "new" / f"{n}.nii.gz", volume, affine(n), descrip=SECRET)
    nifti(tmp_path / "new" / "two.nii", np.zeros((5, 5, 5, 2), np.int16))
    (tmp_path / "new" / "bad.nii").write_bytes(b"no")
    slices(tmp_path / "new" / "series")
    shown = foveal("predict", made / "run", "new", "--out", "out")
    assert shown.code == 0, shown.err
    assert "4 masks in out; 2 without one" in shown.err
    rows = {row["file"]: row for row in rows_of("out/masks.csv")}
    assert rows["two.nii"]["problem"] == "has 2 channels, and the rule is for 1"
    assert (rows["bad.nii"]["mask"], rows["series"]["mask"]) == ("", "series.nii.gz")
    for n, wanted in truth.items():
        row, scan = rows[f"{n}.nii.gz"], nibabel.load(f"new/{n}.nii.gz")
        mask = nibabel.load(Path("out", row["mask"]))
        assert (mask.shape, mask.get_data_dtype()) == (scan.shape, np.uint8)
        np.testing.assert_allclose(mask.affine, scan.affine)
        values = np.asarray(mask.dataobj)
        assert (values == wanted).mean() > 0.98  # all background would be 0.95 at most
        assert row["voxels"] == " x ".join(map(str, scan.shape))
        assert float(row["share_ball"]) == pytest.approx((values == 1).mean(), abs=1e-5)
        assert SECRET not in Path("out", row["mask"]).read_bytes()
    np.testing.assert_allclose(nibabel.load("out/series.nii.gz").header.get_zooms(), (0.8, 0.5, 2.0))
    assert rows_of("out/classes.csv")[1]["name"] == "ball"


@pytest.mark.filterwarnings("default")
def test_one_volume_and_windows(foveal, made):
    assert foveal("predict", made / "run", made / "scans/test/3.nii.gz", "--out", "one").err.endswith("1 mask in one\n")
    assert Path("one/3.nii.gz").is_file()
    assert foveal("predict", made / "run", made / "scans/test", "--out", "a", "--window", 8, "--overlap", 2).code == 0


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        ("predict {0}/run {0}/scans/test --out {0}/scans/test", 2, "the mask of 0.nii.gz would overwrite a volume"),
        ("predict {0}/run {0}/scans --out o --overlay", 2, "--overlay draws over pictures, and these are volumes"),
        ("predict {0}/run {0}/scans --out o --instances", 2, "--instances is for models of background, inside and"),
        ("predict {0}/run {0}/scans --out o.nii.gz", 2, "--out must be a folder, for a mask of each file"),
        ("predict {0}/run {0}/scans", 2, "a model of masks writes files, and --out does not say where"),
        ("predict {0}/run {0}/none --out o", 3, "INPUT: there is no file or folder"),
        ("evaluate {0}/run {0}/scans", 2, "gives masks; say where those of"),
        ("train {0}/scans --masks {0}/none", 3, "none: expected a folder, found nothing there"),
        ("train {0}/scans --masks {0}/masks --colours x.csv", 2, "colours= says how pictures are read, and"),
        ("train {0}/scans --masks {0}/masks --read size=own", 2, "volumes of their own sizes are learnt from in patc"),
        (
            "train {0}/scans --masks {0}/masks --read spacing=1,1",
            2,
            "spacing must have 3 numbers, got (1, 1): the files are",
        ),
        ("train {0}/scans", 3, "expected class folders"),
    ],
)
def test_mistakes_are_told(foveal, made, args, code, message):
    result = foveal(*args.format(made).split())
    assert (result.code, message in result.err.splitlines()[-1]) == (code, True), result.err
    assert not Path("o").exists()


def test_a_run_with_patches_that_was_broken_off_has_the_same_bits(foveal, made, monkeypatch):
    how = ["--masks", made / "masks", "--set", "patch=6", "--no-baselines", "--no-test", "--quiet", *SMALL]
    assert foveal("train", made / "scans", *how, "--epochs", 2, "--out", "whole").code == 0
    real, calls = loop.train_epoch, []

    def broken(*args, **options):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **options)

    monkeypatch.setattr(loop, "train_epoch", broken)
    assert foveal("train", made / "scans", *how, "--epochs", 2, "--out", "cut").code == 130
    monkeypatch.setattr(loop, "train_epoch", real)
    assert foveal("train", "--resume", "cut", "--quiet").code == 0
    nets = [load(f"{name}/model.safetensors").net_.state_dict() for name in ("whole", "cut")]
    assert all((nets[0][name] == nets[1][name]).all() for name in nets[0])


def test_names_of_masks():
    places = [Place("", name) for name in ("a/1.nii", "series", "2.dcm", "2.nii.gz", "../x.TIF", "1.2.840")]
    wanted = ["a/1.nii", "series.nii.gz", "2.dcm.nii.gz", "2.nii.gz", "x.TIF", "1.2.840.nii.gz"]
    assert mask_names(places) == wanted
