"""Count and draw the networks of the catalogue: core/networks.json, docs/drawings/, the figures on docs/networks.md.

Run it after a change of the catalogue: python docs/make_networks.py [--draw]; with --draw nothing is counted, which
takes minutes. Tests count some again, and hold page and drawings against the library.
"""

import json
import re
import sys
from functools import partial
from pathlib import Path

import torch

from foveal.core.networks import figures
from foveal.models.catalogue import MODELS
from foveal.models.counting import count
from foveal.models.drawing import drawing
from foveal.models.landmarks.causal import wavenet

DOCS = Path(__file__).parent
FILE = DOCS.parent / "src" / "foveal" / "core" / "networks.json"
PAGE = DOCS / "networks.md"
#: Drawn with fewer layers than the catalogue's: thirty layers, each within the one before, fill a wall.
FEWER = {
    "wavenet": (" with three layers", partial(wavenet, cycles=1, doublings=3)),
    "unet": (" of two levels", partial(MODELS["unet"].make, depth=2)),
}
#: Pixels of a drawing on the page at most; it leads to the drawing in its own size.
TALLEST, WIDEST = 640, 480
#: A family's figures on the page; the mark names its networks, the first is drawn.
_MARK = re.compile(r"(<!-- family: ([\w ]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def drawn(name: str) -> str:
    """Draw a network as `foveal nets NAME --draw` does."""
    network = MODELS[name]
    with torch.device("meta"):
        make = FEWER[name][1] if name in FEWER else network.make
        return drawing(make(network.shape, network.outputs))


def families(page: str) -> list[list[str]]:
    """List the names of each family on the page."""
    return [match[2].split() for match in _MARK.finditer(page)]


def rendered(page: str) -> str:
    """Give the page with the figures of each family as they are."""
    return _MARK.sub(lambda match: match[1] + _figures(match[2].split()) + match[3], page)


def _figures(names: list[str]) -> str:
    rows = ["", "| name | parameters | multiply-adds | at | classes |", "| --- | ---: | ---: | --- | ---: |"]
    for name in names:
        row = figures()[name]
        at = "x".join(map(str, row.input))
        rows.append(f"| `{name}` | {row.parameters:,} | {row.multiply_adds:,} | {at} | {row.outputs} |")
    first = names[0]
    fewer = FEWER[first][0] if first in FEWER else ""
    file = f"drawings/{first}.svg"
    image = f"![{first}{fewer}, as foveal nets draws it]({file}){{ width={_width(first)} }}"
    return "\n".join([*rows, "", f"[{image}]({file})", "", ""])


def _width(name: str) -> int:
    found = re.search(r'viewBox="0 0 (\d+) (\d+)"', (DOCS / "drawings" / f"{name}.svg").read_text("utf-8"))
    width, height = map(int, found.groups()) if found else (WIDEST, TALLEST)
    return round(width * min(1, TALLEST / height, WIDEST / width))


if __name__ == "__main__":
    if "--draw" not in sys.argv:
        rows = {name: list(count(name))[1:] for name in MODELS}
        text = ",\n".join(f'"{name}": {json.dumps(row)}' for name, row in rows.items())
        FILE.write_text("{\n" + text + "\n}\n", "utf-8")
        print(f"{len(rows)} networks in {FILE.name}")
    page = PAGE.read_text("utf-8")
    for first in [names[0] for names in families(page)]:
        (DOCS / "drawings" / f"{first}.svg").write_text(drawn(first), "utf-8")
    PAGE.write_text(rendered(page), "utf-8")
    print(f"{len(families(page))} families on {PAGE.name}")
