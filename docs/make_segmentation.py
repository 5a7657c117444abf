"""Draw the picture of docs/segmentation.md: the model of that page on the half of the picture that tests.

Run it after a change of the page: python docs/make_segmentation.py
"""

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from foveal.cli.main import run

DOCS = Path(__file__).parent
DRAWING = DOCS.resolve() / "drawings" / "nuclei.png"


def main() -> None:
    """Run the page's Python up to the model, save that, and let the command line answer."""
    page, names = (DOCS / "segmentation.md").read_text("utf-8"), dict[str, Any]()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
            exec(block, names)  # noqa: S102  (our own page)
            if "model.fit(" in block:
                break
        names["model"].save("model.safetensors")
        options = ["--out", "found", "--overlay", "--instances"]
        assert run(["predict", "model.safetensors", "nuclei/images/test", *options]) == 0  # noqa: S101
        draw(Path("nuclei/images/test/1.png"), Path("found/1_overlay.jpg"), Path("found/1_instances.png"))
        os.chdir(DOCS)


def draw(picture: Path, overlay: Path, instances: Path) -> None:
    """Put the three beside each other, the picture between its 1st and 99th percentile."""
    values, numbers = np.asarray(Image.open(picture)).astype(float), np.asarray(Image.open(instances))
    low, high = np.percentile(values, [1, 99])
    grey = (np.clip((values - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    colours = np.random.default_rng(1).integers(70, 256, (int(numbers.max()) + 1, 3), np.uint8)
    colours[0] = 0
    parts = [np.repeat(grey[..., None], 3, axis=2), np.asarray(Image.open(overlay)), colours[numbers]]
    gap = np.full((len(grey), 6, 3), 255, np.uint8)
    Image.fromarray(np.hstack([parts[0], gap, parts[1], gap, parts[2]])).save(DRAWING, optimize=True)


if __name__ == "__main__":
    main()
