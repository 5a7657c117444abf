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


@pytest.mark.parametrize(
    "text",
    ["", "a b", "a(", "a(1", "a(1))", "a(b())", "a(b=1, 2)", "a(b=1, b=2)", "a(print)", "a('1')", "a(nan)", "a(inf)",
     "os.system", "a;b", "a(1,)", "a(1__0)"],
)  # fmt: skip
def test_what_is_none(text):
    assert read_call(text) is None
    assert not calls_one_of(text, ["a"])
