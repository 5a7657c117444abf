"""Files from elsewhere: out of a Debian package without root, or from an address with a known SHA-256.

Both are whole or absent: the work is done in a hidden folder beside the target, and renamed into place at the end.
"""

import hashlib
import http.client
import os
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from foveal.core.errors import ParameterError, ResourceError
from foveal.core.files import write_atomically
from foveal.data.apt import tools, unpack

_SOCKET_SECONDS, _DAY = 30.0, 86400.0
_PREFIX = ".fetch-"


def cache_folder() -> Path:
    """Return the folder for fetched data: `$FOVEAL_CACHE`, else `$XDG_CACHE_HOME/foveal`, else `~/.cache/foveal`.

    >>> cache_folder().is_absolute()  # it need not exist yet
    True
    """
    if own := os.environ.get("FOVEAL_CACHE"):
        return Path(own).absolute()
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if xdg.is_absolute():  # the XDG specification says to ignore others
        return xdg / "foveal"
    try:
        return Path.home() / ".cache" / "foveal"
    except RuntimeError as error:
        raise ResourceError("no home folder for fetched data; set FOVEAL_CACHE to a folder you may write in") from error


def debian_files(package: str, into: Path, pattern: str, *, timeout: float = 300.0) -> tuple[Path, ...]:
    """Fetch a Debian package and put the files that match `pattern` into a folder, without root.

    Parameters
    ----------
    package : str
        Its name, such as `"dataset-fashion-mnist"`.
    into : Path
        The folder, which appears at the end; of one that exists only the files of the same names are replaced.
        The files keep their paths within the package (`usr/share/...`).
    pattern : str
        Which files, such as `"usr/share/datasets/fashion-mnist/*.gz"`; links are left out.
    timeout : float
        Seconds for each of at most four commands.

    Returns
    -------
    tuple of Path
        The files, sorted.

    Raises
    ------
    ResourceError
        If the machine has no apt-get, the package cannot be had or unpacked, or the folder cannot be written.
    """
    tools(package)  # without them nothing is said or made
    with _workshop(into.parent) as work:
        _say(f"fetching the Debian package {package} into {into}")
        return _publish(unpack(package, pattern, work, timeout), into)


def download(url: str, path: Path, sha256: str, *, max_bytes: int = 1 << 30, timeout: float = 600.0) -> Path:
    """Fetch one file over http or https into `path`, and keep it only if it has the expected SHA-256.

    Parameters
    ----------
    url, path, sha256 : str, Path, str
        From where, to where, and the expected digest, 64 hexadecimal digits.
    max_bytes, timeout : int, float
        Bytes and seconds after which the fetch is given up.

    Raises
    ------
    ResourceError
        If the address gives an error, nothing, too much or something else, or the file cannot be written.
    """
    if not url.startswith(("http://", "https://")):
        raise ParameterError(f"url must start with http:// or https://, got {url!r}")
    with _workshop(path.parent) as work:
        _say(f"fetching {url} into {path}")
        part = work / "part"
        digest = _receive(url, part, max_bytes, timeout)
        if digest != sha256:
            got = f"{part.stat().st_size} bytes with {digest}"
            raise ResourceError(f"{url}: expected a file with SHA-256 {sha256}, got {got}; it was not kept, try again")
        write_atomically(path, _blocks(part))
    return path


def _receive(url: str, part: Path, max_bytes: int, timeout: float) -> str:
    """Write what the address answers to a file, through to the disk; return its SHA-256."""
    digest, got, end = hashlib.sha256(), 0, time.monotonic() + timeout
    try:
        with urllib.request.urlopen(url, timeout=min(timeout, _SOCKET_SECONDS)) as answer, part.open("wb") as file:  # noqa: S310 - checked by `download`
            while block := answer.read1(1 << 16):
                got += len(block)
                if got > max_bytes or time.monotonic() > end:
                    limit = f"{max_bytes} bytes and {timeout:g} s"
                    raise ResourceError(f"{url}: expected the whole file within {limit}; gave up after {got} bytes")
                digest.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
        raise ResourceError(f"{url}: cannot be fetched ({error}); check the network and try again") from error
    return digest.hexdigest()


@contextmanager
def _workshop(parent: Path) -> Iterator[Path]:
    """Give a hidden folder in `parent`, removed at the end; what the disk refuses becomes a `ResourceError`."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # one that another process removes at this moment
            for left in parent.glob(f"{_PREFIX}*"):  # by fetches that were killed
                if time.time() - left.stat().st_mtime > _DAY:
                    shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True) as work:
            yield Path(work)
    except OSError as error:
        raise ResourceError(f"cannot write in {parent} ({error}); set FOVEAL_CACHE to a folder with room") from error


def _publish(made: Path, into: Path) -> tuple[Path, ...]:
    """Rename a finished folder into place, or, where one is already, each of its files; return these."""
    names = sorted(file.relative_to(made) for file in made.rglob("*") if file.is_file())
    try:
        made.rename(into)
    except OSError:
        for name in names:
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(into / name, _blocks(made / name))
    return tuple(into / name for name in names)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block


def _say(words: str) -> None:
    print(f"foveal: {words}", file=sys.stderr)
