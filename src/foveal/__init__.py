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
    from foveal.data.images.load import open_images
    from foveal.data.signals.forecasting import forecasting_windows
    from foveal.data.sounds.load import open_sounds
    from foveal.estimators import CNN, CNNClassifier, CNNRegressor, load

__version__ = VERSION
__all__ = [
    "CNN",
    "CNNClassifier",
    "CNNRegressor",
    "__version__",
    "cross_validate",
    "forecasting_windows",
    "load",
    "open_images",
    "open_sounds",
]

settle()
keep_memory()

_HOME = {
    **dict.fromkeys(("CNN", "CNNClassifier", "CNNRegressor", "load"), "foveal.estimators"),
    "cross_validate": "foveal.compare.cross_validation",
    "forecasting_windows": "foveal.data.signals.forecasting",
    "open_images": "foveal.data.images.load",
    "open_sounds": "foveal.data.sounds.load",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'foveal' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
