"""The description in a model file, checked: what stands there, and the settings it was fitted with."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from typing import Any

from foveal.calibration.calibration import SCHEMA as CALIBRATION
from foveal.core.choices import LAYOUTS
from foveal.core.errors import FovealError, ModelFileError, NewerFileError
from foveal.core.headers import Header, description_of
from foveal.core.parameters import CODE, check_parameters, names_of, with_defaults
from foveal.core.rules import Rule, check, choice, optional
from foveal.core.schema import TABLE, TEXT, Schema, match, within
from foveal.core.version import VERSION as FOVEAL
from foveal.data.images.reading.mask_rule import check_labels_step
from foveal.fitted.beside import SCHEMA as BASELINES
from foveal.fitted.describe import PROBLEM, check_layers, from_json
from foveal.fitted.foreign import is_foreign
from foveal.fitted.saving import FORMAT
from foveal.fitted.upgrades import VERSION, raised

_SIZE = within(1, 2**24)
_PART: Schema = {
    "name": TEXT,
    "shape": [Rule(f"{_SIZE.words}, or null", lambda n: n is None or _SIZE.holds(n))],
    "dtype": choice("float32", "uint8", "int64", "bool"),
    "length": within(1, 2**16),
    "values": optional(within(1, 2**24)),
}
SCHEMA: Schema = {
    "version": within(VERSION, VERSION),
    **dict.fromkeys(("foveal", "torch", "estimator"), TEXT),
    "settings": TABLE,  # held against the parameter table
    "given": [choice(*CODE)],
    "form": [_PART],
    "layout": optional(choice(*LAYOUTS)),
    "input_rule": [TABLE],
    "problem": PROBLEM,
    "class_names": Rule("null or strings", lambda v: v is None or (isinstance(v, list) and all(map(_is_text, v)))),
    "n_features_in": optional(_SIZE),
    "feature_names_in": [TEXT],
    "history": TABLE,  # held against HISTORY
    "kept_epoch": within(1, 2**53),
}
#: The entry that says what labels in masks stand for, where rows had masks in files.
MASKS = "masks"
#: What is known of the data, where it was pictures in files; arrays say nothing of themselves.
DATA: Schema = {
    **dict.fromkeys(("rows", "skipped", "duplicates"), within(0, 2**53)),
    "first_skipped": [TEXT],
}

#: Which file of weights the network began with.
FIRST_WEIGHTS: Schema = {"name": TEXT, "sha256": TEXT}
#: What a description may have or not.
_BESIDE: dict[str, Schema] = {
    "data": DATA,
    "first_weights": FIRST_WEIGHTS,
    "calibration": CALIBRATION,
    "baselines": BASELINES,
}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def description_in(header: Header, path: str | PathLike[str]) -> dict[str, Any]:
    """Give the description of a model file, raised to the present version, its schema kept."""
    description = description_of(header, FORMAT, path)
    version = description["version"]
    if type(version) is int and version > VERSION:
        raise NewerFileError(
            f"{path} was written by foveal {str(description.get('foveal'))[:20]} in format {str(version)[:20]}, but "
            f"this is foveal {FOVEAL} with format {VERSION}; install a newer foveal: pip install -U foveal"
        )
    check("version", version, within(1, VERSION))
    if version > 1 and "sha256" not in header.metadata:
        raise ValueError("it has no hash")
    description = _with_values(raised(description))
    beside = {name: description.pop(name, None) for name in _BESIDE}
    match(description, SCHEMA)
    for name, value in beside.items():
        if value is not None:
            match(_checked_apart(value) if name == "data" else value, _BESIDE[name], name)
    return description | {name: value or {} for name, value in beside.items()}


def _with_values(description: dict[str, Any]) -> dict[str, Any]:
    """Say of the parts of a row that they have no number of values where nothing is said."""
    form = description.get("form")
    if not isinstance(form, list):
        return description
    return description | {"form": [{"values": None, **part} if isinstance(part, dict) else part for part in form]}


def _checked_apart(data: Any) -> Any:
    """Check what labels in masks stand for, and give what else is known of the data."""
    if not isinstance(data, dict) or MASKS not in data:
        return data
    check_labels_step(data[MASKS])
    return {name: value for name, value in data.items() if name != MASKS}


@contextmanager
def damaged(path: str | PathLike[str]) -> Iterator[None]:
    """Turn what a description that is not sound raises into a `ModelFileError`."""
    try:
        yield
    except ModelFileError:
        raise
    except (FovealError, AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise ModelFileError(f"{path} is not a foveal model: its description is damaged ({error})") from error


def settings_in(description: Mapping[str, Any]) -> dict[str, Any]:
    """Give the parameters of fit: a file has those that differ from their defaults."""
    settings = {k: from_json(v) for k, v in description["settings"].items()}
    check_parameters(settings)
    check_layers(settings)
    if settings.get("checkpoint") is not None:
        raise ValueError("a model file names no folder")
    if is_foreign(settings.get("net")):
        raise ValueError("net must be a catalogue name")
    known = names_of(str(description["estimator"]))
    for name in settings:
        check("parameter", name, choice(*known))
    return with_defaults(settings)
