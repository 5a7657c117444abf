"""Every error that foveal raises on purpose.

    FovealError
    ├── ParameterError (ValueError)     a parameter is wrong            exit code 2
    │   └── ParameterTypeError (TypeError)
    ├── DataError (ValueError)          the data are wrong              exit code 3
    │   ├── DataTypeError (TypeError)
    │   └── ShapeError
    ├── ModelFileError (ValueError)     a file is not a model of ours   exit code 4
    │   └── NewerFileError              it is one of a newer foveal
    ├── ResourceError (RuntimeError)    disk, memory, device or network exit code 5
    └── DivergedError (RuntimeError)    the loss is no longer a number  exit code 6

A message names the thing, the rule, the value and the way out.
"""

from typing import ClassVar


class FovealError(Exception):
    """Base of every error that foveal raises on purpose; `exit_code` is the command line's."""

    exit_code: ClassVar[int] = 1


class ParameterError(FovealError, ValueError):
    """A parameter has a value that its rule, the data or another parameter forbids."""

    exit_code = 2


class ParameterTypeError(ParameterError, TypeError):
    """A parameter has a value of the wrong type."""


class DataError(FovealError, ValueError):
    """The data cannot be learnt from or predicted on as they are."""

    exit_code = 3


class DataTypeError(DataError, TypeError):
    """The data are of a kind that is not supported, such as sparse matrices."""


class ShapeError(DataError):
    """An array has another shape than the network expects."""


class ModelFileError(FovealError, ValueError):
    """A file is not a model file that this version of foveal can read."""

    exit_code = 4


class NewerFileError(ModelFileError):
    """A file was written by a newer foveal."""


class ResourceError(FovealError, RuntimeError):
    """The machine cannot do it: disk, memory, device, permission or network."""

    exit_code = 5


class DivergedError(FovealError, RuntimeError):
    """Training was stopped because the loss was no longer a finite number."""

    exit_code = 6


def refusal(error: Exception, message: str) -> ParameterError:
    """Make a `ParameterError` that is also of the kind that a user's code has raised, or torch for it.

    >>> refused = refusal(KeyError("a"), "net: Net fails: 'a'; mend its forward")
    >>> isinstance(refused, KeyError), str(refused)
    (True, "net: Net fails: 'a'; mend its forward")
    """
    kind = type(error)
    body = {"__str__": Exception.__str__, "__reduce__": lambda self: (ParameterError, self.args)}
    both: type[ParameterError] = type("ParameterError", (ParameterError, kind), body)
    return both(message)


def ran_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error of Python, NumPy or torch says that there was no memory.

    >>> ran_out_of_memory(MemoryError()), ran_out_of_memory(RuntimeError("expected 4 axes"))
    (True, False)
    """
    # On the CPU torch raises RuntimeError and only its words tell.
    named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return named or any(words in str(error) for words in ("DefaultCPUAllocator", "std::bad_alloc"))
