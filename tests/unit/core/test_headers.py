"""A header is checked before anything else is read."""

import json
import struct

import pytest
import safetensors.torch
import torch

from foveal.core.errors import ModelFileError
from foveal.core.headers import read_header


def written(tmp_path, header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path = tmp_path / "m"
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def entry(begin, end, shape=(1,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def test_a_good_header_is_read(tmp_path):
    path = tmp_path / "m"
    path.write_bytes(
        safetensors.torch.save({"a": torch.zeros(2, 3), "b": torch.zeros((), dtype=torch.int64)}, {"k": "v"})
    )
    header = read_header(path)
    assert header.metadata == {"k": "v"}
    assert header.tensors == {"a": ("F32", (2, 3)), "b": ("I64", ())}


BROKEN = {
    "gap": ({"a": entry(0, 4), "b": entry(8, 12)}, 12),
    "overlap": ({"a": entry(0, 4), "b": entry(0, 4)}, 4),
    "too short": ({"a": entry(0, 4)}, 3),
    "too long": ({"a": entry(0, 4)}, 5),
    "shape": ({"a": entry(0, 4, (2,))}, 4),
    "huge": ({"a": entry(0, 4, (10**18,))}, 4),
    "huge and empty": ({"a": entry(0, 0, (0, 2**40, 2**40))}, 0),
    "negative": ({"a": entry(-4, 0)}, 0),
    "float": ({"a": entry(0, 4.0)}, 4),
    "dtype": ({"a": entry(0, 4, dtype="PY")}, 4),
    "list": ([], 0),
    "no offsets": ({"a": {"dtype": "F32", "shape": [1]}}, 4),
    "metadata": ({"__metadata__": {"a": 1}}, 0),
    "not json": (b"{]", 0),
    "deep": (b'{"a":' + b"[" * 100_000, 0),
    "half a character": (rb'{"__metadata__": {"a": "\ud800"}}', 0),
    "half a character in a name": (rb'{"\ud800": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', 4),
    "twice": (b'{"__metadata__": {"a": "1", "a": "2"}}', 0),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_header_is_refused(case, tmp_path):
    header, size = BROKEN[case]
    with pytest.raises(ModelFileError, match="not a foveal model"):
        read_header(written(tmp_path, header, b"\0" * size))


def test_a_huge_header_is_not_read(tmp_path):
    path = tmp_path / "m"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 100 * 2**20))
        file.truncate(101 * 2**20)
    with pytest.raises(ModelFileError, match="does not begin with a safetensors header"):
        read_header(path)
