"""Every Python block runs, page by page in one namespace; every command exists, and runs where nothing is fetched.

A text block right after a Python block is what that one prints. Lines below a command are what it says on stderr.
"""

import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from foveal.cli.main import app, run
from foveal.cli.settings import gather
from foveal.cli.tune_folder import space_of, tried_and_set

from .pages import PAGES, ROOT, Block, blocks, commands

#: What would be fetched from elsewhere, or is nobody's but the reader's: such commands are only parsed.
ELSEWHERE = ("fashion-mnist", "runs/fashion", "SOURCE")
#: Pages whose commands stand for the reader's own files.
PARSED_ONLY = ("README.md",)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_blocks_of_a_page_run_in_their_order(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "page"}
    printed = None
    for block in blocks(page.read_text("utf-8")):
        if block.language == "python":
            printed = run_python(block, page, namespace)
        elif block.language == "text" and block.follows and printed is not None:
            assert printed == block.text, f"{page.name}, line {block.line}"
            printed = None
        elif block.language == "console" and page.name not in PARSED_ONLY:
            run_console(block)


def run_python(block: Block, page: Path, namespace: dict[str, Any]) -> str:
    """Run a block, its lines numbered as on the page, and return what it prints."""
    code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, namespace)
    return out.getvalue()


def run_console(block: Block) -> None:
    """Run the foveal commands of a block that need nothing from elsewhere."""
    for text, shown in commands(block.text):
        words, target = split(text)
        if words[0] != "foveal" or any(word in ELSEWHERE for word in words):
            continue
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(words[1:])
        errors = [line for line in err.getvalue().splitlines() if line.startswith("foveal: error")]
        assert errors == shown, text
        assert (code == 0) == (not shown), text
        if target is not None:
            Path(target).write_text(out.getvalue(), "utf-8")


def split(command: str) -> tuple[list[str], str | None]:
    """Split a command into words without comment, and the file that its output goes to."""
    words = shlex.split(command, comments=True)
    if ">" in words:
        at = words.index(">")
        return words[:at], words[at + 1]
    return words, None


def every_command() -> list[Any]:
    """List the commands of all console blocks."""
    found = []
    for page in PAGES:
        for block in blocks(page.read_text("utf-8")):
            if block.language == "console":
                found += [pytest.param(c, shown, id=f"{page.stem}: {c}") for c, shown in commands(block.text)]
    return found


@pytest.mark.parametrize(("command", "shown"), every_command())
def test_a_command_exists_with_its_verb_options_and_parameters(command: str, shown: list[str]):
    words, _ = split(command)
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE), command
    elif words[0] == "python":
        assert (ROOT / words[1]).is_file(), command
    elif words[0] == "foveal" and not shown:
        check_call(words[1:])
    else:
        assert words[0] in ("foveal", "pip"), f"unknown program: {command}"


def check_call(words: list[str]) -> None:
    """Parse a call of foveal with the real parser, and hold what it sets against the parameter table."""
    group: Any = get_command(app)
    if words[0].startswith("-"):
        return
    verb = group.commands[words[0]]
    context = verb.make_context(words[0], words[1:])  # a wrong option raises here
    settings = context.params.get("settings") or []
    tried, fixed = tried_and_set(settings) if words[0] == "tune" else ((), settings)
    gather(None, fixed, {})
    space_of(tried)


def test_what_would_fail_does_fail():
    """The checks above see a wrong verb, option and parameter."""
    with pytest.raises(KeyError):
        check_call(["trian", "digits"])
    for words in (["train", "digits", "--epoch", "3"], ["train", "digits", "--set", "batch_sze=3"]):
        with pytest.raises(Exception, match=r"No such option|batch_size"):
            check_call(words)
    with pytest.raises(ZeroDivisionError):
        run_python(Block("python", "1 / 0", 1, False), Path("page.md"), {})


def test_inline_commands_exist():
    """`foveal VERB` in the text names a verb."""
    verbs = set(get_command(app).commands)  # type: ignore[attr-defined]
    for page in PAGES:
        named = re.findall(r"`foveal ([a-z][a-z-]*)", page.read_text("utf-8"))
        assert set(named) <= verbs, page.name
