"""Pictures in files: how long a scan takes, and what training from the store or while decoding costs.

python -m benchmarks.pictures FOLDER scan | store | ahead | waits

FOLDER is filled with pictures where it is empty, and keeps the cache. What is compared is done in turn, several times;
seconds of the processor count other processes less than those of the clock, and both are printed.
"""

import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

EPOCHS, TIMES = 2, 5
SMALL: dict[str, Any] = {"in_channels_list": (None, 8), "out_channels": 16, "valid_size": 0, "random_state": 0}


def draw(folder: Path, files: int, size: tuple[int, int], ending: str, kinds: int) -> Path:
    """Write files of smooth pictures with noise, `kinds` of them different, in five classes."""
    from PIL import Image

    if folder.exists():
        return folder
    rng, contents = np.random.default_rng(0), []
    for _ in range(kinds):
        coarse = Image.fromarray(rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)).resize(size[::-1])
        pixels = np.asarray(coarse).astype(int) + rng.integers(-12, 13, (*size, 3))
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(file := io.BytesIO(), ending, quality=88)
        contents.append(file.getvalue())
    for number in range(files):
        path = folder / f"class {number % 5}" / f"{number}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents[number % kinds])
    return folder


def seconds() -> float:
    """Give the processor's seconds of this process and of those that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def in_turn(cases: dict[str, Callable[[], Any]]) -> dict[str, tuple[float, float]]:
    """Give the median seconds of each case, of the clock and of the processor."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for turn in range(TIMES):
        for name in list(cases)[:: 1 if turn % 2 else -1]:
            clock, used = time.monotonic(), seconds()
            cases[name]()
            found[name].append((time.monotonic() - clock, seconds() - used))
    medians = {name: tuple(map(median, zip(*times, strict=True))) for name, times in found.items()}
    for name, (clock, used) in medians.items():
        print(f"{name}: {clock:.2f} s, of the processor {used:.2f}")
    return medians


def scan(folder: Path) -> None:
    """List 50,000 files and read their headers, twice: the second time they are known."""
    import resource

    from foveal.data.images.cache.headers import read_headers
    from foveal.data.images.cache.keys import known_by
    from foveal.data.images.listing.door import open_listing
    from foveal.data.images.progress import SILENT

    draw(folder, 50_000, (75, 100), "jpeg", 50)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(2):
        clock, used = time.monotonic(), seconds()
        listing = open_listing(folder)
        headers, bad = read_headers(listing.places, known_by(listing.places).digest, SILENT)
        print(f"{len(headers):,} files, {len(bad)} bad: {time.monotonic() - clock:.1f} s, of the processor "
              f"{seconds() - used:.1f}")  # fmt: skip
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"peak memory {(before + grown) / 1024:.0f} MiB, {grown / 1024:.0f} of it for the scan")


def store(folder: Path) -> None:
    """Train from the store, and from the same pixels in an array."""
    from foveal import CNNClassifier, open_images

    pictures = open_images(draw(folder, 3000, (64, 64), "png", 3000))
    X, settings = np.array(pictures[:]), {**SMALL, "n_epochs": EPOCHS}
    found = in_turn({
        "array": lambda: CNNClassifier(**settings, layout="NHWC").fit(X, pictures.y),
        "store": lambda: CNNClassifier(**settings).fit(pictures, pictures.y),
    })  # fmt: skip
    clock, used = (a / b for a, b in zip(found["array"], found["store"], strict=True))
    print(f"the store's speed is {clock:.2f} of the array's, {used:.2f} by the processor's seconds")


def ahead(folder: Path) -> None:
    """Decode alone, train alone, and train on what a worker decodes meanwhile."""
    import torch

    from foveal import CNNClassifier, open_images
    from foveal.data.images.cache import kept
    from foveal.data.store import Streamed

    kept.available_memory = lambda device: 0  # type: ignore[assignment]  # so that the pictures are kept nowhere
    pictures = open_images(draw(folder, 400, (375, 500), "jpeg", 400), size=128, cache=False)
    X, settings = pictures[:], {**SMALL, "in_channels_list": (None, 16), "n_epochs": EPOCHS, "batch_size": 32}

    def decode() -> None:
        alone = Streamed(pictures, torch.float32, torch.device("cpu"), workers=1)
        for _ in range(EPOCHS):
            list(alone.gathered(torch.arange(len(X)).split(32)))

    found = in_turn({
        "decoding": decode,
        "training": lambda: CNNClassifier(**settings, layout="NHWC").fit(X, pictures.y),
        "both": lambda: CNNClassifier(**settings, workers=1).fit(pictures, pictures.y),
    })  # fmt: skip
    (decoding, d), (training, t), (both, b) = found.values()
    print(f"{max(decoding, training) / both:.2f} of the slower one's speed; both take {b / (d + t):.2f} times the "
          "processor's seconds of each alone")  # fmt: skip


def waits(folder: Path) -> None:
    """Do the same with waits in place of work, which no other process takes: what the way of reading ahead costs."""
    import torch

    from foveal import CNNClassifier
    from foveal.data.rows import Rows
    from foveal.data.store import Streamed

    class Waiting(Rows):
        wait = 0.0

        def read(self, rows: Any) -> Any:
            time.sleep(self.wait if len(rows) == 8 else 0)
            return super().read(rows)

    X, y, settings = np.zeros((320, 48, 48, 3), np.uint8), np.arange(320) % 2, {**SMALL, "n_epochs": 1, "batch_size": 8}
    X[::2] = 200

    def trained(workers: int, wait: float) -> float:
        def step(x: Any, rng: Any) -> Any:
            time.sleep(0.2)
            return x

        Waiting.wait, source = wait, Waiting(X)
        source.in_memory = False
        history = CNNClassifier(**settings, augment=step, workers=workers).fit(source, y).history_
        return float(history["seconds"][-1])

    for workers, wait in ((1, 0.2), (2, 0.4), (1, 0.1), (2, 0.2)):
        Waiting.wait, clock = wait, time.monotonic()
        list(Streamed(Waiting(X), torch.float32, torch.device("cpu"), workers).gathered(torch.arange(320).split(8)))
        alone = time.monotonic() - clock, trained(workers, 0.0)
        both = trained(workers, wait)
        print(f"{workers} workers that wait {wait} s: {max(alone) / both:.2f} of the slower one's speed", flush=True)


def main(folder: str, part: str) -> None:
    """Measure one part."""
    os.environ["FOVEAL_CACHE"] = str(Path(folder, "cache"))
    {"scan": scan, "store": store, "ahead": ahead, "waits": waits}[part](Path(folder, part))


if __name__ == "__main__":
    main(*sys.argv[1:3])
