"""Answers that are texts: some rows beside what is right."""

from typing import Any

import numpy as np

from foveal.report.judged import Judged

#: Rows that are shown, and signs of each text.
SHOWN, SIGNS = 12, 300


def of_texts(judged: Judged) -> dict[str, Any]:
    """Show some rows, drawn with seed 0, with their answers; nothing where answers are no texts."""
    if not judged.fitted.kind.gives_texts:
        return {}
    sources = judged.X.texts() if hasattr(judged.X, "texts") else list(judged.X)
    n_rows = len(judged)
    rows = np.sort(np.random.default_rng(0).permutation(n_rows)[:SHOWN])
    lines = [[str(side[row])[:SIGNS] for side in (sources, judged.truth, judged.predicted)] for row in rows.tolist()]
    return {"examples": {"columns": ["source", "right", "answered"], "rows": lines}}
