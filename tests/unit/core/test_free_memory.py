"""What is left of the memory, read from given files and texts."""

from pathlib import Path

import pytest
import torch

from foveal.core import free_memory
from foveal.core.errors import ran_out_of_memory
from foveal.core.free_memory import UNLIMITED, available_memory, groups_free, memory_for, space_free, system_free

V2, V1 = ("memory.max", "memory.current", ""), ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_")


def group(folder: Path, names: tuple[str, str, str], limit: object, used: int, cache: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / names[0]).write_text(f"{limit}\n")
    (folder / names[1]).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 7\n{names[2]}inactive_file {cache}\n{names[2]}active_file 1\n")


def test_the_page_cache_in_a_group_can_be_had(tmp_path: Path):
    group(tmp_path / "a", V2, 1000, 600, cache=50)
    assert groups_free("0::/a\n", tmp_path) == 451


def test_the_tightest_group_above_decides(tmp_path: Path):
    group(tmp_path, V2, 300, 100)
    group(tmp_path / "a", V2, 150, 120)
    group(tmp_path / "a/b", V2, 1000, 10)
    assert groups_free("0::/a/b\n", tmp_path) == 31


def test_no_limit_is_no_limit(tmp_path: Path):
    group(tmp_path / "a", V2, "max", 600)
    assert groups_free("0::/a\n", tmp_path) == UNLIMITED
    assert groups_free("", tmp_path) == UNLIMITED


def test_in_a_container_the_groups_are_mounted_at_the_root(tmp_path: Path):
    group(tmp_path, V2, 500, 100)
    assert groups_free("0::/system/of/the/host\n", tmp_path) == 401


def test_version_one_has_a_tree_of_its_own(tmp_path: Path):
    group(tmp_path / "memory/a", V1, 1000, 900)
    group(tmp_path / "a", V2, 5, 5)  # of another controller's path: not asked
    assert groups_free("9:cpu,cpuacct:/a\n4:memory:/a\n", tmp_path) == 101


def test_more_used_than_allowed_leaves_nothing(tmp_path: Path):
    group(tmp_path / "a", V2, 100, 600)
    assert groups_free("0::/a\n", tmp_path) == 0
    assert space_free(10, "1 1 1") == 0


def test_a_system_that_says_nothing_has_no_limit():
    assert system_free("") == UNLIMITED
    assert 0 < available_memory(torch.device("cpu")) <= UNLIMITED


def test_on_a_gpu_what_torch_keeps_in_reserve_can_be_had(monkeypatch):
    for name, answer in (("memory_reserved", 70), ("memory_allocated", 50), ("mem_get_info", (100, 1000))):
        monkeypatch.setattr(torch.cuda, name, lambda device, answer=answer: answer)
    assert available_memory(torch.device("cuda")) == 120


@pytest.mark.parametrize(
    ("error", "memory"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: Error code 12"),
            True,
        ),
        (RuntimeError("DefaultCPUAllocator: not enough memory"), True),
        (RuntimeError("size mismatch"), False),
        (ValueError("memory"), False),
    ],
    ids=str,
)
def test_who_ran_out_of_memory(error: Exception, memory: bool):
    assert ran_out_of_memory(error) is memory


def test_freed_memory_that_the_process_keeps_is_given_back_before_it_is_missed(monkeypatch):
    free, given_back = [100], []
    monkeypatch.setattr(free_memory, "available_memory", lambda device: free[0])
    monkeypatch.setattr(free_memory, "release_memory", lambda: (given_back.append(1), free.__setitem__(0, 150)))
    assert memory_for(90, torch.device("cpu")) == 100
    assert not given_back
    assert memory_for(120, torch.device("cpu")) == 150
    assert given_back == [1]
