import numpy as np

from foveal.compare.word_changes import with_typos, without_words

RNG = np.random.default_rng(0)


def test_about_the_share_of_words_is_missing_and_order_stays():
    words = [f"w{i}" for i in range(1000)]
    left = without_words(" ".join(words), 0.3, RNG).split()
    assert 0.65 < len(left) / 1000 < 0.75
    assert left == sorted(left, key=words.index)


def test_a_text_keeps_a_word_and_an_empty_one_stays_empty():
    assert without_words("only", 1.0, RNG) == "only"
    assert without_words("  ", 0.5, RNG) == ""
    assert with_typos("", 1.0, RNG) == ""


def test_typos_keep_the_letters_of_each_word():
    text = "letters change places within words a"
    found = with_typos(text, 1.0, RNG)
    assert found != text
    assert [sorted(word) for word in found.split()] == [sorted(word) for word in text.split()]
    assert with_typos(text, 0.0, RNG) == text
