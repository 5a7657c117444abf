"""Predicting needs bounded memory."""

import subprocess
import sys

import pytest

PREDICT = """
import resource
import numpy as np
from foveal import CNNClassifier
rng = np.random.default_rng(0)
X = rng.integers(0, 256, size=(10_000, 28, 28), dtype=np.uint8)
model = CNNClassifier(n_epochs=1, random_state=0).fit(X[:200], np.arange(200) % 10)
assert model.predict_proba(X).shape == (10_000, 10)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ru_maxrss is in kilobytes on Linux only")
def test_ten_thousand_images_are_predicted_in_under_1500_mb():
    done = subprocess.run([sys.executable, "-c", PREDICT], capture_output=True, text=True, check=True)
    megabytes = int(done.stdout) / 1024
    print(f"peak resident: {megabytes:.0f} MB")
    assert megabytes < 1500
