import json
import os
import pty
import re
import signal
import subprocess
import sys

import foveal as library

from .conftest import SMALL


def test_ctrl_c_leaves_a_model(process, tmp_path):
    running = process("train", "digits", *SMALL, "--epochs", 100000, "--json", "--out", "run")
    first = running.stderr.readline()
    assert first.startswith("epoch      1/100000  loss ")  # plain lines where stderr is no terminal
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    last = err.splitlines()[-1]
    way_on = "foveal train --resume run goes on"
    said = re.fullmatch(f"foveal: interrupted: saved the network of epoch (\\d+); {way_on}", last)
    assert "\x1b" not in err
    told = json.loads(out)
    model = library.load(tmp_path / "run" / "model.safetensors")
    assert model.n_epochs_ == told["epochs"] == int(said[1])
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == [
        "checkpoints", "config.toml", "history.csv", "model.safetensors", "results.json",
    ]  # fmt: skip


def read_all(terminal: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other side is closed
            part = b""
        if not part:
            return b"".join(parts).decode()
        parts.append(part)


def test_a_terminal_has_a_live_bar(process):
    ours, theirs = pty.openpty()
    running = process("train", "digits", *SMALL, "--epochs", 4, stdout=theirs, stderr=theirs)
    os.close(theirs)
    text = read_all(ours)
    os.close(ours)
    assert running.wait(30) == 0
    assert "━" in text
    assert "\x1b[" in text
    for epoch in range(1, 5):
        assert f"epoch {epoch}/4  loss " in text
    assert any(line.startswith("\x1b") and "runs/digits" in line for line in text.splitlines()[-8:])


def test_a_closed_pipe_is_no_error(process, trained, files):
    running = process("predict", trained, files / "new.npy")
    running.stdout.close()
    assert running.stderr.read() == ""
    assert running.wait(30) == 0


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "foveal", "trian"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.endswith("got 'trian'; did you mean 'train'?\n")
    assert done.stderr.count("\n") == 1
