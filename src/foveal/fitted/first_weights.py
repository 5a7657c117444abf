"""Weights that a network begins with: a file's tensors, and what belongs to them: input scaling, classes, a digest."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from foveal.core.errors import ModelFileError, ParameterError
from foveal.core.files import as_path
from foveal.core.forms import Form, is_array
from foveal.core.headers import Header, read_header, read_start
from foveal.core.net_names import read_net
from foveal.core.rules import shown
from foveal.core.schema import match
from foveal.core.tensor_files import read_tensors
from foveal.data.source import Statistics
from foveal.fitted.describe import CLASSES
from foveal.fitted.description import damaged, description_in, settings_in
from foveal.fitted.foreign import is_foreign
from foveal.fitted.foreign_weights import PICKLE, ZIP, read_foreign
from foveal.fitted.imagenet import imagenet_file
from foveal.fitted.saving import FORMAT
from foveal.tasks.kind import name_of

IMAGENET = "imagenet"
#: How pictures are scaled for weights of torchvision's names: its own presets.
TORCHVISION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
#: The same for the weights that weights="imagenet" stands for, of pixels up to 255: the package has it so.
LITE = 127, 128
#: Networks whose published weights see 2 x / 255 - 1: torchvision's inside the network (`transform_input`), timm's.
HALVED = "googlenet", "inception_v3", "xception"


class Labels(NamedTuple):
    """The outputs of a foveal model: its kind of problem, and its classes' names, None where there are none."""

    kind: str
    names: tuple[Any, ...] | None


@dataclass(frozen=True)
class FirstWeights:
    """What `weights` gives: tensors under the names of the network's body, and all that belongs to them.

    scale : of the input, None where the file has none; `scale_source` says where it is from.
    labels : of a foveal model's outputs.
    digest : SHA-256 of the file, by which a run is known.
    """

    name: str
    digest: str
    tensors: Mapping[str, Tensor]
    scale: Statistics | None = None
    scale_source: str = ""
    labels: Labels | None = None
    said: tuple[str, ...] = ()

    @property
    def about(self) -> dict[str, str]:
        """What a model keeps of it."""
        return {"name": self.name, "sha256": self.digest}


def read_first_weights(p: Mapping[str, Any], form: Form) -> FirstWeights | None:
    """Read what `weights` names; None where it names nothing.

    Raises `ModelFileError` for a file that is none of the kinds, `ParameterError` where it does not fit the network.
    """
    if p["weights"] is None:
        return None
    path = imagenet_file(p["net"]) if p["weights"] == IMAGENET else as_path(p["weights"], "weights")
    start = read_start(path)
    if not start:
        raise ModelFileError(f"weights={str(path)!r} cannot be read: there is no such file, or it is empty")
    digest = _digest(path)
    if start[8:9] == b"{":
        found = _of_safetensors(path, digest, p)
    elif start.startswith((ZIP, PICKLE)):
        read = read_foreign(path)
        found = _of_state_dict(path, digest, read.tensors, read.said)
    else:
        raise ModelFileError(
            f"weights={str(path)!r} is no file of weights; give a foveal model, a safetensors state dict, or what "
            "torch.save(net.state_dict(), path) wrote"
        )
    known = found.scale is not None or found.labels is not None  # a model of foveal's says whether it has any
    return found if known else _with_usual_scale(found, p, form)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of_safetensors(path: Path, digest: str, p: Mapping[str, Any]) -> FirstWeights:
    header = read_header(path)
    if header.metadata.get("format") == FORMAT:
        return _of_model(path, digest, header, p)
    if header.metadata.get("format", "").startswith("foveal"):
        raise ModelFileError(f"weights={str(path)!r} is a checkpoint, not a model; save() writes the model of its run")
    return _of_state_dict(path, digest, read_tensors(path, header), ())


def _of_model(path: Path, digest: str, header: Header, p: Mapping[str, Any]) -> FirstWeights:
    """Read a foveal model, once it is known to be of the same network."""
    with damaged(path):
        description = description_in(header, path)
        own = "net" in description["given"]
        net = settings_in(description)["net"] or "plain"
        problem = description["problem"]
        classes = problem["classes"]
        if classes is not None:
            match(classes, CLASSES, "classes")
    wanted = p["net"] or "plain"
    if not is_foreign(wanted) and (own or read_net(net) != read_net(wanted)):
        theirs = "a network of its user's own" if own else f"net={net!r}"
        raise ParameterError(
            f"weights={str(path)!r} is a model of {theirs}, and this one is net={wanted!r}; use the same net"
        )
    found = _of_state_dict(path, digest, read_tensors(path, header), ())
    labels = labels_of(problem["kind"], None if classes is None else classes["labels"], description["class_names"])
    return FirstWeights(path.name, digest, found.tensors, found.scale, found.scale_source, labels)


def labels_of(kind: str, classes: Any, names: Sequence[Any] | None) -> Labels:
    """Say what outputs mean: each class by its name where it has one, else by its label, in the outputs' order.

    >>> import numpy as np
    >>> labels_of("classification", np.array([0, 2]), ["cat", "cow", "dog"])
    Labels(kind='classification', names=('cat', 'dog'))
    """
    if classes is None:
        return Labels(kind, None if names is None else tuple(names))
    return Labels(kind, tuple(name_of(label, names) for label in np.asarray(classes).tolist()))


def _of_state_dict(path: Path, digest: str, tensors: Mapping[str, Tensor], said: tuple[str, ...]) -> FirstWeights:
    """Take a state dict as that of a body, or of a whole `net_`, whose input scaling it then has."""
    if not all(name.startswith(("input.", "body.")) for name in tensors):
        return FirstWeights(path.name, digest, tensors, said=said)
    body = {name.removeprefix("body."): tensor for name, tensor in tensors.items() if name.startswith("body.")}
    parts = [tensors.get(f"input.{name}") for name in ("mean", "deviation", "scale")]
    if all(part is None for part in parts):
        return FirstWeights(path.name, digest, body, said=said)
    mean, deviation = (_numbers(part, path) for part in parts[:2])
    scale = Statistics(mean, deviation, _scalar(parts[2], path))
    if np.shape(scale.mean) != np.shape(scale.deviation) or np.ndim(scale.mean) not in (1, 2):
        raise ModelFileError(f"{path} is damaged: input.mean and input.deviation differ in shape, or have no channels")
    if not (np.asarray(scale.deviation) > 0).all() or not scale.scale > 0:
        raise ModelFileError(f"{path} is damaged: input.deviation and input.scale must be more than 0")
    return FirstWeights(path.name, digest, body, scale, "the file's own", said=said)


def _numbers(part: Tensor | None, path: Path) -> np.ndarray:
    if part is None or not part.is_floating_point() or part.numel() > 2**24 or not part.isfinite().all():
        raise ModelFileError(f"{path} is damaged: it has no sound input.mean, input.deviation and input.scale")
    return part.double().numpy()


def _scalar(part: Tensor | None, path: Path) -> float:
    found = _numbers(part, path)
    if found.size != 1:
        raise ModelFileError(f"{path} is damaged: input.scale must be one number, got shape {found.shape}")
    return float(found.item())


def _with_usual_scale(found: FirstWeights, p: Mapping[str, Any], form: Form) -> FirstWeights:
    """Give weights that say nothing of their input the scaling that they were trained with, where that is known.

    Those of networks with torchvision's names, for pictures of three channels, have torchvision's.
    """
    in_colour = any(tensor.ndim == 4 and tensor.shape[1] == 3 for tensor in found.tensors.values())
    pictures = is_array(form) and len(form[0].shape) == 3 and in_colour
    if is_foreign(p["net"]) or p["net"] in (None, "plain") or not pictures:
        return found
    uint8 = form[0].dtype == "uint8"
    if p["weights"] == IMAGENET:
        mean, deviation = (np.full(3, value / 255) for value in LITE)
        source = f"(x - {LITE[0]}) / {LITE[1]} of pixels up to 255, as the package has it"
    elif p["net"] in HALVED:
        mean, deviation = np.full(3, 0.5), np.full(3, 0.5)
        source = "that of the published weights, 2 x / 255 - 1"
    else:
        mean, deviation = map(np.array, TORCHVISION)
        source = f"torchvision's, mean {TORCHVISION[0]} and deviation {TORCHVISION[1]} of x / 255"
    said = () if uint8 else ("pixels that are no uint8 are taken as 0 to 1",)
    scale = Statistics(mean, deviation, 255.0 if uint8 else 1.0)
    return FirstWeights(found.name, found.digest, found.tensors, scale, source, found.labels, (*found.said, *said))


def adapted(scale: Statistics, form: Form) -> Statistics:
    """Give the input scaling for rows of another number of channels: the mean of all for one, else theirs in turn.

    >>> form = (__import__("foveal").core.forms.Part("x", (1, 8, 8), "uint8"),)
    >>> adapted(Statistics([0.25, 0.5, 0.75], [1.0, 1.0, 1.0], 255.0), form).mean.tolist()
    [0.5]
    """
    mean, deviation = np.asarray(scale.mean), np.asarray(scale.deviation)
    channels = form[0].sizes[0]
    if mean.ndim > 1:
        if mean.shape != form[0].sizes:
            raise ParameterError(
                f"weights: they are of a table of {mean.shape[-1]} columns, each with a scale of its own, and X has "
                f"rows of {shown(form[0].sizes)}; give the same columns"
            )
        return scale
    if len(mean) == channels:
        return scale
    if channels == 1:
        return Statistics(mean.mean(keepdims=True), deviation.mean(keepdims=True), scale.scale)
    turn = np.arange(channels) % len(mean)
    return Statistics(mean[turn], deviation[turn], scale.scale)
