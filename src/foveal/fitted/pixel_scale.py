"""Pixels on another scale than those of fit."""

from typing import Any

import numpy as np

from foveal.core.warn import warn_user
from foveal.layers import Standardize


def warn_of_scale(X: np.ndarray, net: Any, name: str = "X") -> None:
    """Warn of pixels in 0 ... 255 where fit saw 0 ... 1, or the other way round: the network takes raw values."""
    fitted = net._modules.get("input")
    if type(fitted) is not Standardize:
        return
    unit = X.dtype.kind == "f" and 0 < X.max() <= 1
    if not unit and X.dtype != np.uint8:
        return  # before the scale is read: that takes longer
    pixels = float(fitted.scale) == 255
    if pixels and unit:
        warn_user(
            f"fit saw uint8 pixels up to 255, but {name} holds values up to 1; pass the pixels as they are, not / 255"
        )
    if pixels or X.dtype != np.uint8:
        return
    reach = float((fitted.mean + 3 * fitted.deviation).max())
    if reach < 5 and (most := X.max()) > 50:
        warn_user(f"{name} is uint8 up to {most}, but fit saw values of about {reach:.2g} at most; scale X as for fit")
