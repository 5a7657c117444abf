"""Road scenes, synthetic ones: IoU of each class, and frames per second of a video loop at 512 x 256.

python -m benchmarks.road                        # trains in about a minute of one core
python -m benchmarks.road --picture road.png     # four scenes, their masks, and what was found

The scenes are made by formulas (tests/learning/road_scenes.py), 240 to learn from and 60 others to test on, 128 x 64;
nothing here says how a network does on real roads. The frame rate is that of the same network on frames of 512 x 256,
one at a time, uint8 in and labels out, on all cores; median of 30 after 5. On scenes twice as large as those it has
learnt from it finds less: to be used so it has to learn from such.
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from tests.learning.road_scenes import CLASSES, road_scenes

from benchmarks.machine import describe
from foveal import CNNSegmenter
from foveal.fitted.measure import measure

SETTINGS: dict[str, Any] = {
    "net": "unet(depth=3, width=16)", "n_epochs": 12, "batch_size": 8, "learning_rate": 0.003, "valid_size": 0,
    "augment": ["flip", "brightness"], "layout": "NHWC",
}  # fmt: skip
COLOURS = np.array([[110, 140, 60], [90, 90, 90], [240, 240, 240], [120, 170, 240], [220, 50, 40]], np.uint8)


def trained(seed: int = 0, *, scenes: int = 240, height: int = 64, **others: Any) -> CNNSegmenter:
    """Train on scenes that no test shows."""
    X, y = road_scenes(scenes, height, seed=1)
    return CNNSegmenter(**SETTINGS | others, random_state=seed).fit(X, y)


def frames_per_second(model: CNNSegmenter, count: int = 30) -> float:
    """Answer frames of 512 x 256 one after the other, as a video comes."""
    frames, _ = road_scenes(8, 256, seed=3)
    times = []
    for number in range(count + 5):
        began = time.perf_counter()
        model.predict(frames[number % 8][None])
        times.append(time.perf_counter() - began)
    return float(1 / np.median(times[5:]))


def draw(model: CNNSegmenter, to: Path) -> None:
    """Draw scenes of the size that was learnt from, their masks, and what was found, each pixel as four."""
    from PIL import Image

    X, y = road_scenes(4, seed=4)
    rows = [np.concatenate(three, 1) for three in zip(X, COLOURS[y], COLOURS[model.predict(X)], strict=True)]
    Image.fromarray(np.concatenate(rows).repeat(2, 0).repeat(2, 1)).save(to)


def main() -> None:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    began = time.process_time()
    model = trained(asked.seed)
    print(f"trained in {time.process_time() - began:.0f} CPU s")
    X, y = road_scenes(60, seed=2)
    found = measure(model.fitted_, X, y, CLASSES)
    common = np.bincount(y.ravel()).max() / y.size
    scores = ", ".join(f"{name} {value:.3f}" for name, value in found.values.items())
    print(f"synthetic road scenes: {scores} (pixels of the most frequent class: {common:.3f})")
    print(", ".join(f"{c.name} IoU {c.iou:.3f}, Dice {c.dice:.3f}" for c in found.classes))
    rate = frames_per_second(model)
    print(f"{rate:.1f} frames of 512 x 256 a second on {os.cpu_count()} cores, {describe()['processor']}")
    if asked.picture is not None:
        draw(model, asked.picture)


if __name__ == "__main__":
    main()
