"""PyAV, opened safely: a container of a known kind, one stream, damage told as `BadPicture`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from foveal.core.errors import ResourceError
from foveal.data.clips.sort import HEAD, container_of
from foveal.data.images.records import BadPicture, Place

#: What PyAV raises on damaged files beside its own errors, which are all of `ValueError`, `OSError` and such.
_DAMAGE = (OSError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, EOFError, RuntimeError)


def pyav() -> Any:
    """Import PyAV; raise a `ResourceError` that says how to install it."""
    try:
        import av
    except ImportError as error:
        raise ResourceError('to read videos PyAV is needed: pip install "foveal[video]"') from error
    return av


@contextmanager
def damage_told() -> Iterator[None]:
    """Turn what PyAV raises on a damaged video into a `BadPicture`.

    >>> with damage_told():
    ...     raise ValueError("no such thing")
    Traceback (most recent call last):
    foveal.data.images.records.BadPicture: is damaged: no such thing
    """
    try:
        yield
    except (BadPicture, MemoryError):
        raise
    except _DAMAGE as error:
        text = getattr(error, "strerror", None) or str(error)
        raise BadPicture(f"is damaged: {' '.join(str(text).split())[:120] or type(error).__name__}") from error


@contextmanager
def opened(place: Place) -> Iterator[tuple[Any, Any]]:
    """Open a video: the container and its first stream of pictures, which is not the cover of a piece of music.

    Raises `BadPicture` for what is no video, or damaged, also within the `with`.
    """
    av = pyav()
    try:
        file = place.open()
    except OSError as error:
        lacks = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror or error}"
        raise BadPicture(lacks, place.name) from error
    try:
        with file, damage_told():
            container_name = container_of(file.read(HEAD))
            file.seek(0)
            with av.open(file, format=container_name, metadata_errors="ignore") as container:
                yield container, _stream(av, container)
    except BadPicture as bad:
        raise BadPicture(bad.reason, place.name) from bad


def _stream(av: Any, container: Any) -> Any:
    cover = av.stream.Disposition.attached_pic
    found = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not found:
        has = "sound only, no pictures" if container.streams.audio else "no stream of pictures"
        raise BadPicture(f"has {has}")
    if found[0].codec_context is None:
        raise BadPicture("is packed in a way that this PyAV cannot read; save it as H.264 in .mp4")
    return found[0]
