"""How much what a network says of Fashion-MNIST changes where pictures are shifted, turned, blurred ...

python -m benchmarks.invariance             # five networks, some minutes; prints a table and writes the figures
python -m benchmarks.invariance --plot      # the picture of what is there, docs/figures/invariance.svg

All are trained alike: 60,000 rows, 3 epochs, batches of 128, Muon with a peak rate of 0.02, seed 0, the last epoch's
weights. Measured on 2,000 of the 10,000 test rows, drawn with seed 0, which nothing was chosen by.

stride        convolutions with stride 2, no pooling
max           the plain stack: stride 1, then the maximum of 2 x 2
mean          the plain stack with the mean of 2 x 2
global mean   two such blocks of 64 and 128 maps, and a mean over all places in place of dense layers
shifts seen   the plain stack, whose training pictures are shifted by up to 2 pixels
"""

import argparse
import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

from torch import nn

from foveal import CNNClassifier
from foveal.compare.invariance import measure_invariance
from foveal.data.named import load_dataset

ROOT = Path(__file__).parents[1]
FILE = Path(__file__).parent / "results" / "invariance-fashion-mnist.json"
PICTURE = ROOT / "docs" / "figures" / "invariance.svg"
PROTOCOL: dict[str, Any] = {
    "n_epochs": 3, "batch_size": 128, "optimizer": "muon", "learning_rate": 0.02, "valid_size": 0, "layout": "NHW",
    "random_state": 0,
}  # fmt: skip
DRAWN = ("shift", "rotation", "blur", "occlusion")


def global_mean(input_shape: tuple[int, ...], outputs: int) -> nn.Module:
    """Two blocks, and a mean over all places."""
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    channels = input_shape[0]
    for i, width in enumerate((64, 128), start=1):
        parts[f"conv{i}"] = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        parts[f"norm{i}"], parts[f"relu{i}"], parts[f"pool{i}"] = nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)
        channels = width
    return nn.Sequential(parts | {"mean": nn.AdaptiveAvgPool2d(1), "flat": nn.Flatten(), "fc": nn.Linear(128, outputs)})


NETS: dict[str, dict[str, Any]] = {
    "stride": {"stride": 2, "do_pooling": False},
    "max": {},
    "mean": {"pool_mode": "avg"},
    "global mean": {"net": global_mean},
    "shifts seen": {"augment": ["shift"]},
}


def measured() -> dict[str, Any]:
    """Train and measure all."""
    data, found = load_dataset("fashion-mnist"), {}
    for name, others in NETS.items():
        model = CNNClassifier(**PROTOCOL | others).fit(data.X_train, data.y_train)
        found[name] = measure_invariance(model.fitted_, data.X_test, data.y_test).as_dict()
        print(name, f"{found[name]['score']:.4f}", flush=True)
    return found


def table(found: dict[str, Any]) -> str:
    """Give a line a change, the mean score over its amounts for each network."""
    nets = list(found)
    lines = [f"| change | {' | '.join(nets)} |", f"| --- |{' ---: |' * len(nets)}"]
    lines.append(f"| none | {' | '.join(format(found[net]['score'], '.3f') for net in nets)} |")
    for place, curve in enumerate(found[nets[0]]["curves"]):
        first, last = curve["amounts"][0], curve["amounts"][-1]
        own = [found[net]["curves"][place] for net in nets]
        told = (f"{c['area']:.3f} ({c['area_interval'][0]:.3f}-{c['area_interval'][1]:.3f})" for c in own)
        lines.append(f"| {curve['name']}, {first:g} to {last:g} {curve['unit']} | {' | '.join(told)} |")
    return "\n".join(lines)


def plot(found: dict[str, Any], to: Path) -> None:
    """Draw the curves of some changes, a line for each network."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "foveal"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(9, 6.4), sharey=True)
    for panel, name in zip(axes.flat, DRAWN, strict=True):
        for net, result in found.items():
            curve = next(curve for curve in result["curves"] if curve["name"] == name)
            panel.plot(curve["amounts"], [100 * score for score in curve["scores"]], label=net, marker=".", lw=1.2)
        panel.set(title=name, xlabel=curve["unit"])
        panel.grid(alpha=0.3)
    for panel in axes[:, 0]:
        panel.set_ylabel("accuracy, %")
    axes[0, 0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(to, metadata={"Date": None})


def main() -> None:
    """Measure, or draw what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", action="store_true")
    if not parser.parse_args().plot:
        FILE.write_text(json.dumps(measured(), indent=1) + "\n")
    found = json.loads(FILE.read_text())
    print(table(found))
    plot(found, PICTURE)


if __name__ == "__main__":
    main()
