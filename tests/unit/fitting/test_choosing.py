import pytest

from foveal.core.errors import ParameterError
from foveal.core.forms import Part, as_form, signals_form
from foveal.core.parameters import PARAMETERS
from foveal.fitting.choosing import with_net
from foveal.models.auto import SIGNAL

P = {p.name: p.default for p in PARAMETERS.values()} | {"net": "auto"}


def test_what_was_chosen_takes_the_place_of_auto_and_is_said():
    p, said = with_net(P, as_form((1, 90)), "NCL")
    assert p == P | {"net": SIGNAL}
    assert said[0].startswith(f"net='auto' is {SIGNAL}: ")
    named = P | {"net": "lenet5"}
    assert with_net(named, as_form((1, 90)), "NCL") == (named, ())


def test_columns_of_a_table_are_not_a_signal_unless_the_layout_says_so():
    assert with_net(P, as_form((1, 90)), "NL")[0]["net"] == "plain"
    assert with_net(P | {"layout": "NL"}, as_form((1, 90)), "NL")[0]["net"] == SIGNAL


def test_rows_of_several_parts_have_no_network_of_the_catalogue():
    form = Part("x", (2, None), "float32", 40), Part("y", (None,), "bool", 40)
    with pytest.raises(ParameterError, match="net='auto' chooses for rows that are one array of a fixed shape"):
        with_net(P, form, None)


def test_signals_of_unequal_length_get_a_mean_over_their_steps():
    chosen, said = with_net(P, signals_form(2), "NCL")
    assert chosen["net"] == SIGNAL
    assert said == (
        f"net='auto' is {SIGNAL}: X are signals of unequal length: a few wide layers and a mean over the steps of each",
    )


def test_texts_get_a_network_by_their_pieces():
    form = (Part("tokens", (None,), "int64"), Part("mask", (None,), "bool"))
    p, said = with_net(P, form, None, pieces="words")
    assert p["net"] == "wide_kim(vector=64, maps=64, ngrams=2)"
    assert said[0].startswith("net='auto' is wide_kim(vector=64, maps=64, ngrams=2): X are texts in words")
