import inspect

import pytest

from foveal import open_images
from foveal.cli.reading import READ, read_settings, shown
from foveal.core.errors import ParameterError


def test_the_names_are_parameters_of_open_images():
    assert set(READ) <= set(inspect.signature(open_images).parameters)


def test_values_are_read_as_everywhere_on_the_command_line():
    assert read_settings(["size=64,32", "cache=false", "cache_limit=2GB", "label=a=b"]) == {
        "size": (64, 32), "cache": False, "cache_limit": "2GB", "label": "a=b",
    }  # fmt: skip
    assert read_settings([], "skip") == {"on_bad": "skip"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("size", "--read must be NAME=VALUE, got 'size'; for example --read size=64"),
        ("=3", "--read must be NAME=VALUE"),
        ("siez=3", "--read siez is unknown; did you mean 'size'?"),
    ],
)
def test_what_is_no_setting(text, says):
    with pytest.raises(ParameterError) as error:
        read_settings([text])
    assert str(error.value).startswith(says)


def test_what_is_told_goes_to_stderr_and_nowhere_when_quiet(capsys):
    for quiet in (True, False):
        with shown(quiet=quiet) as progress:
            progress.say("3 pictures")
            for done in range(3):
                progress.show("decoding", done, 1, 4)
    assert capsys.readouterr() == ("", "foveal: 3 pictures\n")


def test_without_a_terminal_a_line_is_told_now_and_then(capsys, monkeypatch):
    monkeypatch.setattr("foveal.cli.reading.EVERY", 0.0)
    with shown(quiet=False) as progress:
        progress.show("decoding", 1000, 2, 4000)
        progress.show("predicting", 3, 0, 4)
    lines = ["foveal: decoding: 1,002 of 4,000, 2 bad", "foveal: predicting: 3 of 4"]
    assert capsys.readouterr().err.splitlines() == lines


def test_on_a_terminal_there_is_a_bar(capsys, monkeypatch):
    monkeypatch.setattr("foveal.core.consoles.Console.is_terminal", True)
    with shown(quiet=False) as progress:
        for done in range(3):
            progress.show("decoding", done, 1, 4)
    assert "decoding" in capsys.readouterr().err
