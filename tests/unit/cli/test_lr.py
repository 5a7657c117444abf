"""`foveal lr`."""

import json

from .conftest import SMALL


def test_a_rate_is_suggested_shown_and_drawn(foveal, tmp_path):
    told = json.loads(foveal("lr", "digits", *SMALL, "--steps", "40", "--json").out)
    assert len(told["rates"]) <= 40
    assert told["suggestion"] == told["smallest_loss_at"] / 10
    shown = foveal("lr", "digits", *SMALL, "--steps", "40", "--out", "rate.png")
    assert shown.code == 0
    assert f"suggested      --set learning_rate={told['suggestion']:.2g}" in shown.out
    assert (tmp_path / "rate.png").read_bytes()[:4] == b"\x89PNG"


def test_what_is_wrong_is_said_first(foveal):
    for args, message in (
        (("digits", "--out", "rate.txt"), "--out must end in .png"),
        (("digits", "--low", "1", "--high", "0.1"), "low must be less than high"),
        (("digits", "--set", "batch_sze=3"), "did you mean 'batch_size'?"),
    ):
        wrong = foveal("lr", *args)
        assert wrong.code == 2
        assert message in wrong.one_line()
