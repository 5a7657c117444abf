"""What the figures were measured on, and how busy others kept it meanwhile."""

import os
import platform
import resource
from importlib import metadata
from pathlib import Path
from time import perf_counter

#: Whose versions are logged.
PACKAGES = (
    "foveal", "torch", "numpy", "scikit-learn", "skorch", "keras", "jax", "tensorflow-cpu", "onnxruntime", "openvino",
)  # fmt: skip


def describe() -> dict[str, object]:
    """Name processor, cores, memory, system, versions and the load at the start."""
    import torch  # here, not above: a peer must not pay for it; and only torch itself tells its build, such as +cu130

    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_at_start": round(os.getloadavg()[0], 2),
        "versions": {name: _version(name) for name in PACKAGES} | {"torch": str(torch.__version__)},
    }


class Others:
    """Measures which share of the machine's processors others used since it was made (Linux only, else None)."""

    def __init__(self) -> None:
        self.began, self.busy, self.own = perf_counter(), _busy_seconds(), _own_seconds()

    def share(self) -> float | None:
        """Give the share, 0 to 1; time stolen by other guests of the host counts as others'."""
        busy = _busy_seconds()
        if busy is None or self.busy is None:
            return None
        wall = (perf_counter() - self.began) * (os.cpu_count() or 1)
        return max(0.0, (busy - self.busy) - (_own_seconds() - self.own)) / wall


def _busy_seconds() -> float | None:
    lines = _lines("/proc/stat")
    if not lines:
        return None
    user, nice, system, _, _, irq, softirq, steal = map(int, lines[0].split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text("utf-8", "replace").splitlines() if file.exists() else []


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
