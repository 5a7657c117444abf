"""What `foveal tune`, `lr` and `learning-curve` learn from: the training part of a source, and an estimator. Torch."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from foveal.cli.auto_augment import resolve_augment
from foveal.cli.estimators import estimator_for
from foveal.cli.mask_measures import patched
from foveal.cli.mask_settings import with_masks
from foveal.cli.output import say
from foveal.cli.reading import shown
from foveal.core.errors import ParameterError
from foveal.data.dataset import Dataset
from foveal.data.named import load_dataset
from foveal.data.text.pairs import Pairs
from foveal.data.text.texts import Texts
from foveal.estimators.base import BaseCNN


class Searched(NamedTuple):
    """An estimator that scikit-learn can clone, and the data whose training part it is to learn from."""

    estimator: BaseCNN
    data: Dataset


def searched(
    verb: str, source: str, parameters: Mapping[str, Any], reading: Mapping[str, Any], *, quiet: bool
) -> Searched:
    """Read a source and make the estimator for it; what its test and validation parts hold is left alone, and said."""
    with shown(quiet=quiet) as progress:
        data = patched(load_dataset(source, reading, progress), parameters.get("patch"))
    if isinstance(data.X_train, Pairs):
        raise ParameterError(f"foveal {verb} takes rows with classes, labels, values or masks, not translations")
    given = with_masks(dict(parameters), data, quiet=quiet)
    X = data.X_train if isinstance(data.X_train, Texts) else None
    estimator = estimator_for(given, X, data.layout, clones=True)
    resolve_augment(estimator, data, quiet=quiet)
    estimator.verbose = 0
    for name, part in (("validation", data.X_valid), ("test", data.X_test)):
        if part is not None and not quiet:
            say(f"{verb} uses the training part; the {name} part, {len(part):,} rows, is left alone")
    return Searched(estimator, data)
