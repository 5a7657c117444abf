from functools import partial

import pytest

from foveal.compare import baselines
from foveal.compare.intervals import bootstrapped

#: Trees and draws of tests that are about something else.
TREES, DRAWS = 10, 200


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Grow a tenth of the trees, and draw a fifth of the rows."""
    for name in ("FOR_CLASSES", "FOR_LABELS", "FOR_VALUES"):
        table = getattr(baselines, name)
        grown = baselines.extra_trees, partial(baselines.extra_trees, trees=TREES)
        fewer = [(what, grown[1] if function is grown[0] else function, learns) for what, function, learns in table]
        monkeypatch.setattr(baselines, name, fewer)
    monkeypatch.setattr("foveal.compare.beside.bootstrapped", partial(bootstrapped, draws=DRAWS))
