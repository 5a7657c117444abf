"""What the tests of faults share."""

import pytest

import foveal.fitting.run


@pytest.fixture
def no_epoch(monkeypatch):
    """Let no epoch begin: what is wrong has to be found before."""

    def begun(*arguments):
        raise AssertionError("an epoch was begun")

    monkeypatch.setattr(foveal.fitting.run, "train", begun)
