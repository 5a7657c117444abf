"""Count every network of the catalogue and write src/foveal/core/networks.json; a test counts some again.

Run it after a change of the catalogue: python docs/make_networks.py
"""

import json
from pathlib import Path

from foveal.models.catalogue import MODELS
from foveal.models.counting import count

FILE = Path(__file__).parents[1] / "src" / "foveal" / "core" / "networks.json"

if __name__ == "__main__":
    rows = {name: list(count(name))[1:] for name in MODELS}
    FILE.write_text("{\n" + ",\n".join(f'"{name}": {json.dumps(row)}' for name, row in rows.items()) + "\n}\n", "utf-8")
    print(f"{len(rows)} networks in {FILE.name}")
