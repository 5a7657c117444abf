"""Parts that a translation takes over: hidden, found in the target, put back."""

import pytest

from foveal.data.text.copies import MOST, PLACEHOLDERS, hidden, hidden_in, shown_again


@pytest.mark.parametrize("text", ["1024 x 768", "v. 2.10.34", "a 12 b 12", "no number 7", "", "\U0001f600 20%"])
def test_what_is_hidden_comes_back(text):
    seen, parts = hidden(text, frozenset("abcdefghijklmnopqrstuvwxyz .7%"))
    assert shown_again(seen, parts) == text
    assert not any(character.isdigit() and character != "7" for character in seen)


def test_characters_that_are_known_stay():
    assert hidden("abc", frozenset("abc")) == ("abc", ())
    assert hidden("ab abß!", frozenset("ab!")) == ("ab " + PLACEHOLDERS[0] + "!", ("abß",))


def test_a_target_has_the_placeholders_of_its_source():
    assert hidden_in("1024 mal 768", ("768", "1024")) == f"{PLACEHOLDERS[1]} mal {PLACEHOLDERS[0]}"
    assert hidden_in("51024", ("1024",)) == "51024"  # another number


def test_private_characters_of_a_text_are_no_placeholders():
    seen, parts = hidden("a" + PLACEHOLDERS[3], None)
    assert parts == (PLACEHOLDERS[3],)
    assert seen == "a" + PLACEHOLDERS[0]
    assert PLACEHOLDERS[3] not in hidden_in("a" + PLACEHOLDERS[3], ())


def test_there_are_so_many_placeholders_and_no_more():
    seen, parts = hidden(" ".join(str(number) for number in range(10, 10 + MOST + 2)))
    assert len(parts) == MOST
    assert seen.endswith("27")
    assert shown_again(PLACEHOLDERS[5], ("one",)) == ""
