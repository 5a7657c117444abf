"""Draw the strip of docs/clips.md: the model of that page is asked about a ball that turns round twice.

Run it after a change of the page or of the strip: python docs/make_clips.py
"""

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import av
import numpy as np

from foveal.cli.main import run

DOCS = Path(__file__).parent
STRIP = DOCS.resolve() / "drawings" / "strip.png"
SECONDS, RATE, SPEED, TURNS = 16, 25, 3, (5, 11)


def film(path: Path) -> None:
    """Film a ball that goes right, from the first turn on left, and from the second on right again."""
    floor = np.random.default_rng(3).integers(40, 120, (12, 16, 3)).repeat(4, axis=0).repeat(4, axis=1)
    down, across = np.mgrid[:48, :64]
    place = 5
    with av.open(path, "w") as file:
        stream = file.add_stream("libx264", RATE, width=64, height=48, pix_fmt="yuv420p")
        for time in range(SECONDS * RATE):
            place += SPEED if sum(time >= turn * RATE for turn in TURNS) % 2 == 0 else -SPEED
            ball = (down - 24) ** 2 + ((across - place + 32) % 64 - 32) ** 2 < 50
            pixels = np.where(ball[..., None], (240, 200, 60), floor).astype(np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        file.mux(stream.encode())


def main() -> None:
    """Run the page's Python up to the model that it saves, and let the command line draw."""
    page, names = (DOCS / "clips.md").read_text("utf-8"), dict[str, Any]()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
            exec(block, names)  # noqa: S102  (our own page)
            if "model.save(" in block:
                break
        film(Path("ball.mp4"))
        assert run(["predict", "model.safetensors", "ball.mp4", "--strip", str(STRIP)]) == 0  # noqa: S101
        os.chdir(DOCS)


if __name__ == "__main__":
    main()
