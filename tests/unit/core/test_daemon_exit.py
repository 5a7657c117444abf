import threading
import time

from foveal.core import daemon_exit


def test_a_daemon_thread_stops_for_good_and_others_go_on(monkeypatch):
    monkeypatch.setattr(daemon_exit, "_register", lambda: None)  # no exit of this process waits
    left, went_on, began = threading.Event(), [], threading.Barrier(3)
    monkeypatch.setattr(daemon_exit, "_left", left)

    def work(name: str) -> None:
        with daemon_exit.at_work():
            began.wait()
            left.wait()
            daemon_exit.stop_if_left()
            went_on.append(name)

    threads = [
        threading.Thread(target=work, args=(name,), daemon=name == "daemon") for name in ("daemon", "waited for")
    ]
    for thread in threads:
        thread.start()
    began.wait()
    assert threads[0].ident in daemon_exit._at_work
    assert threads[1].ident not in daemon_exit._at_work
    left.set()
    threads[1].join(5)
    end = time.monotonic() + 5
    while daemon_exit._at_work and time.monotonic() < end:
        time.sleep(0.001)
    assert not daemon_exit._at_work
    assert went_on == ["waited for"]
    assert threads[0].is_alive()
