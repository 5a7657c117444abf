"""WAV files to test with, written by their definition."""

import struct

import numpy as np


def wav(samples, rate=8000, *, bits=16, kind=1, extensible=False, before=b""):
    """Write samples (T,) or (T, C) from -1 to 1 as the bytes of a WAV file."""
    x = np.asarray(samples, np.float64)
    x = x[:, None] if x.ndim == 1 else x
    if kind == 3:
        data = x.astype(f"<f{bits // 8}").tobytes()
    elif bits == 8:
        data = (np.round(x * 127) + 128).astype(np.uint8).tobytes()
    else:
        whole = np.round(x * (2 ** (bits - 1) - 1)).astype(np.int64)
        data = b"".join(int(v).to_bytes(bits // 8, "little", signed=True) for v in whole.flatten())
    frame = x.shape[1] * bits // 8
    head = struct.pack("<HHIIHH", 0xFFFE if extensible else kind, x.shape[1], rate, rate * frame, frame, bits)
    if extensible:
        head += struct.pack("<HHIH", 22, bits, 0, kind) + bytes(14)
    chunks = before + chunk(b"fmt ", head) + chunk(b"data", data)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def tone(pitch, rate=8000, seconds=0.5, phase=0.0):
    return 0.5 * np.sin(2 * np.pi * pitch * np.arange(round(rate * seconds)) / rate + phase)
