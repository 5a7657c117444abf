"""Files that look like a model or a checkpoint and are none: each is made of a good one."""

import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import safetensors.torch

from foveal.core.headers import MAX_HEADER
from foveal.core.tensor_files import _digest

Change = Callable[[dict[str, Any]], object]
GUARDED = Path(__file__).with_name("guarded.py")


def guarded(folder: Path, good: list[tuple[str, Path]], bad: list[tuple[str, Path]], *, limit: float) -> list[dict]:
    """Read files in a child under guard, the good ones first; give what came of the bad ones."""
    jobs = folder / "jobs.json"
    jobs.write_text(json.dumps([(kind, str(path)) for kind, path in (*good, *bad)]))
    command = [sys.executable, str(GUARDED), str(jobs), str(len(good))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"the child ended with {done.returncode}:\n{done.stderr[-3000:]}"
    assert [r["raised"] for r in results[: len(good)]] == [None] * len(good), results[: len(good)]
    assert len(results) == len(good) + len(bad)
    return results[len(good) :]


class Payload:
    """What a pickle runs where it is loaded."""

    def __reduce__(self):
        return os.system, ("echo taken over",)


def take_apart(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Split a file into its header and its tensors' bytes."""
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def put_together(header: dict[str, Any] | bytes, data: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def with_header(change: Change) -> Callable[[bytes], bytes]:
    """Change the header, and nothing else."""

    def make(content: bytes) -> bytes:
        header, data = take_apart(content)
        change(header)
        return put_together(header, data)

    return make


def first_tensor(header: dict[str, Any]) -> dict[str, Any]:
    return next(entry for name, entry in header.items() if name != "__metadata__")


def with_text(content: bytes, text: str) -> bytes:
    """Give the file another description, and the hash that belongs to it, as one who forges a file would."""
    header, data = take_apart(content)
    digest = _digest(text, safetensors.torch.load(content))
    header["__metadata__"] |= {"description": text, "sha256": digest}
    return put_together(header, data)


def description_of(content: bytes) -> dict[str, Any]:
    return json.loads(take_apart(content)[0]["__metadata__"]["description"])


def forged(change: Change) -> Callable[[bytes], bytes]:
    """Change the description, with the hash that belongs to it."""

    def make(content: bytes) -> bytes:
        description = description_of(content)
        change(description)
        return with_text(content, json.dumps(description))

    return make


def replaced(before: str, after: str) -> Callable[[bytes], bytes]:
    """Change the description's text, with the hash that belongs to it."""

    def make(content: bytes) -> bytes:
        text = json.dumps(description_of(content))
        assert before in text
        return with_text(content, text.replace(before, after, 1))

    return make


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Payload()))
        archive.writestr("../../model.safetensors", content)
    return file.getvalue()


def tarred(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("../../model.safetensors")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def sparse(size: int, start: bytes) -> Callable[[Path], None]:
    """Make a file of a size that is nothing but its start."""

    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.write(start)
            file.truncate(size)

    return make


def terabyte(content: bytes, path: Path) -> None:
    """Make a file whose header is right in every size: a tensor more, of a terabyte of zeros."""
    header, data = take_apart(content)
    end = len(data)
    header["net.more"] = {"dtype": "U8", "shape": [2**40], "data_offsets": [end, end + 2**40]}
    start = put_together(header, data)
    sparse(len(start) + 2**40, start)(path)


def many_lists(content: bytes) -> bytes:
    """Fill the largest header that is read with what takes most memory: empty lists."""
    header, data = take_apart(content)
    room = (MAX_HEADER - len(json.dumps(header)) - 100) // 3
    return put_together(json.dumps(header)[:-1].encode() + b',"x":[' + b"[]," * room + b"[]]}", data)


#: Made of a good file's bytes, of either kind.
OF_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda content: b"",
    "a pickle": lambda content: pickle.dumps(Payload()),
    "a zip, as torch.save writes": zipped,
    "a tar": tarred,
    "a tensor named by a path": with_header(lambda h: h.update({"../../etc/passwd": h.pop(next(iter(h)))})),
    "a name twice": lambda content: content.replace(b'{"__metadata__"', b'{"__metadata__":{},"__metadata__"', 1),
    "a name twice in the description": replaced('"version"', '"version": 1, "version"'),
    "a shape of 1e18": with_header(lambda h: first_tensor(h).update(shape=[10**18])),
    "shapes whose product is beyond 64 bits": with_header(lambda h: first_tensor(h).update(shape=[2**40] * 8)),
    "overlapping offsets": with_header(lambda h: [e.update(data_offsets=[0, 8]) for n, e in h.items() if n[0] != "_"]),
    "negative offsets": with_header(lambda h: first_tensor(h).update(data_offsets=[-4, 0])),
    "offsets beyond the file": with_header(lambda h: first_tensor(h).update(data_offsets=[2**40, 2**40 + 4])),
    "a dtype of objects": with_header(lambda h: first_tensor(h).update(dtype="O")),
    "a deep header": lambda content: put_together(b'{"a":' + b"[" * 10**6 + b"]" * 10**6 + b"}", b""),
    "a header of five million lists": many_lists,
    "a deep description": replaced('"version":', '"x": ' + "[" * 10**5 + "]" * 10**5 + ', "version":'),
    "a description as deep as Python reads": replaced('"version":', '"x": ' + "[" * 900 + "]" * 900 + ', "version":'),
    "no description": with_header(lambda h: h["__metadata__"].pop("description")),
    "a description that is a list": lambda content: with_text(content, "[]"),
    "a wrong hash": with_header(lambda h: h["__metadata__"].update(sha256="0" * 64)),
    "a newer version": forged(lambda d: d.update(version=10**300)),
    "a version that is no number": forged(lambda d: d.update(version=[1])),
    "an entry more": forged(lambda d: d.update(hook="os.system")),
}

#: Written to a path.
OF_PATHS: dict[str, Callable[[bytes, Path], object]] = {
    "a folder": lambda content, path: path.mkdir(),
    "a link to a folder": lambda content, path: path.symlink_to(path.parent),
    "a link to /dev/zero": lambda content, path: path.symlink_to("/dev/zero"),
    "a pipe that nobody writes to": lambda content, path: os.mkfifo(path),
    "a header of 100 MB": lambda content, path: sparse(101 * 2**20, struct.pack("<Q", 100 * 2**20))(path),
    "a terabyte of nothing": lambda content, path: sparse(2**40, content)(path),
    "a terabyte of zeros, well described": terabyte,
}


def cut(content: bytes, count: int = 50) -> Iterator[bytes]:
    """Cut a file at offsets in even distances, half of them in the header."""
    middle = 8 + struct.unpack("<Q", content[:8])[0]
    half = count // 2
    yield from (content[: i * middle // half] for i in range(half))
    yield from (content[: middle + i * (len(content) - middle) // half] for i in range(half))
