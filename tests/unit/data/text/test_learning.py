"""Vocabularies learnt from texts."""

from foveal.data.text.learning import learn_vocabulary


def test_the_most_frequent_are_kept_and_equals_go_by_their_order():
    assert learn_vocabulary(["b a c a", "d c"], "words", size=3).entries == ("a", "c", "b")
    assert learn_vocabulary(["b a c a", "d c"], "words", least=2).entries == ("a", "c")


def test_words_without_end_are_cut_before_byte_pairs_are_learnt_from_them():
    others = ["low lower lowest", "x y"]
    for word in ("ab", "."):
        long = word * (2000 // len(word))
        cut = long[:1000] + " " + long[1000:]
        assert learn_vocabulary([long, *others], "bpe") == learn_vocabulary([cut, *others], "bpe")
        assert learn_vocabulary([long[:1000], *others], "bpe") != learn_vocabulary([cut, *others], "bpe")
