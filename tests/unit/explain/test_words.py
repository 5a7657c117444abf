import numpy as np
import pytest

from foveal.core.errors import ShapeError
from foveal.explain.figures import png_bytes
from foveal.explain.words import words_figure, words_html


def test_words_for_and_against_have_their_own_colours_and_html_is_escaped():
    text = words_html(["fine", "<script>", "bad"], [1.0, 0.0, -0.5], "a & b")
    assert "<h3>a &amp; b</h3>" in text
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
    assert "rgba(178,24,43,0.60)" in text
    assert "rgba(33,102,172,0.30)" in text


def test_no_words_and_equal_ones_are_written():
    assert words_html([], []) == '<p class="foveal-words"></p>'
    assert words_html(["a"], [0.0]) == '<p class="foveal-words">a</p>'


def test_long_texts_have_several_lines():
    words = ["word"] * 100
    figure = words_figure(words, np.linspace(-1, 1, 100), "title $")
    heights = {round(text.get_position()[1], 3) for text in figure.texts}
    assert len(heights) == 8  # the title among them
    assert all(0 < height < 1 for height in heights)
    assert png_bytes(figure, dpi=30).startswith(b"\x89PNG")


def test_a_map_of_another_length_is_told():
    with pytest.raises(ShapeError, match="a value for each of the 2 words"):
        words_html(["a", "b"], [1.0])
