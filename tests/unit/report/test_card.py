import shutil

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


def test_what_its_owner_wrote_is_kept(digits_run, tmp_path):
    shutil.copy(digits_run / "results.json", tmp_path)
    path = write_card(tmp_path)
    first = path.read_text()
    assert write_card(tmp_path).read_text() == first
    assert [one.name for one in tmp_path.glob("*.md")] == ["model_card.md"]  # nobody had changed it
    for name in ("model_card.old.md", "model_card.old2.md"):
        path.write_text(first.replace("*For its owner", f"For cats. {name} *For its owner"))
        assert write_card(tmp_path).read_text() == first
        assert f"For cats. {name}" in (tmp_path / name).read_text()


def test_a_class_called_like_a_figure_is_no_figure(results):
    lines = [{**line, "name": "{parameters}"} for line in results["per_class"]]
    named = {**results, "per_class": lines, "findings": [{"about": "x", "says": "Of {per_class.0.name}.", "do": ""}]}
    assert r"Of \{parameters\}." in card(named)
