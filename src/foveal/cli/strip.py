"""A strip of pictures of a video, one a second, with a line of text below each."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from foveal.core.files import write_atomically
from foveal.data.clips.given import clips_to_predict
from foveal.data.clips.rule import make_clip_rule
from foveal.data.images.reading.rule import make_rule

#: Sides of a picture, the line below it, the gap, and pictures beside each other and in all.
HEIGHT, WIDTH, LINE, GAP = 90, 120, 30, 4
BESIDE, MOST = 8, 40


def draw_strip(out: Path, video: str, answers: Sequence[tuple[int, str]]) -> int:
    """Draw the frames of some seconds, at most `MOST` in even distances, with their answers, into a PNG file.

    `answers` are seconds and texts. Gives the number of pictures.
    """
    from PIL import Image, ImageDraw, ImageFont

    some = answers if len(answers) <= MOST else [answers[int(i)] for i in np.linspace(0, len(answers) - 1, MOST)]
    rule = make_clip_rule(make_rule((HEIGHT, WIDTH), background="black"), 1, 1, 1, rate=1.0)
    frames = clips_to_predict([video], rule)
    beside, lines = min(BESIDE, len(some)), -(-len(some) // BESIDE)
    size = (beside * (WIDTH + GAP) + GAP, lines * (HEIGHT + LINE + GAP) + GAP)
    page = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(11)
    for place, (second, text) in enumerate(some):
        left = GAP + place % BESIDE * (WIDTH + GAP)
        top = GAP + place // BESIDE * (HEIGHT + LINE + GAP)
        frame = np.asarray(frames[min(second, len(frames) - 1)])[0]
        page.paste(Image.fromarray(frame), (left, top))
        pen.text((left, top + HEIGHT + 1), f"{second // 60}:{second % 60:02d}", "grey", font)
        pen.text((left, top + HEIGHT + 14), _fitting(text, font, WIDTH), "black", font)
    content = io.BytesIO()
    page.save(content, "PNG")
    write_atomically(out, content.getvalue())
    return len(some)


def _fitting(text: str, font: object, width: int) -> str:
    """Cut a text that is wider than a picture."""
    length = font.getlength  # type: ignore[attr-defined]
    if length(text) <= width:
        return text
    while text and length(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
