"""Where the files are, and what is asked of their syntax trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "foveal"

#: Folders that are made, not written; hidden ones too, but those named in `_WRITTEN`.
_MADE = {"__pycache__", "build", "dist", "runs", "site", "node_modules", "venv", "env"}
_WRITTEN = {".ci", ".github"}


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the root of the repository, its text and its syntax tree."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    def line(self, number: int) -> str:
        return self.text.splitlines()[number - 1]


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def repository_files() -> list[Path]:
    """List what people wrote: every file outside made and hidden folders."""
    return sorted(_walk(ROOT))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_file():
            yield path
        elif path.name in _WRITTEN or not (path.name in _MADE or path.name.startswith(".") or _is_made(path)):
            yield from _walk(path)


def _is_made(folder: Path) -> bool:
    return folder.suffix == ".egg-info" or (folder / "pyvenv.cfg").is_file()


def python_files(*folders: str) -> list[Source]:
    """Read the Python files under some folders of the repository."""
    paths = (path for path in repository_files() if path.suffix == ".py")
    names = [(path.relative_to(ROOT).as_posix(), path) for path in paths]
    return [Source(name, path.read_text("utf-8")) for name, path in names if name.startswith(folders)]


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call with the dotted name it is made by; what is not a name is left out: `f().mean()` is `.mean`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.AST) -> str:
    """Write a chain of attributes as in the source.

    >>> dotted(ast.parse("np.random.seed").body[0].value), dotted(ast.parse("f(x).seed").body[0].value)
    ('np.random.seed', '.seed')
    """
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every imported module and name, dotted, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
