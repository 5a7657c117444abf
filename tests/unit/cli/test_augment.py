"""`foveal augment`: a page of rows before and after, and what is refused before anything is read."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foveal.data.named import load_dataset

from .pictures import folders, table

GAP, NEAR = 8, 2


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path_factory.mktemp("cache")))


def pixels(path):
    return np.asarray(Image.open(path))


def cells(page, number, side, columns=8):
    """Give a row of the data as it is and as it is changed, as the page shows them."""
    top = GAP + number // columns * (side + GAP)
    left = GAP + number % columns * (2 * side + NEAR + GAP)
    across = left, left + side + NEAR
    return [page[top : top + side, at : at + side] for at in across]


def test_a_page_of_64_rows_and_what_auto_chose(foveal):
    result = foveal("augment", "digits")
    assert result.code == 0
    assert result.err.startswith("foveal: augment='auto' is ['shift(share=0.08)', 'rotate', 'scale', 'shear']: X are")
    assert "no mirror: classes such as '0' are digits, letters or signs" in result.err
    lines = [line.split(maxsplit=1) for line in result.out.splitlines()]
    assert lines == [
        ["page", "augment.png"],
        ["rows", "64 of 1,437, each as it is and, to its right, changed"],
        ["augment", "shift(share=0.08), rotate, scale, shear"],
        ["seed", "0"],
    ]
    page = pixels("augment.png")
    assert page.shape == (8 * (96 + GAP) + GAP, 8 * (2 * 96 + NEAR + GAP) + GAP, 3)
    X = load_dataset("digits").X_train
    X = X[np.sort(np.random.default_rng(0).choice(len(X), 64, replace=False))]
    large = np.round((X * 255.0 / X.max()).repeat(12, 1).repeat(12, 2))
    for number in (0, 8, 63):
        before, after = cells(page, number, 96)
        assert np.abs(before[..., 0] - large[number]).max() <= 1
        assert (before != after).any()


def test_augment_and_seed_decide_what_is_shown(foveal, tmp_path):
    folders(tmp_path / "in")
    pages = {}
    for name, args in {
        "a": ["--augment", "rotate(90),vertical_flip"],
        "b": ["--set", "augment=rotate(90),vertical_flip"],
        "c": ["--augment", "rotate(90),vertical_flip", "--seed", 1],
        "d": ["--augment", "flip"],
    }.items():
        result = foveal("augment", "in", "--out", f"{name}.png", "--json", *args)
        assert (result.code, result.err) == (0, "")
        told = json.loads(result.out)
        pages[name] = pixels(f"{name}.png")
    assert told == {"page": "d.png", "source": "in", "rows": 36, "augment": ["flip"], "seed": 0, "said": []}
    np.testing.assert_array_equal(pages["a"], pages["b"])
    assert pages["a"].shape == pages["c"].shape
    assert (pages["a"] != pages["c"]).any()
    mirrored = 0
    for number in range(36):
        before, after = cells(pages["d"], number, 96)
        turned = (after == before[:, ::-1]).all()
        assert turned or (after == before).all()
        mirrored += turned
    assert 8 < mirrored < 28


def test_tables_signals_and_volumes_too(foveal, tmp_path):
    result = foveal("augment", table(tmp_path), "--out", "table.png")
    assert result.code == 0
    assert "mirrored, which none of the class names speaks against" in result.err
    rng = np.random.default_rng(0)
    np.savez("volumes.npz", X=rng.normal(size=(5, 2, 6, 7, 8)), y=np.arange(5) % 2)
    np.savez("signals.npz", X=rng.normal(size=(5, 50)), y=rng.normal(size=5))
    assert foveal("augment", "volumes.npz", "--out", "v.png").code == 0
    assert foveal("augment", "signals.npz", "--set", "layout=NL", "--task", "regression", "--out", "s.png").code == 0
    assert pixels("s.png").shape == (2 * (96 + GAP) + GAP, 4 * (4 * 96 + NEAR + GAP) + GAP, 3)


def test_what_is_there_is_not_written_over_unless_told(foveal):
    Path("augment.png").write_bytes(b"mine")
    result = foveal("augment", "digits", "--augment", "shift")
    assert (result.code, result.out) == (2, "")
    assert result.one_line() == "--out augment.png is there already; choose another file, or --force to replace it"
    assert Path("augment.png").read_bytes() == b"mine"
    assert foveal("augment", "digits", "--augment", "shift", "--force").code == 0
    assert pixels("augment.png").ndim == 3
    assert foveal("augment", "digits", "--augment", "shift", "--out", "/dev/null").code == 0


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["digits", "--out", "page.jpg"], 2, "--out must end in .png, got 'page.jpg'; the page is a PNG picture"),
        (["digits", "--out", "folder"], 2, "--out folder is a folder; name a file in it, folder/augment.png"),
        (["digits", "--out", "no/a.png"], 2, "--out no/a.png: there is no folder no; make it, or choose another one"),
        (["digits", "--augment", "rotat"], 2, "got 'rotat'; did you mean 'rotate'?"),
        (["nothing.npz", "--augment", "rotate(400)"], 2, "degrees of rotate must be a number of at least 0 and at"),
        (["nothing.npz", "--augment", "none"], 2, "augment is None: there is nothing to see; name augmentations"),
        (["nothing.npz", "--seed", "-1"], 2, "random_state must be None, an integer of at least 0"),
        (["nothing.npz"], 3, "nothing.npz: expected a file, found nothing there"),
        (["folder"], 3, "folder: expected class folders, found an empty folder"),
        (["digits", "--augment", "hue"], 2, "augment: hue needs rows of 3 channels, got 1"),
        (["digits", "--augment", "mixup,cutmix"], 2, "augment: mixup and cutmix both mix rows"),
        (["table.npz"], 2, "augment='auto' is []: X is a table, and its columns have no neighbours: nothing"),
        (["values.npz"], 3, "Unknown label type: continuous"),
        (["nan.npz", "--augment", "shift"], 3, "Input X contains NaN"),
        (["digits", "--read", "size=8"], 2, "size= says how pictures are read, but digits has none; leave it out"),
    ],
)
def test_what_cannot_be_shown_is_one_line_and_no_page(foveal, tmp_path, args, code, message):
    (tmp_path / "folder").mkdir()
    X = np.random.default_rng(0).normal(size=(6, 8, 8))
    np.savez("values.npz", X=X, y=X[:, 0, 0])
    np.savez("nan.npz", X=np.full_like(X, np.nan), y=np.arange(6) % 2)
    np.savez("table.npz", X=X[:, 0], y=np.arange(6) % 2)
    result = foveal("augment", *args)
    assert (result.code, result.out) == (code, "")
    assert message in result.one_line()
    assert not list(tmp_path.glob("*.png"))
