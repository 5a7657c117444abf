"""A child process that loads mutated model files: `python mutations.py MODEL COUNT SEED [ROWS]`.

One line of JSON comes at the end. Half of the mutations change bytes as a broken disk would: then a typed error
comes, or a model that predicts the same bits. Half change a value in the description and write the hash that belongs to
it, as one who forges a file would: then a typed error comes, or a model that works: predictions of the right shape, or
a refusal of the data.
"""

import faulthandler
import json
import struct
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

import foveal
from foveal.core.errors import FovealError, ModelFileError

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.faults.crafted import description_of, put_together, take_apart, with_text
from tests.faults.guarded import X, peak

#: Seconds without a file done before the watchdog ends the child.
WATCHDOG = 60
VALUES = (None, True, False, 0, 1, -1, 2, 7, 10**6, 10**18, 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf"), "",
          "a", "\ud800", "relu", "os.system", "CNNRegressor", "NCHW", "regression", "cuda:7", "<U9", [], [1],
          [None, 3], [[]], {}, {"pairs": []}, {"pairs": [[0, 1.0]]}, ["flip"], [3, 3])  # fmt: skip


def bit_flipped(raw: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(raw)
    for place in rng.integers(len(raw), size=rng.integers(1, 4)):
        changed[place] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def bytes_changed(raw: bytes, rng: np.random.Generator) -> bytes:
    changed, (a, b) = bytearray(raw), block(raw, rng)
    changed[a:b] = rng.bytes(b - a)
    return bytes(changed)


def block(raw: bytes, rng: np.random.Generator) -> tuple[int, int]:
    """Choose a block, half of the time in the header."""
    end = len(raw) if rng.random() < 0.5 else 8 + struct.unpack("<Q", raw[:8])[0]
    start = int(rng.integers(end))
    return start, min(len(raw), start + int(rng.integers(1, 64)))


def removed(raw: bytes, rng: np.random.Generator) -> bytes:
    a, b = block(raw, rng)
    return raw[:a] + raw[b:]


def inserted(raw: bytes, rng: np.random.Generator) -> bytes:
    a, b = block(raw, rng)
    return raw[:a] + rng.bytes(b - a) + raw[a:]


def repeated(raw: bytes, rng: np.random.Generator) -> bytes:
    a, b = block(raw, rng)
    return raw[:b] + raw[a:b] + raw[b:]


def swapped(raw: bytes, rng: np.random.Generator) -> bytes:
    (a, b), (c, d) = sorted((block(raw, rng), block(raw, rng)))
    return raw if b > c else raw[:a] + raw[c:d] + raw[b:c] + raw[a:b] + raw[d:]


def cut(raw: bytes, rng: np.random.Generator) -> bytes:
    return raw[: int(rng.integers(len(raw)))]


BY_CHANCE = (bit_flipped, bytes_changed, removed, inserted, repeated, swapped, cut)


def places_of(value: Any) -> list[tuple[Any, Any]]:
    """List every (list or table, index or name) in a tree."""
    entries = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in entries] + [place for _, part in entries for place in places_of(part)]


def forged(raw: bytes, rng: np.random.Generator) -> bytes:
    """Change one value of the description to another, remove it, double it or set a parameter; or values of tensors."""
    description = description_of(raw)
    places = places_of(description)
    inside, key = places[int(rng.integers(len(places)))]
    new = VALUES[int(rng.integers(len(VALUES)))]
    what = rng.integers(6)
    if what == 5:
        return with_text(tensors_changed(raw, rng), json.dumps(description))
    if what == 0:
        del inside[key]
    elif what == 1 and isinstance(inside, list):
        inside.insert(key, new)
    elif what == 2:
        names = sorted(getattr(foveal, str(description.get("estimator")), foveal.CNN)().get_params())
        description["settings"][names[int(rng.integers(len(names)))]] = new
    else:
        inside[key] = new
    return with_text(raw, json.dumps(description))


def tensors_changed(raw: bytes, rng: np.random.Generator) -> bytes:
    """Change some bytes of a tensor, each as likely as another, however large it is: to zeros, ones or by chance."""
    header, data = take_apart(raw)
    places = [entry["data_offsets"] for name, entry in sorted(header.items()) if name != "__metadata__"]
    first, stop = next(places[n] for n in rng.permutation(len(places)) if places[n][0] < places[n][1])
    start = int(rng.integers(first, stop))
    size = min(stop - start, int(rng.integers(1, 17)))
    new = (b"\0" * size, b"\xff" * size, rng.bytes(size))[int(rng.integers(3))]
    return put_together(header, data[:start] + new + data[start + size :])


def tell(path: Path, X: Any, expected: Any, *, forgery: bool) -> str:
    """Load a file and say what came of it."""
    try:
        model = foveal.load(path)
    except ModelFileError:
        return "refused"
    try:
        predicted = model.predict(X)
    except FovealError:
        return "other data" if forgery else "WRONG: it loads and refuses the data"
    if forgery:
        return "works" if len(predicted) == len(X) else "WRONG: predictions are missing"
    return "equal" if np.array_equal(predicted, expected) else "WRONG: other predictions"


if __name__ == "__main__":
    faulthandler.enable()
    good, count, rng = Path(sys.argv[1]), int(sys.argv[2]), np.random.default_rng(int(sys.argv[3]))
    raw, path = good.read_bytes(), good.with_name("mutated")
    rows = X if len(sys.argv) < 5 else json.loads(sys.argv[4])  # texts or histories, else arrays
    expected = foveal.load(good).predict(rows)
    outcomes: Counter[str] = Counter()
    before = peak(reset=True)
    for number in range(count):
        faulthandler.dump_traceback_later(WATCHDOG, exit=True)
        forgery = number % 2 == 1
        content = (forged if forgery else BY_CHANCE[number // 2 % len(BY_CHANCE)])(raw, rng)
        path.write_bytes(content)
        try:
            outcomes[tell(path, rows, expected, forgery=forgery)] += 1
        except Exception:
            good.with_name(f"failed-{number}").write_bytes(content)
            raise
    faulthandler.cancel_dump_traceback_later()
    print(json.dumps({"outcomes": outcomes, "grew": peak() - before}))
