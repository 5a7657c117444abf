"""Run the benchmark: every peer in turn, in a process of its own, round after round; then the table.

    python -m benchmarks.run [--full] [--repeats 5] [--minutes 25] [--only C2 --only C3] [--with "Keras on torch"]

One round measures the matrix-product peak and then each workload with each of its peers; the next round begins with
another peer. Each process leaves a row a workload in benchmarks/results/RUN/runs.csv, failures included. No round is
begun that could not end within the minutes given, by the time the first one took.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.contest import Peer, contest
from benchmarks.data import prepare
from benchmarks.machine import Others, describe
from benchmarks.table import write_table
from benchmarks.workloads import workloads

ROOT = Path(__file__).parents[1]
COLUMNS = (
    "round", "workload", "peer", "cold", "warm", "steady", "p50", "p99", "memory", "accuracy", "parameters", "others",
    "error",
)  # fmt: skip
Row = dict[str, Any]


def run_peer(peer: Peer, ids: tuple[str, ...], options: list[str], timeout: float) -> list[Row]:
    """Run one process; give a row for each workload, with an error where there is no figure."""
    environment = os.environ | peer.environment | {"BENCH_STARTED": repr(time.time()), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", f"benchmarks.peers.{peer.module}", *ids, *options]
    others, error = Others(), ""
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout)
        out = done.stdout
        if done.returncode:
            error = last_line(done.stderr) or f"ended with status {done.returncode}"
    except subprocess.TimeoutExpired as stopped:
        out = (stopped.stdout or b"").decode()
        error = f"stopped after {timeout:.0f} s"
    shared = {"peer": peer.name, "others": others.share()}
    return [row | shared for row in rows_of(out, ids, error)]


def rows_of(out: str, ids: tuple[str, ...], error: str) -> list[Row]:
    r"""Read a process's JSON lines; a workload without one gets the error.

    >>> rows_of('noise\n{"workload": "C2", "cold": 1.5}\n', ("C2", "C3"), "killed")
    [{'workload': 'C2', 'cold': 1.5}, {'workload': 'C3', 'error': 'killed'}]
    """
    found = {row["workload"]: row for row in map(json.loads, filter(lambda s: s.startswith("{"), out.splitlines()))}
    return [found.get(id_, {"workload": id_, "error": error or "printed no figure"}) for id_ in ids]


def last_line(text: str) -> str:
    r"""Give the last line that says something, cut to 200 characters.

    >>> last_line("Traceback\nModuleNotFoundError: No module named 'skorch'\n\n")
    "ModuleNotFoundError: No module named 'skorch'"
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def one_round(number: int, args: argparse.Namespace, data: Path, append: Any) -> None:
    """Run every peer once; the peer that begins moves on from round to round."""
    options = ["--data", str(data), *(["--full"] if args.full else [])]
    append(number, run_peer(Peer("matrix product", "matmul"), ("peak",), [], args.timeout))
    for ids, peers in contest(args.full, args.only, tuple(args.extra)):
        first = number % len(peers)
        for peer in peers[first:] + peers[:first]:
            append(number, run_peer(peer, ids, options, args.timeout))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="larger sizes, and every peer")
    parser.add_argument("--repeats", type=int, help="rounds; 5, or 10 with --full")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no round that would end later")
    parser.add_argument("--timeout", type=float, help="seconds for one process; 240, or 3600 with --full")
    parser.add_argument("--only", action="append", help="a workload; may be given several times")
    parser.add_argument("--with", dest="extra", action="append", default=[], help="a peer of the full table")
    parser.add_argument("--note", default="", help="what a reader should know of this run")
    parser.add_argument("--name", help="folder under benchmarks/results/; the date by default")
    args = parser.parse_args()
    args.repeats = args.repeats or (10 if args.full else 5)
    args.timeout = args.timeout or (3600 if args.full else 240)
    args.name = args.name or f"{datetime.now():%Y-%m-%d-%H%M}-{'full' if args.full else 'quick'}"
    return args


def main() -> None:
    """Run the rounds and write the table."""
    args, began = arguments(), time.monotonic()
    folder = ROOT / "benchmarks" / "results" / args.name
    folder.mkdir(parents=True)
    described = describe() | {"full": args.full, "repeats": args.repeats, "note": args.note}
    (folder / "environment.json").write_text(json.dumps(described, indent=1) + "\n", "utf-8")
    with (folder / "runs.csv").open("w", newline="", encoding="utf-8") as file, tempfile.TemporaryDirectory() as data:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()

        def append(number: int, rows: list[Row]) -> None:
            for row in rows:
                writer.writerow({"round": number} | row)
                shown = {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}
                print(f"[{time.monotonic() - began:5.0f} s] round {number + 1} {shown}", flush=True)
            file.flush()

        for workload in workloads(args.full).values():
            prepare(workload, Path(data))
        longest = 0.0
        for number in range(args.repeats):
            start = time.monotonic()
            if start - began + longest > args.minutes * 60:
                print(f"stopped before round {number + 1}: it would end after {args.minutes:g} minutes", flush=True)
                break
            one_round(number, args, Path(data), append)
            longest = max(longest, time.monotonic() - start)
    print(write_table(folder))


if __name__ == "__main__":
    main()
