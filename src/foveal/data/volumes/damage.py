"""Libraries of volumes, called safely: what they raise becomes a `BadPicture` that repeats nothing of a header.

A library's message may quote a header's value, and with it a patient's name. So only the kind of its error is told, and
its message is not even the cause of ours.
"""

import struct
import tokenize
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from foveal.core.errors import ResourceError
from foveal.data.images.reading.quiet import quiet
from foveal.data.images.records import BadPicture

#: What pydicom, nibabel and tifffile raise on files with bytes changed at random; a lack of memory is not among it.
_DAMAGE = (
    OSError, SyntaxError, ValueError, TypeError, AttributeError, AssertionError, LookupError, ArithmeticError,
    EOFError, RuntimeError, NotImplementedError, struct.error, zlib.error,
    tokenize.TokenError,
)  # fmt: skip


@contextmanager
def damage_told() -> Iterator[None]:
    """Turn what a library raises on a damaged file into a `BadPicture`, and keep it quiet meanwhile.

    >>> with damage_told():
    ...     float("SMITH^ANNA")
    Traceback (most recent call last):
    foveal.data.images.records.BadPicture: is damaged: its header or voxels make no sense (ValueError)
    """
    try:
        with quiet():
            yield
    except (BadPicture, ResourceError):
        raise
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise BadPicture(f"cannot be read: {error.strerror}") from None
    except (EOFError, zlib.error):
        raise BadPicture("is cut off, or its packed bytes are damaged") from None
    except _library_errors() as error:
        raise BadPicture(f"is damaged: its header or voxels make no sense ({type(error).__name__})") from None


def _library_errors() -> tuple[type[BaseException], ...]:
    """List what is caught; libraries that are not loaded have raised nothing."""
    import sys

    found: list[type[BaseException]] = [*_DAMAGE]
    for module, names in (
        ("pydicom.errors", ("InvalidDicomError", "BytesLengthException")),
        ("nibabel.spatialimages", ("HeaderDataError", "ImageDataError")),
        ("tifffile", ("TiffFileError",)),
    ):
        loaded = sys.modules.get(module)
        found += [getattr(loaded, name) for name in names if hasattr(loaded, name)]
    return tuple(found)


def needed(name: str) -> Any:
    """Import a module of an optional package; raise a `ResourceError` that says how to install it."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise ResourceError(
            f'to read and write such volumes {package} is needed: pip install "foveal[medical]"'
        ) from error
