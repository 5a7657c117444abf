"""What trained weights give where there are few pictures: EfficientNet-Lite0 and emoji in their nine categories.

python -m benchmarks.transfer --emoji FOLDER [--only WAY ...] [--seeds 5]   # FOLDER: npm emoji-datasource-google 16.0.0
python -m benchmarks.transfer --emoji FOLDER --choose                       # the same on held-out rows of training
python -m benchmarks.transfer --samples FOLDER [--reference FOLDER]         # the weights themselves, a minute

A fifth of the emoji is the test part, the same for every way and seed, and chooses nothing: --choose judges by a fifth
of the rest, where the small stem, which keeps pictures of 64 pixels whole, had 0.761 with the head and the full one
0.748 (0.751 fine-tuned). Beside each way stand extremely randomised trees on the pixels. A seed takes half a minute of
a core with the head, three minutes with "auto", nine fine-tuned or from scratch.

--samples is the unpacked wheel of foolbox 3.3.4, which has 20 pictures of ImageNet with the numbers of their classes,
and --reference that of efficientnet-lite-pytorch 0.1.0, whose last features are compared.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import train_test_split

from benchmarks.imbalance import interval
from benchmarks.open_division.small_sets import emoji
from foveal import CNNClassifier
from foveal.core.recipes import recipe_values
from foveal.fitted.imagenet import NET, imagenet_file
from foveal.models.landmarks.efficientnet_lite import efficientnet_lite0

Part = tuple[np.ndarray, np.ndarray]
LITE: dict[str, Any] = {"net": NET, "weights": "imagenet", "valid_size": 0}
#: Rows of each class that the ways called "few" learn from.
FEW = 20
HEAD = LITE | {"freeze": True, "n_epochs": 40}
WAYS: Mapping[str, Mapping[str, Any]] = {
    "auto": recipe_values("auto") | {"valid_size": 0},
    "head": HEAD,
    "fine-tuned": LITE | {"freeze": 1, "n_epochs": 5, "layer_decay": 0.8, "batch_size": 32, "augment": "flip"},
    "few, head": HEAD,
    "few, scratch": {"net": NET, "n_epochs": 40, "valid_size": 0},
}


def parts(folder: Path, choose: bool) -> tuple[Part, Part]:
    """Give the rows to learn from and those to judge by; to choose, the latter are of the training part."""
    X, y = emoji(folder)
    for random_state in range(1 + choose):
        X, X_held, y, y_held = train_test_split(X, y, test_size=0.2, stratify=y, random_state=random_state)
    return (X, y), (X_held, y_held)


def few(train: Part, seed: int) -> Part:
    """Draw some rows of each class."""
    rng, (X, y) = np.random.default_rng(seed), train
    rows = [rng.permutation(np.flatnonzero(y == label))[:FEW] for label in np.unique(y)]
    return X[np.concatenate(rows)], y[np.concatenate(rows)]


def measured(way: str, seed: int, train: Part, held: Part) -> tuple[float, float, float]:
    """Give the accuracy of one way, that of the trees on the same rows, and the processor's seconds of the fit."""
    X, y = few(train, seed) if way.startswith("few") else train
    model = CNNClassifier(random_state=seed, **WAYS[way])
    began = time.process_time()
    model.fit(X, y)
    used = time.process_time() - began
    trees = ExtraTreesClassifier(300, random_state=seed).fit(X.reshape(len(X), -1), y)
    return float(model.score(*held)), float(trees.score(held[0].reshape(len(held[0]), -1), held[1])), used


def samples(folder: Path, reference: Path | None) -> None:
    """Tell how many pictures of ImageNet get their class first and among five, and how far the features are apart."""
    from PIL import Image

    files = sorted((folder / "foolbox" / "data").glob("imagenet_*"))
    pixels = [np.asarray(Image.open(file).convert("RGB").resize((224, 224))) for file in files]
    labels = torch.tensor([int(file.stem.split("_")[-1]) for file in files])
    rows = (torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() - 127) / 128
    state = torch.load(imagenet_file(NET), weights_only=True)
    net = efficientnet_lite0((3, 224, 224), 1000)
    net.load_state_dict(state)
    with torch.inference_mode():
        five = net.eval()(rows).topk(5).indices
        hits = five == labels[:, None]
        print(f"{int(hits[:, 0].sum())} of {len(files)} right, {int(hits.sum())} among five")
        if reference is None:
            return
        sys.path.insert(0, str(reference))
        from efficientnet_lite_pytorch import EfficientNet

        other = EfficientNet.from_name("efficientnet-lite0")
        other.load_state_dict(state)
        theirs = other.eval().extract_features(rows)
        mine = net[: [name for name, _ in net.named_children()].index("_avg_pooling")](rows)
        print(f"features {tuple(mine.shape)}: apart by {float((mine - theirs).abs().max()):.1e} at most")


def main() -> None:
    """Print a line for each run: accuracy, the trees', seconds; then the mean of each way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--emoji", type=Path)
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--only", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--choose", action="store_true")
    asked = parser.parse_args()
    if asked.samples is not None:
        samples(asked.samples, asked.reference)
    if asked.emoji is None:
        return
    train, held = parts(asked.emoji, asked.choose)
    print(f"{len(train[1]):,} rows to learn from, {len(held[1])} to judge by", flush=True)
    for way in asked.only:
        found = []
        for seed in range(asked.seeds):
            found.append(measured(way, seed, train, held))
            print("{}, seed {}: {:.4f}, trees {:.4f}, {:.0f} s".format(way, seed, *found[-1]), flush=True)
        if len(found) > 1:
            print("{}: {:.4f} +- {:.4f}".format(way, *interval([accuracy for accuracy, _, _ in found])), flush=True)


if __name__ == "__main__":
    main()
