"""Small volumes with masks in NIfTI files: a bright ball in each, stored with its first axis to either side."""

import numpy as np

from foveal import open_volumes
from foveal.data.images.progress import Progress

from .made import nifti


def scene(seed, shape=(12, 10, 8)):
    """Give a volume and its mask."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
    middle = [rng.uniform(4, n - 4) for n in shape]
    ball = (((grid - middle) * (1, 1, 1.5)) ** 2).sum(-1) < 9
    return (np.where(ball, 80, -80) + rng.normal(0, 20, shape)).astype(np.int16), ball.astype(np.uint8)


def affine(seed):
    """Give the matrix of a file, whose first axis grows to the left for odd seeds."""
    return np.diag([-1.0 if seed % 2 else 1.0, 1, 2, 1])


def folders(root, rows=6, *, parts=("train", "test"), shape=(12, 10, 8), **fields):
    """Write scans/PART/N.nii.gz and masks/PART/N.nii.gz, and give root; `fields` are those of the headers."""
    for number, part in enumerate(parts):
        for i in range(rows):
            volume, mask = scene(100 * number + i, shape)
            nifti(root / "scans" / part / f"{i}.nii.gz", volume, affine(i), **fields)
            nifti(root / "masks" / part / f"{i}.nii.gz", mask, affine(i), **fields)
    return root


def opened(root, **how):
    """Open them, and give what was said."""
    said = []
    rows = open_volumes(root / "scans", masks=root / "masks", **how, progress=Progress(said.append, lambda *_: None))
    return rows, said
