"""Compute and draw docs/theory.md: formulas as MathML, figures and numbers from the library's own layers.

Run it after a change of the page: python docs/make_theory.py. Formulas are written as LaTeX behind a mark and turned
into MathML, which browsers set themselves, by latex2mathml (pip install latex2mathml). A test computes all numbers
again, by hand, and holds page and figures against this file.
"""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from foveal.layers import ConvBlock

DOCS = Path(__file__).parent
PAGE = DOCS / "theory.md"
FIGURES = DOCS / "figures"
#: A picture of 4 x 4, a stroke that rises to the right; a filter that answers such strokes; weights of two classes.
PICTURE = [[0, 0, 2, 1], [0, 1, 2, 0], [1, 2, 1, 0], [2, 1, 0, 0]]
FILTER = [[-1, 0, 1], [0, 1, 0], [1, 0, -1]]
DENSE = [[0.5, -0.5, 0.0, 0.25], [-0.25, 0.5, 0.25, 0.0]]
TARGET, RATE = 0, 0.01
#: Depth of the stack whose receptive field is drawn: filter length and stride of each layer, the first one first.
LAYERS = ((3, 1), (2, 2), (3, 1))
_FORMULA = re.compile(r"(<!-- formula: (.*?) -->\n).*?(<!-- end -->\n)", re.DOTALL)
_NUMBER = re.compile(r"(<!-- number: ([\w.\[\], ]+) -->)[^<]*(<!-- end -->)")
_CELL, _GAP = 40, 46
_CSS = (
    "svg{color:#222;--mark:#ffd98a;--far:#eee}"
    "@media(prefers-color-scheme:dark){svg{color:#ddd;--mark:#7a5b12;--far:#333}}"
    "text{font:12px sans-serif;fill:currentColor;text-anchor:middle}"
    ".name{font-style:italic}.m{fill:var(--mark)}.far{fill:var(--far)}"
    "rect,line,path{stroke:currentColor;fill:none;stroke-width:1}"
)


class Values(NamedTuple):
    """What is computed on the way there, and the gradients on the way back."""

    I: np.ndarray
    K: np.ndarray
    S: np.ndarray
    A: np.ndarray
    P: np.ndarray
    W: np.ndarray
    z: np.ndarray
    p: np.ndarray
    loss: float
    dz: np.ndarray
    dW: np.ndarray
    dP: np.ndarray
    dA: np.ndarray
    dS: np.ndarray
    dK: np.ndarray
    dI: np.ndarray
    K_after: np.ndarray
    loss_after: float


def network() -> tuple[ConvBlock, nn.Linear]:
    """Make the network of the page: ConvBlock -> Flatten -> Dense."""
    block = ConvBlock(2, 1, 1, padding="same", batch_norm=False, pool_size=2).double()
    dense = nn.Linear(4, 2).double()
    with torch.no_grad():
        block.conv.weight.copy_(torch.tensor(FILTER, dtype=torch.float64)[None, None])
        dense.weight.copy_(torch.tensor(DENSE, dtype=torch.float64))
        block.conv.bias.zero_()
        dense.bias.zero_()
    return block, dense


def computed() -> Values:
    """Run the library's layers forwards and backwards on the picture, and make one step."""
    block, dense = network()
    x = torch.tensor(PICTURE, dtype=torch.float64)[None, None].requires_grad_()
    target = torch.tensor([TARGET])
    kept = forward(block, dense, x)
    for value in kept[:-1]:
        value.retain_grad()
    loss = nn.functional.cross_entropy(kept[-2], target)
    loss.backward()
    grads = [value.grad for value in (x, *kept[:-1])]
    weight = block.conv.weight
    dI, dS, dA, dP, dz = grads
    K, dK = weight.detach().clone(), weight.grad
    W, dW = dense.weight.detach().clone(), dense.weight.grad
    with torch.no_grad():
        for parameter in (*block.parameters(), *dense.parameters()):
            parameter -= RATE * parameter.grad
        after = nn.functional.cross_entropy(forward(block, dense, x)[-2], target)
    S, A, P, z, p = kept
    arrays = (x, K, S, A, P, W, z, p)
    found = [value.detach().squeeze().numpy() for value in arrays]
    back = [value.detach().squeeze().numpy() for value in (dz, dW, dP, dA, dS, dK, dI, weight)]
    return Values(*found, float(loss.detach()), *back, float(after))


def forward(block: ConvBlock, dense: nn.Linear, x: Tensor) -> tuple[Tensor, ...]:
    """Give the values between the layers: S, A, P, z, p. The block as a whole pools first, and gives the same P."""
    S = block.conv(x)
    A = S.relu()
    P = nn.functional.max_pool2d(A, 2)
    z = dense(P.flatten(1))
    return S, A, P, z, z.softmax(1)


def number(value: float) -> str:
    """Write a number as briefly as it is exact, or to three places.

    >>> number(-2.0), number(0.25), number(1 / 3)
    ('-2', '0.25', '0.333')
    """
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def grid(values: Any, x: float, y: float, name: str, marked: Sequence[tuple[int, int]] = ()) -> list[str]:
    """Draw a matrix with its name above."""
    values = np.atleast_2d(values)
    width = values.shape[1]
    lines = [f'<text class="name" x="{x + width * _CELL / 2}" y="{y - 8}">{escape(name)}</text>']
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            left, top = x + j * _CELL, y + i * _CELL
            mark = ' class="m"' if (i, j) in marked else ""
            lines.append(f'<rect{mark} x="{left}" y="{top}" width="{_CELL}" height="{_CELL}"/>')
            lines.append(f'<text x="{left + _CELL / 2}" y="{top + _CELL / 2 + 4}">{number(float(value))}</text>')
    return lines


def svg(width: float, height: float, lines: Sequence[str]) -> str:
    """Put lines into a picture that is dark where pages are."""
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}">\n<style>{_CSS}</style>\n{body}\n</svg>\n'
    )


def in_a_row(*parts: tuple[Any, str, Sequence[tuple[int, int]], str]) -> str:
    """Draw matrices side by side, each (values, name, marked places, what leads to the next)."""
    tallest = max(np.atleast_2d(part[0]).shape[0] for part in parts) * _CELL
    x, lines = 10.0, []
    for values, name, marked, leads in parts:
        height, width = np.atleast_2d(values).shape
        lines += grid(values, x, 26 + (tallest - height * _CELL) / 2, name, marked)
        x += width * _CELL
        if leads:
            middle = 26 + tallest / 2
            room = max(_GAP, 7 * len(leads) + 14)
            lines.append(f'<text x="{x + room / 2}" y="{middle - 7}">{escape(leads)}</text>')
            lines.append(f'<path d="M{x + 6} {middle}h{room - 12}m-6 -4l6 4l-6 4"/>')
            x += room
    return svg(x + 10, tallest + 40, lines)


def receptive(layers: Sequence[tuple[int, int]] = LAYERS) -> tuple[list[tuple[int, int]], str]:
    """Give receptive field and jump after each layer, and draw which places of a signal one output sees."""
    sizes, field, jump = [], 1, 1
    for length, stride in layers:
        field, jump = field + (length - 1) * jump, jump * stride
        sizes.append((field, jump))
    wanted, rows = {0}, [{0}]
    for length, stride in reversed(layers):
        wanted = {place * stride + tap for place in wanted for tap in range(length)}
        rows.append(wanted)
    lines, height = [], 62
    left = 110
    for level, places in enumerate(reversed(rows)):
        y = 24 + (len(layers) - level) * height
        step = jump_before(layers, level)
        for place in sorted(places):
            x = left + (place * step + offset(layers, level)) * 26
            if level:
                length, stride = layers[level - 1]
                below = jump_before(layers, level - 1)
                for tap in range(length):
                    to = left + ((place * stride + tap) * below + offset(layers, level - 1)) * 26
                    lines.append(f'<line x1="{x}" y1="{y}" x2="{to}" y2="{y + height}"/>')
            lines.append(f'<circle cx="{x}" cy="{y}" r="7" stroke="currentColor" fill="var(--mark)"/>')
        name = "signal" if not level else f"{layers[level - 1][0]} wide, stride {layers[level - 1][1]}"
        lines.append(f'<text x="48" y="{y + 4}">{name}</text>')
    return sizes, svg(left + (sizes[-1][0]) * 26 + 10, 48 + len(layers) * height, lines)


def jump_before(layers: Sequence[tuple[int, int]], level: int) -> int:
    """Give the distance of neighbours after `level` layers, in places of the signal."""
    return int(np.prod([stride for _, stride in layers[:level]]))


def offset(layers: Sequence[tuple[int, int]], level: int) -> float:
    """Give where the first place after `level` layers has its centre."""
    return sum((length - 1) / 2 * jump_before(layers, i) for i, (length, _) in enumerate(layers[:level]))


def figures() -> dict[str, str]:
    """Draw all figures of the page."""
    v = computed()
    window = [(i, j) for i in range(0, 3) for j in range(1, 4)]
    most = {(i, j) for i in range(4) for j in range(4) if v.dA[i, j]}
    return {
        "theory-convolution": in_a_row(
            (v.I, "I", window, "*"), (v.K, "K", (), "="), (v.S, "S", [(1, 2)], "")
        ),
        "theory-forward": in_a_row(
            (v.I, "I", (), "conv"), (v.S, "S", (), "ReLU"), (v.A, "A", sorted(most), "max"), (v.P, "P", (), "W"),
            (v.z[:, None], "z", (), "softmax"), (v.p[:, None], "p", [(TARGET, 0)], ""),
        ),
        "theory-backward": in_a_row(
            (v.dz[:, None], "dL/dz", (), "Wᵀ"), (v.dP, "dL/dP", (), "to the maxima"),
            (v.dA, "dL/dA", sorted(most), "where S > 0"), (v.dS, "dL/dS", (), "I * dL/dS"), (v.dK, "dL/dK", (), ""),
        ),
        "theory-receptive": receptive()[1],
    }  # fmt: skip


def rendered(page: str) -> str:
    """Give the page with formulas and numbers as they are."""
    v = computed()

    def told(match: re.Match[str]) -> str:
        name, *places = re.findall(r"[\w.]+", match[2])
        value = getattr(v, name)
        return match[1] + number(float(value[tuple(map(int, places))] if places else value)) + match[3]

    return _NUMBER.sub(told, _FORMULA.sub(lambda match: match[1] + formula(match[2]) + match[3], page))


def formula(latex: str) -> str:
    """Set a formula as MathML."""
    from latex2mathml.converter import convert

    return convert(latex, display="block") + "\n"


def main() -> None:
    """Write the page and its figures."""
    for name, drawn in figures().items():
        (FIGURES / f"{name}.svg").write_text(drawn, encoding="utf-8")
    PAGE.write_text(rendered(PAGE.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
