"""Fit every case, several fits in one process, and leave weights and history: `agree.py FOLDER CASE...`."""

import os
import sys
from pathlib import Path

import numpy as np
from tests.distributed.cases import fitted, weights

TIMES = ("seconds", "images_per_second")

if __name__ == "__main__":
    found = {}
    for case in sys.argv[2:]:
        model = fitted(case)
        found[case] = weights(model)
        found[f"{case} history"] = np.array([column for name, column in model.history_.items() if name not in TIMES])
        Path(sys.argv[1], f"{case} done").touch()  # a sign of life
        found[f"{case} times"] = np.array([model.history_[name] for name in TIMES])
    np.savez(f"{sys.argv[1]}/{os.environ.get('WORLD_SIZE', 1)}-{os.environ.get('RANK', 0)}.npz", **found)
