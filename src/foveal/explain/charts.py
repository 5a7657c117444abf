"""Charts of what is inside a network: filters and maps in a grid, features in a plane, deletion curves."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from foveal.core.errors import ShapeError
from foveal.explain.figures import new_figure, to_look_at

if TYPE_CHECKING:
    from foveal.explain.figures import Figure

#: Most pictures of a grid, and classes that have a colour and an entry of their own in a plane.
_MOST, _CLASSES = 64, 20


def grid(maps: Any, title: str = "") -> "Figure":
    """Draw filters (K, C, H, W), or maps (K, H, W), beside each other, 64 at most; each with its own scale.

    Of three channels a filter is drawn in colours, else as the mean of its channels; of one axis, (K, C, L) or (K, L),
    as curves.

    >>> len(grid(np.zeros((5, 3, 3))).axes)
    5
    """
    maps = np.asarray(maps, float)
    if maps.ndim not in (2, 3, 4):
        raise ShapeError(f"a grid is of filters (K, C, H, W), or maps (K, H, W) or (K, L), got {maps.shape}")
    shown = maps[:_MOST]
    columns = min(8, len(shown))
    rows = -(-len(shown) // columns)
    figure = new_figure(1.0 * columns, 1.0 * rows + 0.4)
    for place, each in enumerate(shown):
        axes = figure.add_subplot(rows, columns, place + 1)
        if each.ndim == 1:
            axes.plot(each, linewidth=1)
        elif each.ndim == 3 and len(each) == 3:
            axes.imshow(to_look_at(np.moveaxis(each, 0, -1)), interpolation="nearest")
        else:
            axes.imshow(each.mean(0) if each.ndim == 3 else each, cmap="gray", interpolation="nearest")
        axes.set_xticks([])
        axes.set_yticks([])
    more = f" (the first {_MOST} of {len(maps)})" if len(maps) > _MOST else ""
    if title or more:
        figure.suptitle(f"{title}{more}", fontsize=10).set_parse_math(False)
    return figure


def plane_chart(points: Any, labels: Sequence[Any] | None = None, title: str = "") -> "Figure":
    """Draw points (N, 2), those of one label in one colour; of more than 20 labels the rest is grey.

    >>> len(plane_chart(np.zeros((3, 2)), ["a", "b", "a"]).axes[0].collections)
    2
    """
    points = np.asarray(points, float)
    figure = new_figure(6.4, 5.2)
    axes = figure.add_subplot()
    names = list(dict.fromkeys([""] * len(points) if labels is None else map(str, labels)))
    own = np.array([""] * len(points) if labels is None else list(map(str, labels)))
    markers = "osv^D"
    for number, name in enumerate(sorted(names)):
        some = points[own == name]
        colour = f"C{number % 10}" if number < _CLASSES else "0.7"
        axes.scatter(some[:, 0], some[:, 1], s=14, c=colour, marker=markers[number // 10 % 5], alpha=0.7, label=name)
    if labels is not None and len(names) <= _CLASSES:
        for text in axes.legend(fontsize=8, ncols=1 + (len(names) > 10)).get_texts():
            text.set_parse_math(False)
    axes.set_title(title, fontsize=10).set_parse_math(False)
    return figure


def curves_chart(shares: Any, curves: Mapping[str, Any], title: str = "") -> "Figure":
    """Draw deletion curves, the mean over rows, by what they are called.

    >>> len(curves_chart([0, 1], {"a": [[1.0, 0.0]]}).axes[0].lines)
    1
    """
    figure = new_figure(6.4, 4.2)
    axes = figure.add_subplot()
    for name, answers in curves.items():
        mean = np.asarray(answers, float).mean(0)
        dashed = "--" if name == "random" else "-"
        axes.plot(np.asarray(shares), mean, dashed, label=f"{name}: mean {_area(shares, mean):.3f}")
    axes.set_xlabel("share of places covered, the map's largest first")
    axes.set_ylabel("probability of the class")
    axes.set_ylim(0, 1.02)
    axes.legend(fontsize=8)
    axes.set_title(title, fontsize=10).set_parse_math(False)
    return figure


def _area(shares: Any, mean: Any) -> float:
    """Give the mean of a curve over the shares, by trapezia."""
    steps, mean = np.diff(np.asarray(shares, float)), np.asarray(mean)
    return float((steps * (mean[1:] + mean[:-1]) / 2).sum())
