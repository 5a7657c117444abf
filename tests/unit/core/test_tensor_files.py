"""Files of tensors: any safetensors reader reads them, and neither side keeps a second copy of what it holds."""

import tracemalloc

import pytest
import safetensors.torch
import torch

from foveal.core.errors import ModelFileError
from foveal.core.files import write_atomically
from foveal.core.headers import read_header
from foveal.core.tensor_files import DTYPES, each_tensor, encode, read_tensors

KIND = "foveal-model"
BITS = torch.arange(24, dtype=torch.uint8) % 2


def of(dtype):
    return BITS.to(dtype).reshape(2, 3, 4)


TENSORS = {str(dtype): of(dtype) for dtype in DTYPES} | {
    "number": torch.tensor(3.5),
    "nothing": torch.zeros(0, 3),
    "turned": torch.arange(6.0).reshape(2, 3).T,
    "channels last": torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
    "part": torch.arange(10)[3:7],
    "conjugate": torch.tensor([1 + 2j]).conj(),
    "weight": torch.nn.Parameter(torch.ones(2)),
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "tensors"
    path.write_bytes(b"".join(encode(KIND, {"a": "é"}, TENSORS)))
    return path


def same(mine, theirs):
    assert mine.dtype == theirs.dtype
    assert mine.shape == theirs.shape
    assert (
        mine.resolve_conj()
        .contiguous()
        .view(-1)
        .view(torch.uint8)
        .equal(theirs.contiguous().view(-1).view(torch.uint8))
    )


def test_they_are_read_as_they_were_written(path):
    found = read_tensors(path, read_header(path))
    assert found.keys() == TENSORS.keys()
    for name, tensor in found.items():
        same(TENSORS[name].detach(), tensor)


def test_other_readers_read_them(path):
    found = safetensors.torch.load_file(path)
    assert found.keys() == TENSORS.keys()
    for name, tensor in found.items():
        same(TENSORS[name].detach(), tensor)
    with safetensors.safe_open(path, "pt") as file:
        assert file.metadata()["format"] == KIND


def test_what_others_have_written_is_read(tmp_path):
    path = tmp_path / "tensors"
    own = {name: TENSORS[name].detach().resolve_conj().contiguous().clone() for name in TENSORS}
    safetensors.torch.save_file(own, path, {"format": KIND})
    for name, tensor in read_tensors(path, read_header(path)).items():
        same(own[name], tensor)


def test_nothing_is_copied_to_be_written():
    weight = torch.zeros(3)
    parts = encode(KIND, {}, {"weight": weight})
    weight += 1
    assert bytes(parts[1]) == weight.numpy().tobytes()


def test_neither_side_holds_the_bytes_of_the_file(tmp_path):
    path, weight = tmp_path / "tensors", torch.zeros(2**22)
    tracemalloc.start()
    try:
        write_atomically(path, encode(KIND, {}, {"weight": weight}))
        read_tensors(path, read_header(path))
        assert tracemalloc.get_traced_memory()[1] < weight.nbytes / 4  # what Python holds: bytes, and no tensors
    finally:
        tracemalloc.stop()


def test_each_begins_at_a_multiple_of_its_size():
    tensors = {
        f"{n}": torch.zeros(n, dtype=dtype) for n, dtype in enumerate((torch.int8, torch.float64, torch.int16), 1)
    }
    assert [len(part) for part in encode(KIND, {}, tensors)[1:]] == [16, 6, 1]


def test_a_bit_that_changed_is_noticed(path):
    content = bytearray(path.read_bytes())
    header = read_header(path)
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="does not have the hash"):
        read_tensors(path, header)


@pytest.mark.parametrize("how", ["shorter", "other header"])
def test_a_file_that_changes_while_it_is_read_is_noticed(path, how):
    reading = each_tensor(path, read_header(path))
    next(reading)
    if how == "shorter":
        with path.open("r+b") as file:
            file.truncate(read_header(path).size - 16)
    else:
        path.write_bytes(b"".join(encode(KIND, {}, {**TENSORS, "number": torch.tensor(3)})))
    with pytest.raises(ModelFileError, match=r"was changed while it was read|header is damaged"):
        for _ in reading:
            pass
