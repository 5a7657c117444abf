import logging
import threading
import warnings

from PIL import Image, ImageFile

from foveal.data.images.reading.quiet import quiet


def test_warnings_and_logs_of_the_readers_are_silent_and_those_of_others_are_not(caplog):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with quiet():
            warnings.warn_explicit("damaged", UserWarning, Image.__file__, 1, module="PIL.Image")
            logging.getLogger("tifffile").error("damaged")
            warnings.warn("of the user", UserWarning, stacklevel=1)
        warnings.warn_explicit("later", UserWarning, Image.__file__, 2, module="PIL.Image")
        logging.getLogger("tifffile").error("later")
    assert [str(warning.message) for warning in seen] == ["of the user", "later"]
    assert caplog.messages == ["later"]


def test_truncated_pictures_are_not_filled_up_meanwhile(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with quiet():
        assert not ImageFile.LOAD_TRUNCATED_IMAGES
    assert ImageFile.LOAD_TRUNCATED_IMAGES


def test_the_last_thread_that_leaves_puts_everything_back():
    filters, disabled = list(warnings.filters), logging.getLogger("tifffile").disabled
    inside, leave = threading.Event(), threading.Event()

    def other():
        with quiet():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with quiet():
        thread.start()
        assert inside.wait(10)
    assert logging.getLogger("tifffile").disabled
    leave.set()
    thread.join()
    assert logging.getLogger("tifffile").disabled == disabled
    assert warnings.filters == filters
