"""A model of one kind that is given files of another, and options that say nothing there: one line each."""

from pathlib import Path

import pytest
from tests.unit.data.clips.made import film, scene

from foveal.cli.main import run

from . import masked_pictures, pictures
from .conftest import SMALL

NET = ["--set", "net=unet(depth=1, width=4)", "--epochs", "1", "--seed", "0", "--quiet"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Make pictures, masks and videos, and train a network on each."""
    root = tmp_path_factory.mktemp("kinds")
    masked_pictures.folders(root, 4)
    pictures.folders(root / "pets", rows=4)
    for name in ("left", "right"):
        for number in range(2):
            film(root / "films" / name / f"{number}.mp4", scene(12, seed=7 * number))
    (root / "features.csv").write_text("a,b,label\n1,2,yes\n3,4,no\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOVEAL_CACHE", str(root / "cache"))
        patch.chdir(root)
        small = [*SMALL, "--epochs", "1", "--seed", "0", "--quiet", "--no-baselines"]
        assert run(["train", "pets", *small, "--out", "pictures"]) == 0
        assert run(["train", "films", *small, "--read", "clip_frames=4", "--read", "size=8", "--out", "videos"]) == 0
        masks = ["--masks", "masks", "--colours", "table.csv"]
        assert run(["train", "images", *masks, *NET, "--no-baselines", "--out", "masked"]) == 0
        yield root


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        ("evaluate masked pets", 2, "masked gives masks; say where those of pets are, with --masks FOLDER"),
        ("evaluate pictures images --masks masks", 2, "--masks is for models of masks, and pictures is for classific"),
        ("evaluate masked images --masks masks --colours table.csv", 2, "--colours: masked knows from its training"),
        ("evaluate videos pets", 3, "pets is read as pictures, and the model has learnt from videos; give videos"),
        ("evaluate pictures films", 3, "films holds videos, and the model has learnt from pictures; give pictures"),
        ("train films --masks masks", 2, "masks= says how pictures are read, and films holds videos; leave it out"),
        ("train films --read store_size=32", 2, "store_size= says how pictures are read, and films holds videos"),
        ("train films --read clipframes=8", 2, "--read clipframes is unknown; did you mean 'clip_frames'?"),
        ("train films --read quality=8", 2, "--read quality is unknown; there are size, resize, "),
        ("train images --masks mask", 3, "mask: expected a folder, found nothing there; did you mean 'masks'?"),
        ("train features.csv", 3, "give path='...', or name it path (numbers to learn from go into FILE.npz)"),
        ("predict pictures films/left/0.mp4", 3, "the model has learnt from pictures, and by its name this is none"),
        ("predict masked films/left/0.mp4 --out o", 3, "the model has learnt from pictures, and by its name this is"),
        ("predict masked images/test --out o.csv", 2, "--out must be a folder, for a mask of each file, got 'o.cs"),
        ("predict pictures pets --strip s.png", 2, "--strip shows a video, and this model has learnt from pictures"),
    ],
)
def test_what_is_of_another_kind_is_refused_by_name(made, foveal, monkeypatch, args, code, message):
    monkeypatch.chdir(made)
    before = set(Path().iterdir())
    result = foveal(*args.split())
    assert result.code == code
    assert message in result.err.splitlines()[-1]
    assert {path for path in set(Path().iterdir()) - before if path.name != "runs"} == set()


def test_one_picture_has_one_mask(made, foveal, monkeypatch):
    monkeypatch.chdir(made)
    assert foveal("predict", "masked", "images/test/0.png", "--out", "one").err.endswith("1 mask in one\n")
