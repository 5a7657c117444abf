"""Nuclei: Dice, and how many of them are found, beside Otsu's threshold on the same pixels.

python -m benchmarks.nuclei              # three seeds, the picture and the volume
python -m benchmarks.nuclei --seeds 0 --picture overlay.png

The left half of the picture trains, the right half tests; of the volume the first 28 columns and the rest. Every number
below was chosen on the left half alone, its lower third held out.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from foveal import CNNSegmenter, instances_of, score_instances
from foveal.data.named import load_dataset
from foveal.data.nucleus_sets import nucleus_arrays

AUGMENT = ["crop", "flip", "vertical_flip", "rotate(45)", "scale", "brightness"]
FLAT: dict[str, Any] = {
    "net": "unet(depth=3, width=16)", "patch": 64, "n_epochs": 60, "batch_size": 8, "augment": AUGMENT,
    "learning_rate": 0.003, "valid_size": 0, "layout": "NHW",
}  # fmt: skip
DEEP: dict[str, Any] = {
    "net": "unet(depth=2, width=8)", "patch": (16, 24, 24), "n_epochs": 40, "batch_size": 4, "learning_rate": 0.003,
    "augment": ["crop", "flip", "vertical_flip"], "valid_size": 0, "layout": "NDHW",
}  # fmt: skip
#: Insides of fewer pixels are no nuclei: the smallest of the left half has about 40.
SMALLEST = 10


def otsu(picture: np.ndarray) -> float:
    """Give the threshold that parts the histogram with the least variance within; Otsu 1979."""
    values, counts = np.unique(picture, return_counts=True)
    below, sums = np.cumsum(counts), np.cumsum(counts * values.astype(float))
    above = below[-1] - below
    with np.errstate(invalid="ignore", divide="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(values[np.nanargmax(between)])


def dice(found: np.ndarray, there: np.ndarray) -> float:
    """Give 2 |A and B| / (|A| + |B|)."""
    return float(2 * (found & there).sum() / (found.sum() + there.sum()))


def flat(seed: int, **others: Any) -> dict[str, Any]:
    """Train on the left half, and measure on the right."""
    data = load_dataset("nuclei")
    began = time.process_time()
    model = CNNSegmenter(**FLAT | others, random_state=seed).fit(data.X_train, data.y_train)
    seconds = time.process_time() - began
    assert data.X_test is not None
    classes = model.predict(list(np.asarray(data.X_test)))[0]
    numbers = nucleus_arrays("nuclei", "2d")[1][:, 256:]
    found = instances_of(classes, smallest=SMALLEST)
    scores = score_instances(found, numbers)
    parameters = sum(weight.numel() for weight in model.net_.parameters())
    return {
        "dice": dice(classes > 0, numbers > 0), "f1": scores.f1, "count": (len(np.unique(found)) - 1, scores.truth),
        "cpu_seconds": seconds, "parameters": parameters, "classes": classes, "instances": found,
    }  # fmt: skip


def deep(seed: int, **others: Any) -> dict[str, Any]:
    """Do the same with the volume."""
    data = load_dataset("nuclei-volume")
    began = time.process_time()
    model = CNNSegmenter(**DEEP | others, random_state=seed).fit(data.X_train, data.y_train)
    seconds = time.process_time() - began
    assert data.X_test is not None
    assert data.y_test is not None
    classes = model.predict(list(np.asarray(data.X_test)))[0]
    return {"dice": dice(classes > 0, data.y_test[0] > 0), "cpu_seconds": seconds, "classes": classes}


def baselines() -> dict[str, float]:
    """Give Dice and F1 of Otsu's threshold, taken from the training half, on the test halves."""
    found = {}
    for name in ("nuclei", "nuclei-volume"):
        data = load_dataset(name)
        bright = np.asarray(data.X_test)[0] > otsu(np.asarray(data.X_train))
        assert data.y_test is not None
        found[name] = dice(bright, data.y_test[0] > 0)
        if name == "nuclei":
            found["f1"] = score_instances(
                instances_of(bright, smallest=SMALLEST), nucleus_arrays(name, "2d")[1][:, 256:]
            ).f1
    return found


def main() -> None:
    """Print a line for each seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    otsus = baselines()
    print(f"Otsu: picture Dice {otsus['nuclei']:.3f}, F1 {otsus['f1']:.3f}; volume Dice {otsus['nuclei-volume']:.3f}")
    rows = [(flat(seed), deep(seed)) for seed in asked.seeds]
    for seed, (picture, volume) in zip(asked.seeds, rows, strict=True):
        print(
            f"seed {seed}: Dice {picture['dice']:.3f}, F1 {picture['f1']:.3f}, counted {picture['count'][0]} of "
            f"{picture['count'][1]}, {picture['parameters']:,} parameters, {picture['cpu_seconds']:.0f} CPU s; volume "
            f"Dice {volume['dice']:.3f}, {volume['cpu_seconds']:.0f} CPU s",
            flush=True,
        )
    for name, values in (("Dice", [p["dice"] for p, _ in rows]), ("F1", [p["f1"] for p, _ in rows]),
                         ("volume Dice", [v["dice"] for _, v in rows])):  # fmt: skip
        spread = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
        print(f"{name}: {np.mean(values):.3f}{spread}")


if __name__ == "__main__":
    main()
