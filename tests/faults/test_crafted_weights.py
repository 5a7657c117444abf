"""PyTorch files made to harm: a ModelFileError comes of them, no code runs, and no memory is taken."""

import io
import pickle
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from foveal.core.errors import ModelFileError
from foveal.fitted import foreign_weights
from foveal.fitted.foreign_weights import read_foreign

from .crafted import Payload

#: Bytes that the process may grow by.
MEMORY = 2 * 10**8


def good(value: object = None, *, zipped: bool = True) -> bytes:
    out = io.BytesIO()
    torch.save(value or {"w": torch.zeros(4), "b": torch.ones(2)}, out, _use_new_zipfile_serialization=zipped)
    return out.getvalue()


def zipped(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def entries() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(good())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_pickle(change: Callable[[bytes], bytes]) -> bytes:
    found = entries()
    name = next(name for name in found if name.endswith("data.pkl"))
    return zipped(found | {name: change(found[name])})


def claiming(elements: int) -> bytes:
    """Let the storage of w, and its view, have more elements than its record has."""
    return with_pickle(lambda text: text.replace(b"K\x04", b"J" + struct.pack("<i", elements)))


def doubling(text: bytes) -> bytes:
    """Write the codec "hex" over a string again and again: 2^40 bytes of a short pickle."""
    start = b"\x80\x02" + b"c_codecs\nencode\nX\x01\x00\x00\x00ax\x00"
    return start + b"X\x03\x00\x00\x00hex\x86R" * 40 + b"."


CASES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a zip whose pickle runs a program": (
        lambda: with_pickle(lambda text: pickle.dumps(Payload(), protocol=2)), "names posix.system",
    ),
    "its pickle names code by the stack": (
        lambda: with_pickle(lambda text: pickle.dumps(Payload(), protocol=4)), "names STACK_GLOBAL",
    ),
    "an old pickle that runs a program": (lambda: pickle.dumps(Payload(), protocol=2), "names posix.system"),
    "a pickle that doubles a string": (lambda: with_pickle(doubling), "names _codecs.encode"),
    "a bytearray of a terabyte": (
        lambda: with_pickle(lambda text: b"\x80\x02c__builtin__\nbytearray\n\x8a\x06" + b"\x00" * 5 + b"\x01\x85R."),
        "names __builtin__.bytearray",
    ),
    "a storage of more than its record": (lambda: claiming(2**31 - 1), "is damaged, or no file that torch.save wrote"),
    "an old storage of more than the file": (
        lambda: good(zipped=False).replace(b"K\x04", b"J\xff\xff\xff\x7f"), "is damaged, or no file that torch.save",
    ),
    "a bomb of zeros": (
        lambda: zipped(entries() | {"archive/data/9": b"\x00" * 10**8}, zipfile.ZIP_DEFLATED), "is compressed",
    ),
    "a zip of something else": (lambda: zipped({"a/b.txt": b"hello"}), "is a zip file, but none that torch.save wrote"),
    "a TorchScript archive": (
        lambda: zipped(entries() | {"archive/constants.pkl": b""}), "is a TorchScript archive, which holds code",
    ),
    "two pickles": (lambda: zipped(entries() | {"b/data.pkl": b"."}), "is a zip file, but none that torch.save wrote"),
    "a zip cut short": (lambda: good()[:-100], "is damaged, or no file that torch.save wrote"),
    "a zip of nothing": (lambda: b"PK\x03\x04", "is damaged, or no file that torch.save wrote"),
    "an old file cut short": (lambda: good(zipped=False)[:-10], "is damaged, or no file that torch.save wrote"),
    "an old file of nothing": (lambda: b"\x80\x02.", "is damaged, or no file that torch.save wrote"),
    "a weight of the same number a million times": (
        lambda: good({"w": torch.zeros(1).expand(10**9)}), "claims 1,000,000,000 numbers and holds fewer",
    ),
    "a pickle of another program": (lambda: pickle.dumps({"a": 1}, protocol=2), "is damaged, or no file that torch"),
}  # fmt: skip


def peak() -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize("case", CASES)
@pytest.mark.skipif(sys.platform != "linux", reason="reads how much memory there was from /proc")
def test_it_is_refused_and_nothing_else_happens(case, tmp_path, capfd):
    make, words = CASES[case]
    path = tmp_path / "a.pth"
    path.write_bytes(make())
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    with pytest.raises(ModelFileError) as told:
        read_foreign(path)
    assert words in str(told.value)
    assert peak() - before < MEMORY
    assert "taken over" not in capfd.readouterr().out


def test_the_good_one_they_are_made_of_is_read(tmp_path):
    for name, content in (("a", good()), ("b", good(zipped=False)), ("c", zipped(entries()))):
        (tmp_path / name).write_bytes(content)
        assert read_foreign(tmp_path / name).tensors["b"].tolist() == [1, 1]


def test_a_directory_that_promises_more_than_the_file_is_refused(tmp_path):
    path = tmp_path / "a.pth"
    content = bytearray(zipped(entries()))
    at = content.index(b"PK\x01\x02")
    content[at + 20 : at + 28] = struct.pack("<II", 10**9, 10**9)
    path.write_bytes(bytes(content))
    with pytest.raises(ModelFileError, match=r"its directory lists 1,000,\d+,\d+ bytes in \d+ entries"):
        read_foreign(path)


def test_an_endless_pickle_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(foreign_weights, "MOST_STEPS", 100)
    path = tmp_path / "a.pth"
    path.write_bytes(with_pickle(lambda text: b"\x80\x02" + b"]0" * 100 + b"]."))
    with pytest.raises(ModelFileError, match="its pickle has more than 100 steps"):
        read_foreign(path)
