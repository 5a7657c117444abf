"""Draw the pictures of docs/explanations.md from the model of that page.

Run it after a change of the page: python docs/make_explanations.py
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import torch

from foveal import explain
from foveal.explain.charts import curves_chart
from foveal.explain.figures import lay_over, new_figure, png_bytes, span_of, to_look_at
from foveal.explain.methods import METHODS

DOCS = Path(__file__).parent
DRAWINGS = DOCS.resolve() / "drawings"


def main() -> None:
    """Run the page's Python up to the first map, and draw."""
    page, names = (DOCS / "explanations.md").read_text("utf-8"), dict[str, Any]()
    for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        exec(block, names)  # noqa: S102  (our own page)
        if "model.explain(" in block:
            break
    model, X = names["model"], names["X_new"]
    (DRAWINGS / "explanations.png").write_bytes(png_bytes(methods(model, X)))
    (DRAWINGS / "explanations-inside.png").write_bytes(png_bytes(inside(model, X)))
    (DRAWINGS / "explanations-deletion.png").write_bytes(png_bytes(deletion(model, X)))


def methods(model: Any, X: np.ndarray) -> Any:
    """Draw a picture of each class with its maps."""
    figure = new_figure(9.0, 4.0)
    axes = figure.subplots(2, 1 + len(METHODS))
    for row, line in enumerate(axes):
        line[0].imshow(to_look_at(X[row]), interpolation="nearest")
        line[0].set_title(str(model.predict(X[row : row + 1])[0]), fontsize=9)
        for place, (name, method) in zip(line[1:], METHODS.items(), strict=True):
            map = model.explain(X[row : row + 1], name)[0]
            lay_over(place, to_look_at(X[row]), map, span_of(map), signed=method.signed)
            place.set_title(name, fontsize=9)
    return bare(figure)


def inside(model: Any, X: np.ndarray) -> Any:
    """Draw eight filters, what they make of a picture, and rows that drive channels of the second block highest."""
    figure = new_figure(9.0, 3.8)
    net, x = model.net_, torch.from_numpy(X[:1])[:, None]
    filters, maps = explain.filters(net, "conv1"), explain.feature_maps(net, x, "conv1")[0]
    rows = [explain.maximise_channel(net, (1, 16, 16), "conv2", channel) for channel in range(8)]
    axes = figure.subplots(3, 8)
    for column in range(8):
        for place, values in zip(axes[:, column], (filters[column, 0], maps[column], rows[column][0]), strict=True):
            place.imshow(values, cmap="gray", interpolation="nearest")
    for place, text in zip(axes[:, 0], ("filters", "their maps", "what drives\nconv2 highest"), strict=True):
        place.set_ylabel(text, fontsize=9)
    return bare(figure)


def deletion(model: Any, X: np.ndarray) -> Any:
    """Draw the deletion curve of each method beside a random order."""
    x = torch.from_numpy(X)[:, None]
    orders = {name: torch.from_numpy(model.explain(X, name)) for name in METHODS}
    orders["random"] = torch.rand(X.shape, generator=torch.Generator().manual_seed(0))
    curves = {name: explain.deletion_curve(model.net_, x, order) for name, order in orders.items()}
    shares = curves["random"][0]
    return curves_chart(shares, {name: answers for name, (_, answers) in curves.items()}, "deletion")


def bare(figure: Any) -> Any:
    """Take the ticks off."""
    for axes in figure.axes:
        axes.set_xticks([])
        axes.set_yticks([])
    return figure


if __name__ == "__main__":
    main()
