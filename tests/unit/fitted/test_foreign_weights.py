"""State dicts out of PyTorch's files: both formats, wrapped or not, and what is in their way told by name."""

from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import nn

from foveal.core.errors import ModelFileError, ResourceError
from foveal.fitted import foreign_weights
from foveal.fitted.foreign_weights import read_foreign, unwrapped


@pytest.fixture
def net() -> nn.Module:
    return nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 4, 3), norm=nn.BatchNorm2d(4)))


def saved(value, path: Path, *, zipped: bool = True) -> Path:
    torch.save(value, path, _use_new_zipfile_serialization=zipped)
    return path


@pytest.mark.parametrize("zipped", [True, False])
def test_a_state_dict_comes_back_as_it_was(net, tmp_path, zipped):
    found = read_foreign(saved(net.state_dict(), tmp_path / "a.pth", zipped=zipped))
    wanted = net.state_dict()
    assert list(found.tensors) == list(wanted)
    assert all(torch.equal(found.tensors[name], wanted[name]) for name in wanted)
    assert found.said == ()


@pytest.mark.parametrize("zipped", [True, False])
def test_parameters_and_wrappers_are_unwrapped_and_it_is_said(net, tmp_path, zipped):
    weights = {f"module.{name}": value for name, value in net.named_parameters()}
    content = {"epoch": 3, "best": 0.5, "model": {"state_dict": weights}}
    found = read_foreign(saved(content, tmp_path / "a.pt", zipped=zipped))
    assert set(found.tensors) == {"conv.weight", "conv.bias", "norm.weight", "norm.bias"}
    assert not any(tensor.requires_grad for tensor in found.tensors.values())
    assert found.said == (
        "read from its entry 'model'", "read from its entry 'state_dict'", "'module.' taken off the names",
    )  # fmt: skip


def test_tensors_that_share_memory_come_as_what_they_show(tmp_path):
    whole = torch.arange(12.0)
    views = {"a": whole[:6].view(2, 3), "b": whole[6:].view(3, 2).T, "c": whole}
    found = read_foreign(saved(views, tmp_path / "a.pth")).tensors
    assert all(torch.equal(found[name], views[name]) for name in "abc")


def test_what_is_no_table_of_tensors_is_told(tmp_path):
    cases = [
        ([torch.zeros(2)], "holds no state dict but list"),
        ({"epoch": 3}, "its entry 'epoch' is int, no tensor; write one alone"),
        ({3: torch.zeros(1)}, "its entry '3' is Tensor, no tensor"),
        ({}, "holds no state dict but 0 entries"),
        (torch.zeros(3), "holds no state dict but Tensor"),
        ({"w": torch.zeros(2, 2).to_sparse()}, "names torch._utils._rebuild_sparse_tensor"),
        (nn.Linear(1, 1), "its pickle names torch.nn.modules.linear.Linear"),
    ]
    for value, words in cases:
        with pytest.raises(ModelFileError) as told:
            read_foreign(saved(value, tmp_path / "a.pth"))
        assert words in str(told.value)


def test_sparse_tensors_are_told_by_name():
    with pytest.raises(ModelFileError, match=r"the weight 'w' is no dense tensor of numbers \(torch.sparse_coo"):
        unwrapped({"w": torch.zeros(2, 2).to_sparse()}, Path("a.pth"))


def test_an_old_file_is_read_up_to_a_size(tmp_path, monkeypatch):
    path = saved({"w": torch.zeros(100)}, tmp_path / "a.pth", zipped=False)
    monkeypatch.setattr(foreign_weights, "memory_for", lambda needed, device: 10)
    with pytest.raises(ResourceError, match="it takes 1 MB of memory, but 1 MB are free; use a machine with more"):
        read_foreign(path)
    monkeypatch.setattr(foreign_weights, "LARGEST_PICKLE", 100)
    with pytest.raises(ModelFileError, match=r"format before PyTorch 1.6, which is read up to 1 MB; write it anew"):
        read_foreign(path)
    assert read_foreign(saved({"w": torch.zeros(100)}, path)).tensors["w"].shape == (100,)  # a zip of any size
