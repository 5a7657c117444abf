"""foveal: convolutional neural networks one can trust and use.

Importing is quick: torch and scikit-learn are loaded when a name below is first used (PEP 562). If torch is not there
yet, its threads are told to wait without spinning, and freed memory stays with the process (`core.environment`;
FOVEAL_SETTINGS=off leaves that out).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from foveal.core.environment import keep_memory, settle
from foveal.core.version import VERSION

if TYPE_CHECKING:
    from foveal.compare.cross_validation import cross_validate
    from foveal.data.clips.load import open_clips
    from foveal.data.images.load import open_images
    from foveal.data.instances import boundary_classes, instances_of
    from foveal.data.signals.forecasting import forecasting_windows
    from foveal.data.sounds.load import open_sounds
    from foveal.data.volumes.load import open_volumes
    from foveal.data.volumes.open import open_volume
    from foveal.data.volumes.writing import write_like
    from foveal.estimators import (
        CNN,
        CNNClassifier,
        CNNRegressor,
        CNNSegmenter,
        TextClassifier,
        TextRegressor,
        Translator,
        load,
    )
    from foveal.tasks.boundary_scores import boundary_f1
    from foveal.tasks.instance_scores import score_instances

__version__ = VERSION
__all__ = [
    "CNN", "CNNClassifier", "CNNRegressor", "CNNSegmenter", "TextClassifier", "TextRegressor", "Translator",
    "__version__",
    "boundary_classes", "boundary_f1", "cross_validate", "forecasting_windows", "instances_of", "load",
    "open_clips", "open_images", "open_sounds", "open_volume", "open_volumes", "score_instances", "write_like",
]  # fmt: skip

settle()
keep_memory()

_HOME = {
    **dict.fromkeys(("CNN", "CNNClassifier", "CNNRegressor", "CNNSegmenter", "load"), "foveal.estimators"),
    **dict.fromkeys(("TextClassifier", "TextRegressor", "Translator"), "foveal.estimators"),
    **dict.fromkeys(("boundary_classes", "instances_of"), "foveal.data.instances"),
    "boundary_f1": "foveal.tasks.boundary_scores",
    "score_instances": "foveal.tasks.instance_scores",
    "cross_validate": "foveal.compare.cross_validation",
    "forecasting_windows": "foveal.data.signals.forecasting",
    "open_clips": "foveal.data.clips.load",
    "open_images": "foveal.data.images.load",
    "open_sounds": "foveal.data.sounds.load",
    "open_volume": "foveal.data.volumes.open",
    "open_volumes": "foveal.data.volumes.load",
    "write_like": "foveal.data.volumes.writing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'foveal' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
