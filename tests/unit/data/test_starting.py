import signal

import pytest

from foveal.core.errors import ParameterError
from foveal.data.starting import signals_held, start_method


def test_how_they_are_started(monkeypatch):
    monkeypatch.delenv("FOVEAL_START_METHOD", raising=False)
    monkeypatch.setattr("foveal.data.starting.get_all_start_methods", lambda: ["fork", "spawn"])
    monkeypatch.setattr("foveal.data.starting.sys.platform", "linux")
    assert start_method() == "fork"
    monkeypatch.setattr("foveal.data.starting.sys.platform", "darwin")
    assert start_method() == "spawn"
    monkeypatch.setenv("FOVEAL_START_METHOD", "fork")
    assert start_method() == "fork"
    monkeypatch.setenv("FOVEAL_START_METHOD", "thread")
    with pytest.raises(ParameterError, match="FOVEAL_START_METHOD must be one of 'fork', 'spawn', got 'thread'"):
        start_method()
    monkeypatch.setattr("foveal.data.starting.get_all_start_methods", lambda: ["spawn"])
    monkeypatch.delenv("FOVEAL_START_METHOD")
    assert start_method() == "spawn"


def test_signals_come_later(monkeypatch):
    came = []
    before = signal.signal(signal.SIGTERM, lambda *_: came.append("SIGTERM"))
    try:
        with signals_held([signal.SIGTERM]):
            signal.raise_signal(signal.SIGTERM)
            assert came == []
        assert came == ["SIGTERM"]
        monkeypatch.delattr(signal, "pthread_sigmask")  # as on Windows
        with signals_held([signal.SIGTERM]):
            signal.raise_signal(signal.SIGTERM)
            assert came == ["SIGTERM"] * 2
    finally:
        signal.signal(signal.SIGTERM, before)
