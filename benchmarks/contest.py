"""Who runs what: the peers, the groups of workloads that share a process, and which peers meet on which."""

import os
from dataclasses import dataclass, field

_ALL = str(os.cpu_count() or 1)


@dataclass(frozen=True)
class Peer:
    """A peer of the table: its module in `benchmarks.peers`, and the environment that its process gets."""

    name: str
    module: str
    environment: dict[str, str] = field(default_factory=dict)
    full_only: bool = False  # in the quick table only where --peers names it


#: "tuned" is one peer at several settings; the table takes the best of them, row by row.
PEERS = (
    Peer("foveal", "foveal"),
    Peer("foveal, 1 thread", "foveal", {"OMP_NUM_THREADS": "1"}),
    Peer("foveal net_", "foveal", {"BENCH_ANSWER": "net"}),
    Peer("PyTorch tutorial", "tutorial"),
    Peer("tuned, 1 thread", "tuned", {"BENCH_THREADS": "1"}),
    Peer("tuned, all threads", "tuned", {"BENCH_THREADS": _ALL}),
    Peer("tuned, all threads, passive", "tuned", {"BENCH_THREADS": _ALL, "OMP_WAIT_POLICY": "passive"}),
    Peer("tuned, torch.compile", "tuned", {"BENCH_THREADS": _ALL, "BENCH_COMPILE": "1"}, full_only=True),
    Peer("skorch", "skorch"),
    Peer("Keras on TensorFlow", "keras", {"KERAS_BACKEND": "tensorflow"}, full_only=True),
    Peer("Keras on torch", "keras", {"KERAS_BACKEND": "torch"}, full_only=True),
    Peer("Keras on JAX", "keras", {"KERAS_BACKEND": "jax"}, full_only=True),
    Peer("ONNX Runtime", "onnxruntime"),
    Peer("OpenVINO", "openvino"),
)

_TRAINERS = (
    "foveal", "PyTorch tutorial", "tuned, 1 thread", "tuned, all threads", "tuned, all threads, passive", "skorch",
    "tuned, torch.compile", "Keras on TensorFlow", "Keras on torch", "Keras on JAX",
)  # fmt: skip
_FAST = (
    "foveal",
    "PyTorch tutorial",
    "tuned, 1 thread",
    "tuned, all threads",
    "tuned, all threads, passive",
    "tuned, torch.compile",
)
_ANSWERERS = ("foveal", "foveal net_", "tuned, 1 thread", "tuned, all threads", "ONNX Runtime", "OpenVINO")

#: Workloads that share a process (only a group's first has a cold start), and their peers.
GROUPS = {
    ("C1",): ("foveal", "tuned, 1 thread", "skorch"),
    ("C2",): _TRAINERS,
    ("C3",): _TRAINERS,
    ("C5-32", "C5-128", "C5-512"): _FAST,
    ("C6-32", "C6-128"): _FAST,
    ("C7-C2", "C7-C5"): _ANSWERERS,
    **{(f"C{i}",): ("foveal, 1 thread", *_FAST) for i in range(8, 12)},
    tuple(f"C{i}-answers" for i in range(8, 12)): ("foveal", "foveal, 1 thread", *_ANSWERERS[2:]),
}


def contest(
    full: bool = False, ids: list[str] | None = None, extra: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], list[Peer]]]:
    """Give groups and their peers; `ids` limits the workloads, `extra` names peers of the full table to run as well.

    >>> [(group, len(peers)) for group, peers in contest(ids=["C1", "C6-128"])]
    [(('C1',), 3), (('C6-128',), 5)]
    """
    found = []
    for group, names in GROUPS.items():
        chosen = tuple(id_ for id_ in group if ids is None or id_ in ids)
        peers = [p for p in PEERS if p.name in names and (full or not p.full_only or p.name in extra)]
        if chosen:
            found.append((chosen, peers))
    return found
