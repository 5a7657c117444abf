"""GIMP's messages translated: chrF, BLEU and exact match beside the baselines, by seeds, splits and similarity.

    python -m benchmarks.gimp [LANGUAGE[-templates]] [SEED,SEED ...] [EPOCHS]

Nothing is chosen here: settings are the estimator's defaults. One line of JSON a seed.
"""

import json
import sys
from itertools import pairwise
from time import perf_counter, process_time
from typing import Any

import numpy as np

from foveal import Translator
from foveal.compare.translation_baselines import as_json, compare_translations
from foveal.data.translation_sets import gimp_set, similarity
from foveal.tasks.translation_scores import measures_of

BANDS = (0.0, 0.5, 0.7, 0.85, 1.01)


def measured(language: str, split: Any, seed: int, epochs: int | None) -> dict[str, Any]:
    """Train, translate the test part greedily and by five beams, and measure."""
    data = gimp_set(language, split)
    X, y, new, right = (list(part) for part in (data.X_train, data.y_train, data.X_test, data.y_test))
    own, wall = process_time(), perf_counter()
    model = Translator(random_state=seed, **({} if epochs is None else {"n_epochs": epochs})).fit(X, y)
    seconds = {"cpu": process_time() - own, "wall": perf_counter() - wall}
    found = {beam: model.predict(new, beam=beam) for beam in (1, 5)}
    near, bands = similarity(new, X), {}
    for low, high in pairwise(BANDS):
        rows = np.flatnonzero((near >= low) & (near < high))
        if len(rows):
            its = measures_of([found[5][row] for row in rows], [right[row] for row in rows])
            bands[f"{low:g} to {min(high, 1):g}"] = {"rows": len(rows), **its}
    beside = as_json(*compare_translations((X, y), new, right, found[5]))
    return {"language": language, "split": split, "seed": seed, **seconds, "epochs": model.n_epochs_,
            "greedy": measures_of(found[1], right), "bands": bands, **beside}  # fmt: skip


def main(name: str = "de", seeds: str = "0,1,2", epochs: str = "") -> None:
    """Measure some seeds of one language and split."""
    language, _, templates = name.partition("-")
    for seed in map(int, seeds.split(",")):
        split = "templates" if templates else "random"
        print(json.dumps(measured(language, split, seed, int(epochs) if epochs else None)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
