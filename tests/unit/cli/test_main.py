import re
import subprocess
import sys
import time

import pytest
import typer

from foveal.cli import main
from foveal.cli.main import app, explain
from foveal.cli.options import SOURCES
from foveal.core.errors import DataError, DivergedError, ModelFileError, ParameterError, ResourceError
from foveal.core.parameters import PARAMETERS
from foveal.data.named import NAMED

COMMAND = typer.main.get_command(app)
VERBS = (
    "train", "tune", "lr", "learning-curve", "doctor", "evaluate", "report", "reproduce", "compare", "predict",
    "explain", "embed", "robustness", "augment", "summary", "nets", "pack", "cache", "info",
)  # fmt: skip


def test_the_verbs():
    assert tuple(COMMAND.commands) == VERBS


@pytest.mark.parametrize("args", [["--help"], ["-h"], []])
def test_help_lists_every_verb_and_the_exit_codes(foveal, args):
    result = foveal(*args)
    assert result.code == 0
    assert result.err == ""
    assert all(f"│ {verb} " in result.out for verb in VERBS)
    assert "6 training diverged, 130 interrupted" in result.out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_has_help(foveal, verb):
    result = foveal(verb, "--help")
    assert (result.code, result.err) == (0, "")
    assert f"Usage: foveal {verb}" in result.out
    command = COMMAND.commands[verb]
    assert len(command.help) > 20
    for option in command.params:
        assert len(option.help) > 10, option.name
        assert option.opts[0] in result.out or option.metavar in result.out
    assert "--debug" in result.out


def test_help_of_train_has_every_parameter(foveal):
    text = foveal("train", "--help").out
    for parameter in PARAMETERS.values():
        assert f"│ {parameter.name} " in text
        assert parameter.help.split()[0] in text


def test_named_sources_are_those_of_the_data():
    assert sorted(SOURCES) == sorted(NAMED)


def test_version(foveal):
    result = foveal("--version")
    assert re.fullmatch(r"foveal \d+\.\d+\.\d+\n", result.out)
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize("args", [["--help"], ["train", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(args):
    code = (
        "import sys\nfrom foveal.cli.main import run\n"
        f"assert run({args!r}) == 0\n"
        "print(sorted({'torch', 'numpy', 'sklearn', 'safetensors'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "[]\n"


def test_help_takes_little_more_than_what_it_is_made_with():
    """A ratio, because the machine may be busy: typer and rich alone take about 0.15 s, torch would take 2 s."""

    def seconds(code):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        return time.perf_counter() - began

    ours, theirs = "from foveal.cli.main import run; run(['--help'])", "import typer.rich_utils, rich.console"
    assert min(seconds(ours) / seconds(theirs) for _ in range(5)) < 2.5


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["trian"],
            f"verb must be one of {', '.join(VERBS)}, got 'trian';",
        ),
        (["trian"], "got 'trian'; did you mean 'train'?"),
        (["Predict"], "got 'Predict'; did you mean 'predict'?"),
        (["xyz"], f"verb must be one of {', '.join(VERBS)}, got 'xyz'"),
        (["train"], "Missing argument 'SOURCE'; see foveal train --help"),
        (["train", "digits", "--sed", "1"], "--sed"),
        (["train", "digits", "--epochs", "many"], "n_epochs must be 'auto' or an integer of at least 1, got 'many'"),
        (["train", "digits", "more"], "more"),
        (["evaluate", "model"], "Missing argument 'SOURCE'; see foveal evaluate --help"),
        (["--bogus"], "--bogus"),
        (["train", "digits", "--set"], "--set"),
    ],
)
def test_wrong_usage_is_one_line(foveal, args, message):
    result = foveal(*args)
    assert result.code == 2
    assert result.out == ""
    assert message in result.one_line()


@pytest.mark.parametrize("args", [["--debug", "train", "no"], ["train", "no", "--debug"]])
def test_debug_shows_the_traceback(foveal, args):
    result = foveal(*args)
    assert result.code == 3
    assert result.err.startswith("Traceback (most recent call last):")
    assert result.err.splitlines()[-1].startswith("foveal: error: data set must be one of")
    assert foveal("train", "no").one_line()


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ParameterError("a"), 2, "a"),
        (DataError("a"), 3, "a"),
        (ModelFileError("a"), 4, "a"),
        (ResourceError("a"), 5, "a"),
        (DivergedError("a"), 6, "a"),
        (MemoryError("9 TB"), 5, "out of memory (9 TB); use a smaller batch_size"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), 5, "out of memory"),
        (OSError(28, "No space left on device"), 5, "the machine refused: [Errno 28] No space left on device"),
        (KeyError("x"), 1, "unexpected KeyError: 'x'; --debug shows where"),
    ],
)
def test_exit_codes(error, code, words):
    assert explain(error)[0] == code
    assert words in explain(error)[1]


def test_what_nobody_expected_is_one_line_too(foveal, monkeypatch):
    def broken():
        raise ZeroDivisionError("first\nsecond")

    monkeypatch.setattr("foveal.cli.info._machine", broken)
    result = foveal("info")
    assert (result.code, result.out) == (1, "")
    assert result.one_line() == "unexpected ZeroDivisionError: first second; --debug shows where"


def test_interrupts_have_their_code_and_no_traceback(foveal, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("foveal.cli.info._machine", interrupted)
    assert foveal("info") == (main.INTERRUPTED, "", "")


@pytest.mark.filterwarnings("always:valid_size")
def test_warnings_are_one_line(foveal, files):
    result = foveal("train", files / "tested.npz", "--set", "valid_size=0.001", "--epochs", 1, "--quiet")
    assert result.code == 0
    assert re.fullmatch(r"foveal: warning: valid_size=0.001 of 120 rows leaves no row .*\n", result.err)
