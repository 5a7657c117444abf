"""Folders of empty files."""

from pathlib import Path


def make(folder: Path, *names: str) -> str:
    """Make files, and folders where a name ends in "/", and give the folder's path."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.touch()
    return str(folder)
