"""How much memory is left: what the system, the control groups and the process's own limit leave of it."""

import contextlib
import os
from pathlib import Path

import torch

from foveal.core.environment import release_memory

try:
    import resource
except ImportError:  # Windows, which has no such limits
    resource = None  # type: ignore[assignment]

#: Where nothing says how much there is.
UNLIMITED = 2**62

#: Files of a control group of version 1 and 2: its limit, what it uses, and the page cache in that, which can be had.
_GROUP_FILES = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file")),
    2: ("memory.max", "memory.current", ("inactive_file", "active_file")),
}


def available_memory(device: torch.device) -> int:
    """Give the bytes that can be taken now, or `UNLIMITED` where nothing says how many.

    On a GPU that is what the driver has and what torch keeps in reserve; on the CPU the least that any limit leaves.
    """
    if device.type == "cuda":
        spare = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + spare
    free = [system_free(_text("/proc/meminfo")), groups_free(_text("/proc/self/cgroup"), Path("/sys/fs/cgroup"))]
    if resource is not None:
        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        free.append(UNLIMITED if limit == resource.RLIM_INFINITY else space_free(limit, _text("/proc/self/statm")))
    return min(free)


def memory_for(needed: int, device: torch.device) -> int:
    """Give the bytes that are free; where `needed` is more, after freed memory that the process keeps has gone back."""
    free = available_memory(device)
    if needed > free and device.type == "cpu":
        release_memory()
        free = available_memory(device)
    return free


def system_free(meminfo: str) -> int:
    r"""Read what the system could give without swapping, from the text of /proc/meminfo.

    >>> system_free("MemTotal: 8 kB\nMemAvailable:   5 kB\n")
    5120
    """
    found = _numbers(meminfo).get("MemAvailable:")
    return UNLIMITED if found is None else found * 1024


def groups_free(membership: str, root: Path) -> int:
    """Read what the control groups of a process leave it: `membership` is the text of its /proc/self/cgroup.

    Every group above counts too. In a container the groups are mounted at `root` itself, whatever `membership` says.
    """
    free = UNLIMITED
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        version, base = (1, root / "memory") if controllers else (2, root)
        group = base / path.lstrip("/")
        for folder in (group, *group.parents):
            if folder.is_relative_to(base):
                free = min(free, _group_free(folder, version))
    return free


def space_free(limit: int, statm: str) -> int:
    """Read what a limit of the address space leaves, from the text of /proc/self/statm, which counts in pages.

    >>> space_free(10**6, "0 0 0")
    1000000
    """
    pages = int(statm.split()[0]) if statm else 0
    return max(0, limit - pages * os.sysconf("SC_PAGE_SIZE"))


def _group_free(folder: Path, version: int) -> int:
    limit_file, use_file, cache = _GROUP_FILES[version]
    limit, used = (_text(folder / name).strip() for name in (limit_file, use_file))
    if not (limit.isdigit() and used.isdigit()):  # "max", or no such group here
        return UNLIMITED
    held = _numbers(_text(folder / "memory.stat"))
    return max(0, int(limit) - int(used) + sum(held.get(name, 0) for name in cache))


def _numbers(text: str) -> dict[str, int]:
    """Read lines NAME NUMBER [UNIT]."""
    words = (line.split() for line in text.splitlines())
    return {w[0]: int(w[1]) for w in words if len(w) > 1 and w[1].isdigit()}


def _text(path: str | Path) -> str:
    with contextlib.suppress(OSError):
        return Path(path).read_text("utf-8")
    return ""


def shown_size(size: int) -> str:
    """Write bytes for people.

    >>> shown_size(12_340_000_000), shown_size(12_000_000)
    ('12.3 GB', '12 MB')
    """
    return f"{size / 1e9:,.1f} GB" if size >= 10**9 else f"{-(-size // 10**6)} MB"
