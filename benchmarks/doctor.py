"""What `foveal doctor` finds of what was planted, and what a large folder costs.

python -m benchmarks.doctor [--emoji FOLDER] [--only exact near labels leaks scale] [--files 100000]

FOLDER is the unpacked npm package emoji-datasource-google 16.0.0; without it the emoji are left out. The thresholds of
near duplicates were chosen on such emoji, tiles of photographs and Fashion-MNIST, with another seed; the rule for
labels on digits and Fashion-MNIST, with other seeds and rows.
"""

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from foveal.data.images.progress import SILENT
from foveal.data.named import load_dataset
from foveal.doctor.arrays import subject_of_arrays
from foveal.doctor.diagnose import examine, open_subject
from foveal.doctor.duplicates import duplicates
from foveal.doctor.labels import find_suspects
from foveal.doctor.near import near_pairs

#: Copies: saved as JPEG, resized, cropped to 95 % of both sides anywhere, and by 5 % of a side at each edge.
HOW = ("jpeg 75", "jpeg 50", "size 0.5", "size 0.75", "size 1.5", "crop", "edges")
COPIES, SEEDS = 300, range(100, 105)
#: Flags of territories that are those of their countries: the same pictures already.
SAME = ("flag-bv", "flag-sj", "flag-cp", "flag-mf", "flag-um", "flag-hm", "flag-ea", "flag-dg")


def emoji(folder: Path) -> list[Any]:
    """Give the emoji without skin tones on white, 64x64."""
    from PIL import Image

    found = []
    for entry in json.loads((folder / "emoji.json").read_text("utf-8")):
        file = folder / "img/google/64" / entry["image"]
        if entry["category"] != "Component" and entry["short_name"] not in SAME and file.exists():
            drawn = Image.open(file).convert("RGBA")
            found.append(Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("RGB"))
    return found


def fashion(first: int = 45_000, count: int = 2000) -> list[Any]:
    """Give pictures of Fashion-MNIST, 28x28."""
    from PIL import Image

    return [Image.fromarray(x) for x in load_dataset("fashion-mnist").X_train[first : first + count]]


def tiles(side: int = 64) -> list[Any]:
    """Cut scikit-learn's two photographs into tiles that do not overlap."""
    from PIL import Image
    from sklearn.datasets import load_sample_images

    found = []
    for photo in load_sample_images().images:
        for top in range(0, photo.shape[0] - side + 1, side):
            lefts = range(0, photo.shape[1] - side + 1, side)
            found += [Image.fromarray(photo[top : top + side, left : left + side]) for left in lefts]
    return found


def planted(picture: Any, how: str, rng: np.random.Generator) -> tuple[bytes, str]:
    """Give a near duplicate as the bytes of a file, and its ending."""
    from PIL import Image

    kind, _, amount = how.partition(" ")
    width, height = picture.size
    if kind == "size":
        picture = picture.resize(
            (round(width * float(amount)), round(height * float(amount))), Image.Resampling.BICUBIC
        )
    elif kind == "crop":
        w, h = round(width * 0.95), round(height * 0.95)
        x, y = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
        picture = picture.crop((x, y, x + w, y + h))
    elif kind == "edges":
        x, y = round(width * 0.05), round(height * 0.05)
        picture = picture.crop((x, y, width - x, height - y))
    content = io.BytesIO()
    if kind == "jpeg":
        picture.save(content, "JPEG", quality=int(amount))
        return content.getvalue(), "jpg"
    picture.save(content, "PNG")
    return content.getvalue(), "png"


def near(name: str, base: list[Any], folder: Path) -> None:
    """Plant near duplicates and print the share found of each kind, and the false pairs."""
    rng = np.random.default_rng(21)
    (folder / "c").mkdir(parents=True)
    for number, picture in enumerate(base):
        picture.save(folder / "c" / f"{number:05}.png")
    chosen = rng.choice(len(base), min(COPIES, len(base)), replace=False)
    for how in HOW:
        for number in chosen.tolist():
            content, ending = planted(base[number], how, rng)
            (folder / "c" / f"{number:05}_{how.replace(' ', '')}.{ending}").write_bytes(content)
    subject, _ = open_subject(str(folder), {"cache": False}, SILENT)
    began = time.monotonic()
    rows = np.sort(np.unique(subject.traits.digests, axis=0, return_index=True)[1])
    pairs, _ = near_pairs(subject.traits, rows)
    seconds = time.monotonic() - began
    of = [int(Path(file).stem[:5]) for file in subject.names]
    found = {(a, b) for a, b in pairs.tolist()}
    false = [(a, b) for a, b in found if of[a] != of[b]]
    place = {file: row for row, file in enumerate(subject.names)}
    alone = set(rows.tolist())
    print(f"{name}: {len(subject):,} files, {seconds:.0f} s; {len(found):,} pairs, {len(false)} of different pictures "
          f"({len(false) / max(1, len(found)):.2%})")  # fmt: skip
    for how in HOW:
        ending = "jpg" if how.startswith("jpeg") else "png"
        asked = [(place[f"c/{n:05}.png"], place[f"c/{n:05}_{how.replace(' ', '')}.{ending}"]) for n in chosen.tolist()]
        asked = [tuple(sorted(pair)) for pair in asked if alone.issuperset(pair)]  # the others are exact duplicates
        share = np.mean([pair in found for pair in asked]) if asked else float("nan")
        print(f"  {how:<9} {share:.1%} of {len(asked)}")
    apart = sorted({tuple(sorted((of[a], of[b]))) for a, b in false})
    print(f"  different pictures that look the same: {len(apart)}: {apart[:12]}")


def exact(name: str, base: list[Any], folder: Path) -> None:
    """Plant copies of files, and the same pixels in other files, within a part and across."""
    rng = np.random.default_rng(2)
    for number, picture in enumerate(base):
        path = folder / "train" / f"c{number % 3}" / f"{number:05}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)
    chosen = rng.choice(len(base), min(COPIES, len(base)), replace=False)
    wanted = set()
    for place, number in enumerate(chosen.tolist()):
        part, ending = ("train", "test")[place % 2], ("png", "bmp", "webp")[place % 3]
        path = folder / part / f"c{number % 3}" / f"{number:05}_copy.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        own = folder / "train" / f"c{number % 3}" / f"{number:05}.png"
        if ending == "png":
            path.write_bytes(own.read_bytes())
        else:
            base[number].save(path, **({"lossless": True} if ending == "webp" else {}))
        wanted.add((own.relative_to(folder).as_posix(), path.relative_to(folder).as_posix()))
    subject, _ = open_subject(str(folder), {"cache": False}, SILENT)
    found = [
        f for f in duplicates(subject, SILENT) if f.check in ("exact-duplicates", "exact-duplicates-across-splits")
    ]
    groups = [{*map(subject.name, group)} for finding in found for group in finding.groups]
    share = np.mean([any({*pair} <= group for group in groups) for pair in wanted])
    print(f"{name}: exact duplicates {share:.1%} of {len(wanted)} (copied, as BMP, as WebP; half across the split)")
    for finding in found:
        print(f"  {finding.severity}: {finding.what}")


def labels(name: str, X: Any, y: Any, share: float) -> None:
    """Flip labels and print how many are found, and how many good ones are told too."""
    from foveal.data.dataset import Dataset

    told = []
    for seed in SEEDS:
        rng, flipped, classes = np.random.default_rng(seed), np.array(y), len(np.unique(y))
        chosen = rng.choice(len(y), round(share * len(y)), replace=False)
        flipped[chosen] = (flipped[chosen] + rng.integers(1, classes, len(chosen))) % classes
        subject = subject_of_arrays(name, Dataset(name, X, flipped), None, SILENT)
        began = time.monotonic()
        suspects = find_suspects(subject, subject.good())[0].rows
        hit = np.isin(chosen, suspects).mean() if len(chosen) else float("nan")
        told.append((hit, (~np.isin(suspects, chosen)).sum() / (len(y) - len(chosen)), time.monotonic() - began))
    hits, alarms, seconds = np.array(told).T
    print(f"{name}, {len(y):,} rows, {share:.0%} flipped, {len(told)} seeds: found {hits.mean():.1%} (least "
          f"{hits.min():.1%}), false alarms {alarms.mean():.2%} of the good rows (most {alarms.max():.2%}), "
          f"{seconds.mean():.0f} s")  # fmt: skip


def leaks(base: list[Any], folder: Path) -> None:
    """Plant a group and a picture on both sides of a split, and print what is said of them."""
    folder.mkdir(parents=True)
    lines = ["path,label,split,group"]
    for number, picture in enumerate(base[:200]):
        picture.save(folder / f"{number}.png")
        group = number // 10
        part = "test" if group >= 15 else "train"
        part = "test" if number == 43 else part  # one row of group 4
        lines.append(f"{number}.png,c{number % 2},{part},g{group}")
    base[20].save(folder / "again.png")
    lines.append("again.png,c0,test,g19")
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    subject, found = open_subject(str(folder / "table.csv"), {"cache": False}, SILENT)
    for finding in examine(subject, found, SILENT, learn=False).worst_first():
        if finding.check in ("group-leak", "exact-duplicates-across-splits"):
            print(f"{finding.severity}: {finding.what}: {', '.join(map(subject.name, finding.groups[0][:2]))}")


def scale(files: int, folder: Path) -> None:
    """Examine many small files in a process of its own, and print its time and its peak memory."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for number in range(files):
        path = folder / f"class{number % 10}" / f"{number:06}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        if number % 1000 != 999:
            coarse.resize((32, 32), Image.Resampling.BICUBIC).save(last := path)
        else:
            path.write_bytes(last.read_bytes())
    began = time.monotonic()
    command = [sys.executable, "-m", "foveal", "doctor", str(folder), "--json", "--read", "cache=False"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
    found = json.loads(done.stdout)
    print(f"{files:,} files: {time.monotonic() - began:.0f} s, peak memory {peak:,.0f} MB; "
          f"{[(f['check'], f['rows']) for f in found['findings']]}")  # fmt: skip


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emoji", type=Path)
    parser.add_argument("--only", nargs="+", default=["exact", "near", "labels", "leaks", "scale"])
    parser.add_argument("--files", type=int, default=100_000)
    asked = parser.parse_args()
    sets: dict[str, Callable[[], list[Any]]] = {"photographs": tiles, "Fashion-MNIST": fashion}
    if asked.emoji is not None:
        sets = {"emoji": lambda: emoji(asked.emoji), **sets}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for part, measure in (("exact", exact), ("near", near)):
            for name, made in sets.items() if part in asked.only else ():
                measure(name, made(), root / part / name)
        if "labels" in asked.only:
            digits = load_dataset("digits")
            X, y = np.concatenate([digits.X_train, digits.X_test]), np.concatenate([digits.y_train, digits.y_test])
            for share in (0.03, 0.0):
                labels("digits", X, y, share)
            data = load_dataset("fashion-mnist")
            labels("Fashion-MNIST", data.X_train[20_000:22_000], data.y_train[20_000:22_000], 0.03)
        if "leaks" in asked.only:
            leaks(tiles(), root / "leaks")
        if "scale" in asked.only:
            scale(asked.files, root / "scale")


if __name__ == "__main__":
    main()
