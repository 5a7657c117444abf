"""Names with numbers as text: read, never evaluated."""

import pytest

from foveal.core.calls import calls_one_of, read_call


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rotate", ("rotate", [], {})),
        ("rotate()", ("rotate", [], {})),
        (" rotate( 15 ) ", ("rotate", [15], {})),
        ("a(1, .5, b=-2e-3)", ("a", [1, 0.5], {"b": -0.002})),
        ("a(b=1)", ("a", [], {"b": 1})),
    ],
)
def test_what_is_a_call(text, found):
    assert read_call(text) == found
    assert calls_one_of(text, ["rotate", "a"])


def test_words_where_they_are_asked_for():
    assert read_call("a(b=c, d=2)", words=True) == ("a", [], {"b": "c", "d": 2})
    assert read_call("a(b=c)") is None
    for text in ("a(c)", "a(b=c.d)", "a(b='c')", "a(b=c())", "a(b=c, b=d)", "a(b=C)"):
        assert read_call(text, words=True) is None


@pytest.mark.parametrize(
    "text",
    ["", "a b", "a(", "a(1", "a(1))", "a(b())", "a(b=1, 2)", "a(b=1, b=2)", "a(print)", "a('1')", "a(nan)", "a(inf)",
     "os.system", "a;b", "a(1,)", "a(1__0)"],
)  # fmt: skip
def test_what_is_none(text):
    assert read_call(text) is None
    assert not calls_one_of(text, ["a"])
