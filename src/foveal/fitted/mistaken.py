"""What people give `load` instead of a model file: told by name, with what to load instead."""

from pathlib import Path

from foveal.core.errors import ModelFileError
from foveal.core.headers import read_start

#: Names that `foveal train` and `foveal pack` give; the command line writes them.
_MODEL, _CHECKPOINTS, _SHARDS = "model.safetensors", "checkpoints", ("index.npz", "train/index.npz")
_TORCH = "a PyTorch file (.pt, .pth), which describes no network; a fit begins with its weights, net=..., weights=PATH"
#: How files begin that are taken for models, and what they are.
_BEGINNINGS = (
    (b"PK\x03\x04", "a zip file: an .npz of arrays, which foveal.data.named.load_dataset reads, or " + _TORCH),
    (b"\x80", "a pickle, perhaps " + _TORCH),
    (b"\x93NUMPY", "an array, which numpy.load reads; predict takes it"),
    (b"\x89HDF", "an HDF5 file, perhaps of Keras, which is not read"),
)


def refuse_mistaken(path: Path) -> None:
    """Raise a `ModelFileError` for folders and for files of other programs, that says what they are.

    What is none of these is for others to check.
    """
    if path.is_dir():
        raise ModelFileError(f"{path} is a folder, and a model is a file; {_in_folder(path)}")
    start = read_start(path)
    for beginning, what in _BEGINNINGS:
        if start.startswith(beginning) and start[8:9] != b"{":  # a header of 640 bytes begins with a pickle's bytes
            raise ModelFileError(f"{path} is not a foveal model: it is {what}")


def _in_folder(folder: Path) -> str:
    if (folder / _MODEL).is_file():
        return f"this one holds a run, so load {folder / _MODEL}"
    if (folder / _CHECKPOINTS).is_dir() or any(folder.glob("checkpoint-*.safetensors")):
        return (
            "this one holds a run that is not finished: foveal train --resume goes on with it, or fit with "
            "checkpoint=..., and the network is in the file that save() writes then"
        )
    if any((folder / name).is_file() for name in _SHARDS) or any(folder.glob("*.tar")):
        return "this one holds data, which foveal.data.named.load_dataset reads"
    found = sorted(path.name for path in folder.glob("*.safetensors"))
    return f"load {folder / found[0]}" if found else "name the file that save() wrote"
