"""All that one run on a GPU can tell, in one table: `make gpu`. Without a GPU it says so, and that is no failure.

    OUT=folder PYTHONPATH=src python -m benchmarks.gpu_check

The tests that need a GPU (every tests/**/test_gpu.py), then G5, G3, prediction and G1 with few repeats, and the memory
that each side takes. Needs no network and installs nothing; G1 is left out where Fashion-MNIST is not there
(FOVEAL_CACHE names the folder that has it).

Each part is a process of its own, because an error of CUDA's spoils the process it came up in, and has a time of its
own; what no longer fits into the budget is left out, and the table says so. OUT, or else benchmarks/results/DATE-gpu,
gets table.md, anew after every part, and what each part printed, tracebacks included. The exit code is 1 if a part
failed, was stopped or was left out.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from benchmarks.gpu_parts import SIDES, Row

ROOT = Path(__file__).parents[1]
#: Seconds of the whole, and of a part from which on it is worth beginning it.
BUDGET, LEAST = 450.0, 20.0
#: What pytest closes with, and the lines that name what did not pass.
_CLOSED, _BROKEN = re.compile(r"=+ (.*\d+ \w+.*) in [\d.]+s"), re.compile(r"(?:FAILED|ERROR) (.+)")


class Part(NamedTuple):
    """A command of Python's, and the seconds that it may take."""

    name: str
    words: tuple[str, ...]
    most: float


class Ended(NamedTuple):
    """How a process ended: its exit code, or None where it was stopped, and all that it printed."""

    code: int | None
    text: str


class Done(NamedTuple):
    """A part that is over: whether all is well, what to say of it, and its rows."""

    part: Part
    well: bool
    said: str
    rows: list[Row]


Start = Callable[[Part, float], Ended]


def all_parts() -> list[Part]:
    """List what is to be done, what tells most first."""
    tests = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_gpu.py"))
    pytest = ("-m", "pytest", "-ra", "-p", "no:cacheprovider", "-o", "faulthandler_timeout=60", "-W", "default")
    measured = {"G5": 110, "G3": 120, "prediction": 60, "G1": 120}
    return [Part(path, (*pytest, path), 120) for path in tests] + [
        Part(name, ("-m", "benchmarks.gpu_parts", name), most) for name, most in measured.items()
    ]


def run_parts(
    parts: Sequence[Part],
    start: Start,
    show: Callable[[list[Done]], None] = lambda done: None,
    *,
    budget: float = BUDGET,
    clock: Callable[[], float] = monotonic,
) -> list[Done]:
    """Do one part after the other within the budget, whatever becomes of each; `show` what there is after each."""
    began, done = clock(), list[Done]()
    for part in parts:
        left = budget - (clock() - began)
        if left < LEAST:
            done.append(Done(part, False, f"left out: {max(0, left):.0f} s of {budget:.0f} are left", []))
        else:
            at = clock()
            code, text = start(part, min(part.most, left))
            state = {None: "stopped", 0: "done"}.get(code, f"failed with exit code {code}")
            done.append(Done(part, code == 0, f"{state}, {clock() - at:.0f} s", read_rows(text)))
        show(done)
    return done


def read_rows(text: str) -> list[Row]:
    r"""Find the rows in what a part printed; of those of one name the last counts.

    >>> read_rows('{"what": "a", "foveal": "1"}\n{"what": "a", "foveal": "2"}')
    [{'what': 'a', 'foveal': '2'}]
    >>> read_rows("FAILED tests/x.py::y - no")
    [{'what': 'tests/x.py::y - no', 'foveal': 'failed'}]
    """
    found: dict[str, Row] = {}
    for line in text.splitlines():
        if line.startswith('{"what"'):
            row = json.loads(line)
            found[row["what"]] = row
        elif closed := _CLOSED.match(line):
            found["tests"] = {"what": "tests", "foveal": closed[1]}
        elif broken := _BROKEN.match(line):
            found[broken[1]] = {"what": broken[1][:200], "foveal": "failed"}
    return list(found.values())


def table(done: Sequence[Done], about: str) -> str:
    """Write one table of everything: a line a part, and below it its rows.

    >>> part = Part("G5", (), 60)
    >>> print(table([Done(part, True, "done, 3 s", [{"what": "steps/s", "foveal": "9", "eager": "3"}])], "A GPU."))
    # On a GPU
    <BLANKLINE>
    A GPU.
    <BLANKLINE>
    | what | foveal | eager | graph by hand |
    | --- | --- | --- | --- |
    | **G5**: done, 3 s | | | |
    | steps/s | 9 | 3 |  |
    <BLANKLINE>
    """
    lines = ["# On a GPU", "", about, "", f"| what | {' | '.join(SIDES)} |", "| --- |" + " --- |" * len(SIDES)]
    for part in done:
        lines.append(f"| **{part.part.name}**: {part.said} |" + " |" * len(SIDES))
        for row in part.rows:
            cells = [row["what"], *(row.get(side, "") for side in SIDES)]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def starting_in(out: Path) -> Start:
    """Give what starts a part, keeps all that it prints in a file of `out`, and stops it when its time is over."""

    def start(part: Part, seconds: float) -> Ended:
        kept = out / (part.name.replace("/", "-").removesuffix(".py") + ".txt")
        with kept.open("wb") as file:
            child = subprocess.Popen([sys.executable, *part.words], cwd=ROOT, stdout=file, stderr=file,
                                     stdin=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
            try:
                code: int | None = child.wait(seconds)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                if child.poll() is None:
                    os.killpg(child.pid, signal.SIGKILL)  # with what it has started itself
                    child.wait()
        return Ended(code, kept.read_text("utf-8", "replace"))

    return start


def about() -> str:
    """Say what runs here, on what."""
    import torch

    from benchmarks.machine import describe

    told = describe()
    versions = ", ".join(f"{k} {v}" for k, v in told["versions"].items() if v != "not installed")  # type: ignore[attr-defined]
    free, whole = torch.cuda.mem_get_info()
    return (
        f"{date.today()}, {torch.cuda.get_device_name()}, {free / 2**30:.1f} of {whole / 2**30:.1f} GiB free, CUDA "
        f"{torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}; {told['processor']}, {told['cores']} cores; "
        f"Python {told['python']}; {versions}. Figures are medians; in brackets, how many times foveal's."
    )


def main() -> int:
    """Do all parts where there is a GPU."""
    import torch

    if not torch.cuda.is_available():
        print("no GPU: torch sees none here, so nothing was tested or measured")
        return 0
    out = Path(os.environ.get("OUT") or ROOT / "benchmarks" / "results" / f"{date.today()}-gpu")
    out.mkdir(parents=True, exist_ok=True)
    said = about()

    def show(done: list[Done]) -> None:
        (out / "table.md").write_text(table(done, said), "utf-8")
        print(f"{done[-1].part.name}: {done[-1].said}", flush=True)

    done = run_parts(all_parts(), starting_in(out), show)
    print(f"\n{table(done, said)}\nThe table, and what each part printed: {out}")
    return 0 if all(part.well for part in done) else 1


if __name__ == "__main__":
    sys.exit(main())
