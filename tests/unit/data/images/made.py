"""Folders of empty files, and tars."""

import io
import tarfile
from pathlib import Path


def make(folder: Path, *names: str) -> str:
    """Make files, and folders where a name ends in "/", and give the folder's path."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.touch()
    return str(folder)


def pack(path: Path, *members: tuple[str, bytes]) -> Path:
    """Write a tar of names and contents; a name that ends in "/" is a folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if name.endswith("/"):
                info.type = tarfile.DIRTYPE
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path
