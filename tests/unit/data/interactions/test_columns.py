"""Names of columns."""

from foveal.data.interactions.columns import NAMES, plain_name


def test_names_are_plain_and_mean_one_thing_each():
    every = [name for names in NAMES.values() for name in names]
    assert len(set(every)) == len(every)
    assert [plain_name(name) for name in every] == every
    assert plain_name("Item ID:token") == "itemid"
