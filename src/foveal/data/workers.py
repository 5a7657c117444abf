"""Processes that read and convert rows ahead of the training.

Each lives for an epoch, knows the order, and writes its batches, every n-th, into a socket of its own; the training
reads them in turn. So what it gets does not depend on their number, and the sockets' buffers hold back who is too fast.

They are forked where that is safe: nothing is sent to them and they begin at once. Elsewhere, on Windows and on macOS,
whose own libraries do not survive a fork, they are started anew: they import what reads the rows, some seconds an
epoch, and are sent the source; rows that are mapped from a file are sent as their place in it. `FOVEAL_START_METHOD`
chooses.

Deviation from torch.utils.data.DataLoader, whose workers share queues, locks and an event: one that is killed while it
holds a lock leaves the training waiting for ever, and its SIGCHLD handler raises in the middle of a step or a save.
Here nothing is shared. A worker that dies, or whose parent does, closes its socket, and the other end sees that.
"""

import json
import signal
import socket
import struct
import warnings
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from multiprocessing import current_process, get_context
from multiprocessing.process import BaseProcess
from typing import Any, NoReturn

import numpy as np

from foveal.core import errors
from foveal.core.errors import DataError, FovealError, ParameterError, ResourceError
from foveal.data.starting import signals_held, start_method

Blocks = tuple[np.ndarray, ...]  # one for each part of a row
Read = Callable[[np.ndarray], Blocks]

#: Seconds after which a worker that is silent is looked at, and in which one that is told to end must.
SILENT, PATIENCE = 1.0, 5.0
_LENGTH = struct.Struct("<I")
_GUARD = "a script that trains with workers must do so below if __name__ == '__main__':"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class _Worker:
    process: BaseProcess
    line: socket.socket
    method: str


def read_ahead(read: Read, indices: Sequence[np.ndarray], workers: int) -> Generator[Blocks, None, None]:
    """Yield `read(index)` for each index in order, read by some processes; closing the generator ends them.

    What `read` raises of foveal's own is raised here, anything else as a `DataError` that tells of it. Raises
    `ResourceError` for a worker that died, with its number.
    """
    crew: list[_Worker] = []
    method = start_method()
    try:
        try:
            for place in range(min(workers, len(indices))):
                crew.append(_started(read, indices[place::workers], [w.line for w in crew], method))
        except OSError as error:
            raise ResourceError(f"cannot start workers={workers} processes ({error}); use fewer, or 0") from error
        for number in range(len(indices)):
            yield _received(crew[number % len(crew)])
    finally:
        for worker in crew:
            worker.line.close()
            worker.process.terminate()
        for worker in crew:
            _ended(worker.process)


def _started(read: Read, indices: Sequence[np.ndarray], others: Sequence[socket.socket], method: str) -> _Worker:
    """Start a process that has one end of a socket; one that is forked also shares this one's memory."""
    if getattr(current_process(), "_inheriting", False):  # a worker runs the user's script from its beginning
        raise ParameterError(f"workers: {_GUARD}; or use workers=0")
    ours, theirs = socket.socketpair()
    ours.settimeout(SILENT)
    inherited = [ours, *others] if method == "fork" else []
    process: BaseProcess = get_context(method).Process(  # type: ignore[attr-defined]
        target=_work, args=(read, indices, theirs, inherited), daemon=True
    )
    try:
        with warnings.catch_warnings(), signals_held(_SIGNALS):  # until the child has handlers of its own
            # Python 3.12 warns that another thread may hold a lock that the child waits for: it takes none, computes on
            # one thread and starts none.
            warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
            process.start()
    except OSError:
        raise
    except Exception as error:  # whatever the user's classes raise where they are to be sent
        ours.close()
        raise ParameterError(
            f"workers: X cannot be sent to another process ({type(error).__name__}: {error}), and this system starts "
            "them anew; define what reads the rows in a module, or use workers=0"
        ) from error
    finally:
        theirs.close()
    return _Worker(process, ours, method)


def _work(read: Read, indices: Sequence[np.ndarray], line: socket.socket, others: Sequence[socket.socket]) -> None:
    """Be a worker: read and send one batch after the other, until they are done or nobody listens."""
    for inherited in others:  # with them open it would not be seen that the parent is gone
        inherited.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which may need the rest of the epoch
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    try:
        for index in indices:
            told, blocks = _tried(read, index)
            _send(line, told)
            for block in blocks:
                line.sendall(block.reshape(-1).view(np.uint8).data)
            if "error" in told:
                return
        line.recv(1)  # ended by the parent, in its own time
    except ConnectionError:
        return


def _tried(read: Read, index: np.ndarray) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Read a batch; whatever that raises is told to the parent, which alone has somebody to tell it to."""
    try:
        blocks = [np.ascontiguousarray(block) for block in read(index)]
    except Exception as error:  # noqa: BLE001  (the outermost frame of a process)
        said = str(error) if isinstance(error, FovealError) else " ".join(str(error).split())[:300]
        return {"error": type(error).__name__, "message": said, "ours": isinstance(error, FovealError)}, []
    return {"blocks": [(block.shape, block.dtype.str) for block in blocks]}, blocks


def _send(line: socket.socket, told: dict[str, Any]) -> None:
    text = json.dumps(told).encode()
    line.sendall(_LENGTH.pack(len(text)) + text)


def _received(worker: _Worker) -> Blocks:
    (length,) = _LENGTH.unpack(_bytes(worker, _LENGTH.size))
    told = json.loads(_bytes(worker, length))
    if "error" in told:
        _raise(**told)
    blocks = tuple(np.empty(shape, np.dtype(dtype)) for shape, dtype in told["blocks"])
    for block in blocks:
        _fill(worker, block.reshape(-1).view(np.uint8).data)
    return blocks


def _raise(error: str, message: str, ours: bool) -> NoReturn:
    if ours:
        raise getattr(errors, error)(message)
    if error == "MemoryError":
        raise MemoryError(message)
    raise DataError(
        f"reading rows of X ahead fails with {error}: {message}; mend what reads them, and see where it fails with "
        "workers=0"
    )


def _bytes(worker: _Worker, size: int) -> bytes:
    content = bytearray(size)
    _fill(worker, memoryview(content))
    return bytes(content)


def _fill(worker: _Worker, memory: memoryview) -> None:
    """Fill memory with what the worker sends."""
    done = 0
    while done < len(memory):
        try:
            got = worker.line.recv_into(memory[done:])
        except TimeoutError:
            if worker.process.is_alive():
                continue
            _report(worker)
        except ConnectionError:
            got = 0
        if not got:
            _report(worker)
        done += got


def _report(worker: _Worker) -> NoReturn:
    process = worker.process
    process.join(PATIENCE)
    code = process.exitcode
    how = f"was killed by {signal.Signals(-code).name}" if code and code < 0 else f"ended with status {code}"
    if worker.method != "fork" and code == 1:
        how += f" ({_GUARD})"
    raise ResourceError(
        f"process {process.pid}, which read rows of X ahead, {how}; look for what ended it (the system kills where "
        "memory is short), then train again with fewer workers, or workers=0"
    )


def _ended(process: BaseProcess) -> None:
    process.join(PATIENCE)
    if process.exitcode is None:  # in a read that cannot be interrupted, from a disk that does not answer
        process.kill()
        process.join(PATIENCE)
    if process.exitcode is not None:
        process.close()
