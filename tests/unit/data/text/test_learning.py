"""Vocabularies learnt from texts."""

from foveal.data.text.learning import learn_vocabulary


def test_the_most_frequent_are_kept_and_equals_go_by_their_order():
    assert learn_vocabulary(["b a c a", "d c"], "words", size=3).entries == ("a", "c", "b")
    assert learn_vocabulary(["b a c a", "d c"], "words", least=2).entries == ("a", "c")
