"""stdout and stderr as they come: a console of any encoding, a pipe whose reader has enough, a full disk."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


@contextmanager
def any_encoding() -> Iterator[None]:
    r"""Let stdout and stderr take every character: one that the console has no sign for is written as \u6f22."""
    streams = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, io.TextIOWrapper)]
    before = [stream.errors for stream in streams]
    for stream in streams:
        stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream, errors in zip(streams, before, strict=True):
            let_go(stream)  # which reconfigure() would flush
            stream.reconfigure(errors=errors)


def let_go(stream: TextIO | None) -> OSError | None:
    """Write out what a stream still holds; where that is refused it goes nowhere from now on, and the reason is given.

    Else Python would try again when it ends, complain, and end with 120.

    >>> let_go(sys.stdout)
    """
    if stream is None:  # as Python has it where the shell closed it: >&-
        return None
    try:
        stream.flush()
    except ValueError:  # it is closed
        return None
    except OSError as error:
        with suppress(OSError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123  (a device, not a path)
            os.dup2(nowhere.fileno(), stream.fileno())
            stream.flush()
        return error
    return None
