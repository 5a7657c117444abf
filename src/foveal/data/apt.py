"""A Debian package's files without root: apt-get and dpkg-deb at work in a folder of ours.

Nothing of the machine's apt state is written: its package lists are read, and if they do not do, lists of our own are
fetched from its own sources. apt checks the signatures and digests as always.
"""

import os
import shutil
import subprocess
from pathlib import Path

from foveal.core.errors import ResourceError

_SETTINGS = {
    "APT::Sandbox::User": "root",  # else apt run by root works as user _apt, who may not enter the user's cache
    "Acquire::GzipIndexes": "true",
    "Acquire::Retries": "1",
    "Acquire::http::Timeout": "20",
    "Acquire::https::Timeout": "20",
}
# Our own update takes the package lists alone (9 MB for Debian 12) and starts none of the machine's hooks.
_CONFIG = """#clear Acquire::IndexTargets;
#clear APT::Update;
APT::Update::Error-Mode "any";
Acquire::IndexTargets::deb::Packages {
  MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages"; flatMetaKey "Packages"; Optional "0";
  ShortDescription "Packages"; Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages";
  flatDescription "$(RELEASE) Packages";
};
"""


def tools(package: str) -> tuple[str, str]:
    """Return the paths of apt-get and dpkg-deb, or raise a `ResourceError` that names the package."""
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if apt and dpkg:
        return apt, dpkg
    raise ResourceError(f"the Debian package {package} needs apt-get and dpkg-deb, and this machine lacks them")


def unpack(package: str, pattern: str, work: Path, timeout: float) -> Path:
    """Fetch a package and return a folder in `work` with those of its files that match `pattern`, on the disk.

    Parameters
    ----------
    package : str
        Its name.
    pattern : str
        Files of the package to keep, relative to its root; links are left out.
    work : Path
        An empty folder, whose contents are the caller's to remove.
    timeout : float
        Seconds for each of at most four commands.

    Raises
    ------
    ResourceError
        If this is no Debian kind of system, or the package cannot be had, unpacked, or has no such file.
    """
    apt, dpkg = tools(package)
    trouble = _download(apt, package, work, timeout)
    if not trouble:
        trouble = _run([dpkg, "-x", *map(str, work.glob("*.deb")), str(work / "tree")], work, timeout)
    if trouble:
        raise ResourceError(f"the Debian package {package} could not be fetched: {trouble}")
    kept = work / "kept"
    if not _keep((work / "tree").resolve(), pattern, kept):
        raise ResourceError(f"the Debian package {package} has no file that matches {pattern!r}")
    return kept


def _download(apt: str, package: str, work: Path, timeout: float) -> str:
    """Fetch the package's .deb into `work`; return what went wrong, or an empty string."""
    state = work / "apt"
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True)
    config = state / "apt.conf"
    config.write_text(_CONFIG)
    shared = [f"-o{name}={value}" for name, value in (_SETTINGS | {"Dir::Cache": str(state / "cache")}).items()]
    if not _run([apt, *shared, "download", package], work, timeout):
        return ""
    private = ["-c", str(config), *shared, f"-oDir::State={state}", f"-oDir::State::lists={state / 'lists'}"]
    update = _run([apt, *private, "update"], work, timeout)
    download = _run([apt, *private, "download", package], work, timeout)
    return download and "; ".join(filter(None, (update, download)))


def _run(command: list[str], folder: Path, timeout: float) -> str:
    """Run a command in a folder; return its complaint in one line, or an empty string if it had none."""
    name = " ".join([Path(command[0]).name, *(word for word in command[1:] if word in ("update", "download", "-x"))])
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, found by `tools`, without a shell
            command,
            cwd=folder,
            env=os.environ | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{name} took more than {timeout:g} s"
    except OSError as error:
        return f"{name} cannot be run ({error})"
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    complaints = [line for line in lines if line.startswith("E:")] or lines or ["nothing on stderr"]
    return f"{name} ended with status {done.returncode} ({complaints[0]})"


def _keep(tree: Path, pattern: str, kept: Path) -> int:
    """Move the files that match from `tree` to `kept`, write them through to the disk, and return their number."""
    # A link could lead out of the tree, to a file of the machine's own.
    files = [file for file in tree.glob(pattern) if file.is_file() and file.resolve() == file]
    for file in files:
        target = kept / file.relative_to(tree)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)
        with target.open("rb") as written:
            os.fsync(written.fileno())
    return len(files)
