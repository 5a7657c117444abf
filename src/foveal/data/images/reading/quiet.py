"""The libraries' warnings, logs and switches, held still while a picture or a volume is read.

A damaged file is told once, by a `BadPicture`. The libraries also warn and log about it, pydicom with values of the
header, and a switch of Pillow's that any other code may have set fills up truncated pictures with grey.
"""

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_LOGGERS = ("tifffile", "PIL.TiffImagePlugin", "PIL.PngImagePlugin", "PIL.Image", "nibabel.global")
#: Their modules log under names below these.
_TREES = ("pydicom", "nibabel")


class _State:
    """How many threads are reading; the first one sets everything, the last one puts it back."""

    lock = threading.Lock()
    inside = 0
    undo = ExitStack()


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what reading a picture would say, in all threads, until the last of them is out.

    >>> with quiet():
    ...     logging.getLogger("tifffile").error("page 0 is damaged")
    """
    with _State.lock:
        _State.inside += 1
        if _State.inside == 1:
            _set(_State.undo)
    try:
        yield
    finally:
        with _State.lock:
            _State.inside -= 1
            if not _State.inside:
                _State.undo.close()


def _set(undo: ExitStack) -> None:
    from PIL import ImageFile

    undo.enter_context(warnings.catch_warnings())
    warnings.filterwarnings("ignore", module=r"(PIL|tifffile|pillow_heif|pydicom|nibabel)\b")
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        undo.callback(setattr, logger, "disabled", logger.disabled)
        logger.disabled = True
    for name in _TREES:
        logger = logging.getLogger(name)
        undo.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.CRITICAL + 1)
    undo.callback(setattr, ImageFile, "LOAD_TRUNCATED_IMAGES", ImageFile.LOAD_TRUNCATED_IMAGES)
    ImageFile.LOAD_TRUNCATED_IMAGES = False
