import pytest

from foveal.report.card import card, text, write_card


def test_it_says_what_a_user_asks(digits_run, results):
    said = write_card(digits_run).read_text()
    for heading in ("What it is for", "What it was trained on", "How good it is", "Where it fails", "How to use it"):
        assert f"## {heading}" in said
    assert f"**{results['measured']['score']:.3f}**" in said
    assert "1,295 rows of digits" in said
    assert "{" not in said  # no path was left in


def test_names_are_no_markup(results):
    said = card({**results, "source": "a [link](http://x) <b>"})
    assert r"a \[link\](http://x) \<b\>" in said


@pytest.mark.parametrize(("value", "written"), [("a|b", r"a\|b"), ("a\nb", "a b"), ("_x_", r"\_x\_")])
def test_signs_of_markdown(value, written):
    assert text(value) == written
