"""`foveal lr`."""

import json

import pytest

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


@pytest.mark.parametrize(
    "command",
    [("lr", "nosuch.npz", "--out", "no/x.png"), ("learning-curve", "nosuch.npz", "--out", "no/x.csv"),
     ("robustness", "nosuch", "nosuch.npz", "--out", "no/x.csv"), ("compare", "nosuch", "b", "--page", "no/x.html")],
)  # fmt: skip
def test_a_file_that_cannot_be_written_is_said_before_any_work(foveal, command):
    refused = foveal(*command)
    assert refused.code == 5
    assert f"{command[-2]}: cannot write {command[-1]}: there is no folder no" in refused.one_line()


def test_a_folder_in_the_place_of_a_file(foveal, tmp_path):
    (tmp_path / "x.png").mkdir()
    assert "it is a folder" in foveal("lr", "digits", "--out", "x.png").one_line()
