from foveal.report.reproduced import held_against

RUN = {
    "weights": "a", "seed": 0, "data_digest": "d", "environment": {"torch": "2.13.0"}, "valid_loss": 0.5,
    "measured": {"score": 0.9, "interval": [0.85, 0.95]},
}  # fmt: skip


def test_the_same_bits():
    found = held_against(RUN, RUN)
    assert found.bits
    assert found.as_expected
    assert all(number.equal for number in found.numbers)
    assert [number.name for number in found.numbers] == ["score", "valid_loss"]


def test_the_same_seed_and_other_bits_name_what_differs():
    again = RUN | {"weights": "b", "valid_loss": 0.6, "environment": {"torch": "2.14.0"}}
    found = held_against(RUN, again)
    assert not found.as_expected
    assert "valid_loss" in found.verdict
    assert "torch 2.13.0 and 2.14.0" in found.verdict


def test_another_seed_is_held_against_the_interval():
    inside = RUN | {"weights": "b", "seed": 1, "measured": {"score": 0.87, "interval": [0.8, 0.9]}}
    assert held_against(RUN, inside).as_expected
    assert "within their intervals" in held_against(RUN, inside).verdict
    outside = inside | {"measured": {"score": 0.7, "interval": [0.6, 0.8]}}
    assert not held_against(RUN, outside).as_expected
    assert "outside of its interval: score" in held_against(RUN, outside).verdict


def test_other_data_are_said_first():
    assert "data are not those" in held_against(RUN, RUN | {"data_digest": "e", "weights": "b"}).verdict


def test_runs_without_a_digest_of_their_data_say_nothing_of_it():
    assert held_against({**RUN, "data_digest": None}, RUN).data is None
