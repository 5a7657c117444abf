import numpy as np
from PIL import Image
from tests.unit.data.clips.made import film, scene

from foveal.cli.strip import BESIDE, GAP, HEIGHT, LINE, MOST, WIDTH, draw_strip


def test_pictures_stand_beside_and_below_each_other(tmp_path):
    video = film(tmp_path / "a.mp4", scene(300, 90, 120), gop=100)
    answers = [(second, f"a very long answer for the second {second}") for second in range(12)]
    assert draw_strip(tmp_path / "s.png", str(video), answers) == 12
    pixels = np.asarray(Image.open(tmp_path / "s.png"))
    assert pixels.shape == (2 * (HEIGHT + LINE + GAP) + GAP, BESIDE * (WIDTH + GAP) + GAP, 3)
    first = pixels[GAP : GAP + HEIGHT, GAP : GAP + WIDTH].astype(int)
    assert np.abs(first - scene(1, 90, 120)[0]).mean() < 3


def test_of_a_long_video_some_are_shown(tmp_path):
    video = film(tmp_path / "a.mp4", scene(30))
    assert draw_strip(tmp_path / "s.png", str(video), [(i, "x") for i in range(100)]) == MOST
