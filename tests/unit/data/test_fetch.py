import hashlib
import http.server
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from foveal.core.errors import ParameterError, ResourceError
from foveal.data.fetch import cache_folder, debian_files, download

PATTERN = "usr/share/set/*.gz"
GOOD_APT = 'touch "$PWD/set_1_all.deb"'
EMPTY_LISTS = """case "$*" in
*-oDir::State=*update) touch "$LOG.updated" ;;
*-oDir::State=*download*) test -e "$LOG.updated" && touch "$PWD/set_1_all.deb" ;;
*) echo "W: a warning" >&2; echo "E: Unable to locate package set" >&2; exit 100 ;;
esac"""
GOOD_DPKG = 'mkdir -p "$3/usr/share/set" && cd "$3/usr/share/set" && echo 1 > a.gz && echo 2 > b.gz && echo 3 > c.txt'


@pytest.fixture
def fake_tools(tmp_path, monkeypatch):
    """Put scripts in the places of apt-get and dpkg-deb; each writes its arguments to the log that is returned."""
    log, folder = tmp_path / "log", tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LOG", str(log))

    def make(apt: str = GOOD_APT, dpkg: str = GOOD_DPKG) -> Path:
        for name, body in {"apt-get": apt, "dpkg-deb": dpkg}.items():
            (folder / name).write_text(f'#!/bin/sh\necho "{name} $@" >> "$LOG"\n{body}\n')
            (folder / name).chmod(0o755)
        return log

    return make


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        if self.path == "/short":
            self.wfile.write(bytes(10))
        elif self.path == "/slow":
            self.drip()
        else:
            self.wfile.write(bytes(1000))

    def drip(self):
        for _ in range(40):
            try:
                self.wfile.write(b"0")
            except OSError:
                return
            time.sleep(0.05)

    def log_message(self, *args):
        pass


@pytest.fixture
def address(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


DIGEST = hashlib.sha256(bytes(1000)).hexdigest()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("FOVEAL_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.setenv("FOVEAL_CACHE", "")
    assert cache_folder() == tmp_path / "xdg" / "foveal"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == tmp_path / ".cache" / "foveal"
    assert not any(tmp_path.iterdir())


def test_no_home_folder_is_told(monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    for name in ("FOVEAL_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(ResourceError, match="no home folder for fetched data; set FOVEAL_CACHE to a folder"):
        cache_folder()


def test_importing_does_nothing(tmp_path):
    code = "import sys, foveal.data.named; sys.exit(any(m in sys.modules for m in ('torch', 'sklearn')))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"FOVEAL_CACHE": str(tmp_path / "cache")}, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert not (tmp_path / "cache").exists()


def test_a_package_is_fetched_with_the_machines_lists(tmp_path, fake_tools, capsys):
    log, into = fake_tools(), tmp_path / "cache with space" / "set"
    files = debian_files("set", into, PATTERN)
    assert files == (into / "usr/share/set/a.gz", into / "usr/share/set/b.gz")
    assert [file.read_text() for file in files] == ["1\n", "2\n"]
    assert {path for path in into.parent.rglob("*") if path.is_file()} == set(files)
    assert capsys.readouterr().err == f"foveal: fetching the Debian package set into {into}\n"
    apt, dpkg = log.read_text().splitlines()
    assert re.fullmatch(r"apt-get -oAPT::Sandbox::User=root .* download set", apt)
    assert "Dir::State" not in apt
    assert re.fullmatch(r"dpkg-deb -x .*/set_1_all\.deb .*/tree", dpkg)


def test_empty_lists_are_replaced_by_lists_of_our_own(tmp_path, fake_tools):
    log = fake_tools(EMPTY_LISTS)
    debian_files("set", tmp_path / "cache" / "set", PATTERN)
    first, update, second, _ = log.read_text().splitlines()
    assert "Dir::State" not in first
    for line in (update, second):
        for option in ("-c", "-oDir::State=", "-oDir::State::lists=", "-oDir::Cache="):
            assert f"{option}{' ' if option == '-c' else ''}{tmp_path}/cache/.fetch-" in line
    assert names_in(tmp_path / "cache") == ["set"]


@pytest.mark.parametrize(
    ("tools", "message"),
    [
        (
            {"apt": 'echo "E: No network" >&2; exit 100'},
            r"set could not be fetched: apt-get update ended with status 100 \(E: No network\); apt-get download ended",
        ),
        ({"apt": 'case "$*" in *update) ;; *) exit 3;; esac'}, r"apt-get download ended .* 3 \(nothing on stderr\)"),
        ({"dpkg": "echo broken >&2; exit 2"}, r"set could not be fetched: dpkg-deb -x ended with status 2 \(broken\)"),
        ({"dpkg": 'mkdir -p "$3"'}, r"the Debian package set has no file that matches 'usr/share/set/\*\.gz'"),
        ({"dpkg": f"{GOOD_DPKG}; rm *.gz; ln -s /bin/sh a.gz; mkdir b.gz"}, "has no file that matches"),
    ],
)
def test_a_failed_fetch_says_why_and_leaves_nothing(tmp_path, fake_tools, tools, message):
    fake_tools(**tools)
    with pytest.raises(ResourceError, match=message):
        debian_files("set", tmp_path / "cache" / "set", PATTERN)
    assert not any((tmp_path / "cache").iterdir())


def test_a_command_that_hangs_is_ended(tmp_path, fake_tools):
    fake_tools("exec sleep 60")
    start = time.monotonic()
    with pytest.raises(ResourceError, match=r"apt-get download took more than 0\.2 s"):
        debian_files("set", tmp_path / "set", PATTERN, timeout=0.2)
    assert time.monotonic() - start < 10


def test_a_command_that_does_not_run_is_told(tmp_path, fake_tools):
    fake_tools()
    (tmp_path / "bin" / "dpkg-deb").write_bytes(b"\x7fELF")
    with pytest.raises(ResourceError, match=r"dpkg-deb -x cannot be run \(.*Exec format error"):
        debian_files("set", tmp_path / "set", PATTERN)


def test_a_machine_without_apt_is_told_and_nothing_is_said_or_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ResourceError, match="package set needs apt-get and dpkg-deb, and this machine lacks them"):
        debian_files("set", tmp_path / "cache" / "set", PATTERN)
    assert not any(tmp_path.iterdir())
    assert capsys.readouterr().err == ""


def test_a_folder_that_is_there_keeps_its_other_files(tmp_path, fake_tools):
    fake_tools()
    into = tmp_path / "set"
    (into / "usr/share/set").mkdir(parents=True)
    (into / "usr/share/set/a.gz").write_text("damaged")
    (into / "mine").write_text("mine")
    debian_files("set", into, PATTERN)
    assert (into / "usr/share/set/a.gz").read_text() == "1\n"
    assert (into / "mine").read_text() == "mine"


def test_what_a_killed_fetch_left_goes_after_a_day(tmp_path, fake_tools):
    fake_tools()
    for name, age in {".fetch-old": 90000, ".fetch-new": 60}.items():
        (tmp_path / "cache" / name).mkdir(parents=True)
        os.utime(tmp_path / "cache" / name, (time.time() - age,) * 2)
    debian_files("set", tmp_path / "cache" / "set", PATTERN)
    assert names_in(tmp_path / "cache") == [".fetch-new", "set"]


def test_a_cache_that_cannot_be_written_is_told(tmp_path, fake_tools):
    fake_tools()
    (tmp_path / "file").write_text("a file where a folder is wanted")
    message = r"cannot write in .*file/cache \(.+\); set FOVEAL_CACHE to a folder with room"
    with pytest.raises(ResourceError, match=message):
        debian_files("set", tmp_path / "file" / "cache" / "set", PATTERN)
    with pytest.raises(ResourceError, match=message):
        download("http://127.0.0.1:9/", tmp_path / "file" / "cache" / "f", DIGEST)


def test_download_keeps_a_file_with_the_expected_digest(tmp_path, address, capsys):
    path = tmp_path / "cache" / "file"
    assert download(f"{address}/file", path, DIGEST) == path
    assert path.read_bytes() == bytes(1000)
    assert names_in(path.parent) == ["file"]
    assert capsys.readouterr().err == f"foveal: fetching {address}/file into {path}\n"


@pytest.mark.parametrize(
    ("page", "limits", "message"),
    [
        (
            "file",
            {"sha256": "0" * 64},
            rf"expected a file with SHA-256 {'0' * 64}, got 1000 bytes with {DIGEST}; it was",
        ),
        ("short", {}, rf"expected a file with SHA-256 {DIGEST}, got 10 bytes with [0-9a-f]{{64}}; it was not kept"),
        ("missing", {}, r"cannot be fetched \(HTTP Error 404: Not Found\); check the network and try again"),
        ("file", {"max_bytes": 999}, "expected the whole file within 999 bytes and 600 s; gave up after 1000 bytes"),
        ("slow", {"timeout": 0.3}, r"expected the whole file within \d+ bytes and 0\.3 s; gave up after \d+ bytes"),
    ],
)
def test_a_failed_download_says_why_and_leaves_what_was_there(tmp_path, address, page, limits, message):
    path = tmp_path / "cache" / "file"
    path.parent.mkdir()
    path.write_text("old")
    with pytest.raises(ResourceError, match=message) as caught:
        download(f"{address}/{page}", path, **({"sha256": DIGEST} | limits))
    assert str(caught.value).startswith(f"{address}/{page}: ")
    assert path.read_text() == "old"
    assert names_in(path.parent) == ["file"]


def test_a_closed_door_is_told(tmp_path, address):
    with pytest.raises(ResourceError, match=r"cannot be fetched \(.*[Rr]efused.*\); check the network"):
        download("http://127.0.0.1:1/file", tmp_path / "file", DIGEST)


def test_only_web_addresses_are_fetched(tmp_path):
    with pytest.raises(ParameterError, match="url must start with http:// or https://, got 'file:///etc/passwd'"):
        download("file:///etc/passwd", tmp_path / "file", DIGEST)
