"""What the frames of videos are known by in the cache: the same files as now, the same frame, the same PyAV."""

from contextlib import suppress
from hashlib import blake2b, sha256
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray

from foveal.data.clips.pool import Frames
from foveal.data.images.cache.keys import Files, known_by
from foveal.data.images.reading.pool import DIGEST_BYTES

#: Of what frames mean in the cache: another number, other keys.
VERSION = 1


def frames_known_by(frames: Frames) -> Files:
    """Digest the files of some videos and the numbers of frames: one digest for all, and one a frame, (F, 16)."""
    files = known_by(frames.videos)
    about = repr((VERSION, _decoder(), files.digest)).encode()
    each = bytearray()
    for video, number in zip(frames.of.tolist(), frames.numbers.tolist(), strict=True):
        one = files.each[video].tobytes() + number.to_bytes(8, "little")
        each += blake2b(one, digest_size=DIGEST_BYTES, key=_decoder().encode()[:64]).digest()
    digest = sha256(about + frames.of.tobytes() + frames.numbers.tobytes()).hexdigest()
    return Files(digest, np.frombuffer(bytes(each), np.uint8).reshape(-1, DIGEST_BYTES))


def videos_with_same_frames(frames: Frames, digests: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Give each video a number, the same to those whose frames have the same pixels."""
    found: dict[bytes, int] = {}
    same = []
    for video in range(len(frames.videos)):
        content = sha256(np.ascontiguousarray(digests[frames.of == video]).tobytes()).digest()
        same.append(found.setdefault(content, len(found)))
    return np.array(same, np.intp)


def _decoder() -> str:
    """Name the version of PyAV, which brings its FFmpeg along."""
    with suppress(PackageNotFoundError):
        return version("av")
    return ""
