import signal
import subprocess
import sys
import threading

import pytest

from foveal.core.errors import ResourceError
from foveal.search import locks
from foveal.search.locks import is_alive, one_at_a_time, sign_of_life

#: A process that shows a sign of life, says its name and waits to be killed.
LIVES = """
import sys, time
from pathlib import Path
from foveal.search.locks import sign_of_life
with sign_of_life(Path(sys.argv[1])) as name:
    print(name, flush=True)
    time.sleep(60)
"""


def test_a_process_is_alive_until_it_is_killed(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", LIVES, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    name = process.stdout.readline().strip()
    assert is_alive(tmp_path, name)
    assert is_alive(tmp_path, name), "to ask does not end it"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not is_alive(tmp_path, name)
    assert list(tmp_path.iterdir()) == [], "what it left is removed"


def test_this_process_sees_itself_and_no_strangers(tmp_path):
    with sign_of_life(tmp_path) as name:
        assert is_alive(tmp_path, name)
    assert not is_alive(tmp_path, name)
    assert not is_alive(tmp_path, None)
    assert not is_alive(tmp_path, "nobody")


def test_one_comes_in_after_the_other(tmp_path):
    inside, most = 0, 0

    def enter():
        nonlocal inside, most
        for _ in range(5):
            with one_at_a_time(tmp_path / "lock"):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (inside, most) == (0, 1)


def test_who_waits_too_long_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE", 0.05)
    with (
        one_at_a_time(tmp_path / "lock"),
        pytest.raises(ResourceError, match="held by another process"),
        one_at_a_time(tmp_path / "lock"),
    ):
        pass
    with pytest.raises(ResourceError, match="cannot write"), one_at_a_time(tmp_path / "no" / "lock"):
        pass
