"""`foveal summary` of pictures in files."""

import json

import pytest

from .pictures import folders, table


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path_factory.mktemp("cache")))


def test_of_a_folder(foveal, tmp_path):
    folders(tmp_path / "in", rows=4, parts=("train", "test"))
    (tmp_path / "in" / "test" / "dark" / "0.png").write_bytes(b"")
    result = foveal("summary", "in")
    assert result.code == 0
    assert [line.rstrip() for line in result.out.splitlines()] == [
        "pictures  24 in in (train 12, test 12)",
        "classes   3",
        "formats   PNG 23",
        "sizes     12 x 12, all",
        "modes     L 23",
        "bad       1 file; --on-bad skip leaves them out",
        'read as   size=(12, 12): all pictures have it; colour="L": none of 12 pictures has colour',
        "",
        "class    train  test",
        "dark         4     4",
        "light        4     4",
        "striped      4     4",
        "",
        "bad file         what is wrong",
        "test/dark/0.png  is empty: 0 bytes",
    ]
    told = json.loads(foveal("summary", "in", "--json").out)
    assert told["classes"]["light"] == {"train": 4, "test": 4}
    assert told["sizes"] == [{"width": 12, "height": 12, "pictures": 23}]
    assert told["bad"] == [{"file": "test/dark/0.png", "reason": "is empty: 0 bytes"}]
    assert (told["wrong"], told["groups"]) == (None, None)


def test_many_bad_files_are_counted(foveal, tmp_path):
    folders(tmp_path / "in", rows=1)
    for i in range(60):
        (tmp_path / "in" / "dark" / f"bad{i:02}.png").touch()
    lines = foveal("summary", "in").out.splitlines()
    assert "bad       60 files; --on-bad skip leaves them out" in lines
    assert lines[-1] == "and 10 more; --json names all"
    assert len(json.loads(foveal("summary", "in", "--json").out)["bad"]) == 60


def test_of_a_table_and_the_network_where_that_is_asked_for(foveal, tmp_path):
    path = table(tmp_path, rows=2)
    out = foveal("summary", path, "--group", "patient").out
    assert "groups    2" in out
    assert foveal("summary", path, "--set", "out_channels=4").out.startswith("input (1, 12, 12)")
    assert foveal("summary", path, "--plan", "--read", "size=8").code == 0


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["empty"], 3, "empty holds no model.safetensors, and no pictures to train on: "),
        (["run"], 4, "run holds no model.safetensors; give a model file, or the folder of a training run"),
        (["digits", "--read", "size=8"], 2, "size= says how pictures are read, but digits has none"),
        (["empty", "--read", "sise=8"], 2, "--read sise is unknown; did you mean 'size'?"),
        (["missing.csv"], 3, "missing.csv"),
    ],
)
def test_errors(foveal, tmp_path, args, code, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").touch()
    result = foveal("summary", *args)
    assert (result.code, result.out) == (code, "")
    assert message in result.one_line()


def test_pictures_without_classes_are_told_and_warned_of(foveal, tmp_path):
    folders(tmp_path / "in", rows=2)
    result = foveal("summary", "in/dark")
    assert result.code == 0
    assert "classes   none known" in result.out
    assert "foveal: warning: cannot be trained on as it is:" in result.err
    assert "expected class folders, found 2 pictures in no folder" in result.err
