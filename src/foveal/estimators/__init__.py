"""scikit-learn's face: parameters and data in; task, network and engine out. It is loaded when a name is first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foveal.estimators.cnn import CNN, CNNClassifier, CNNRegressor
    from foveal.estimators.loading import load
    from foveal.estimators.segmenter import CNNSegmenter
    from foveal.estimators.text import TextClassifier, TextRegressor
    from foveal.estimators.translator import Translator

__all__ = [
    "CNN",
    "CNNClassifier",
    "CNNRegressor",
    "CNNSegmenter",
    "TextClassifier",
    "TextRegressor",
    "Translator",
    "load",
]

_HOME = dict.fromkeys(("CNN", "CNNClassifier", "CNNRegressor"), "cnn") | {
    "CNNSegmenter": "segmenter", "TextClassifier": "text", "TextRegressor": "text", "Translator": "translator",
    "load": "loading",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
