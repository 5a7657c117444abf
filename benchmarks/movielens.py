"""MovieLens-100k: hit rate@10 of the next item, both networks and what "auto" is, beside baselines on the same users.

    python benchmarks/movielens.py FILE.inter --out results.json [--seeds 3] [--nets next_item caser]
    python benchmarks/movielens.py FILE.inter --out results.json --nets auto --epochs 10 --monitor hit_rate

The last item of each user tests, the second-last validates, and the rest trains; whatever was chosen was chosen by the
second-last. All items that a user has not had are ranked. Each run is written when it is done, and is not done again.
Hits and ranks of each user are kept, so that intervals are those of a paired bootstrap over users.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from foveal import Recommender
from foveal.compare.recommendation import Asked, Ranked, measures, of_baseline, of_network, ratio_of_hits
from foveal.compare.recommendation_baselines import BASELINES
from foveal.data.interactions.asking import asked_of
from foveal.data.interactions.ids import Ids
from foveal.data.interactions.reading import read_interactions
from foveal.data.interactions.splits import leave_last_out
from foveal.data.interactions.transitions import popularity


def main() -> None:
    """Train what is missing in the file of results, and print a table of all that is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--nets", nargs="*", default=["auto", "next_item", "caser"])
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--monitor", default="auto")
    parser.add_argument("--only-show", action="store_true")
    asked = parser.parse_args()
    found = json.loads(asked.out.read_text()) if asked.out.exists() else {}
    if not asked.only_show:
        split = leave_last_out(read_interactions(asked.source))
        if "baselines" not in found:
            found["baselines"] = baselines(split)
            asked.out.write_text(json.dumps(found))
        how = {"monitor": asked.monitor} | ({} if asked.epochs is None else {"n_epochs": asked.epochs})
        for seed in range(asked.seeds):
            for net in asked.nets:
                name = f"{net} {seed}"
                if name not in found:
                    found[name] = trained(split, net, seed, how)
                    asked.out.write_text(json.dumps(found))
                    print(name, *(found[name][part]["hit_rate"] for part in ("valid", "test")), flush=True)
    show(found)


def baselines(split) -> dict:
    """Measure the baselines on both held-out items."""
    counts = popularity(split.train.histories, len(split.train.items))
    items = Ids(split.train.items.labels[counts[1:] > 0])
    train, found = split.train.numbered(items), {}
    for name, make in BASELINES.items():
        scores = make(train, len(items))
        found[name] = {}
        for part in ("valid", "test"):
            ranked = of_baseline(scores, len(items), Asked(*asked_of(getattr(split, part), items)))
            found[name][part] = told(ranked, popularity(train, len(items)))
    return found


def trained(split, net: str, seed: int, how: dict) -> dict:
    """Train one network, by the defaults but for `how`, and measure it on both held-out items."""
    began, clock = time.process_time(), time.perf_counter()
    model = Recommender(net=net, random_state=seed, **how).fit(split.train, validation=split.valid)
    cost = {"cpu_seconds": time.process_time() - began, "seconds": time.perf_counter() - clock}
    fitted, found = model.fitted_, {"net": model.fitted_.settings["net"], **cost}
    for part in ("valid", "test"):
        asked = Asked(*asked_of(getattr(split, part), model._catalogue()))
        found[part] = told(of_network(fitted, asked), fitted.kept["popularity"])
    return found


def told(ranked: Ranked, counts) -> dict:
    """Give the measures, and the ranks of all users, 0 for an item that was never seen in training."""
    ranks = np.where(np.isinf(ranked.ranks), 0, ranked.ranks).astype(int).tolist()
    return {**measures(ranked, counts), "ranks": ranks}


def hits(found: dict, part: str) -> np.ndarray:
    """Give who was hit."""
    ranks = np.array(found[part]["ranks"])
    return (ranks > 0) & (ranks <= 10)


def show(found: dict) -> None:
    """Print the mean over seeds of each network, and its ratios to two baselines with their 90 % intervals."""
    others = {name: hits(found["baselines"][name], "test") for name in ("item neighbours", "sequential neighbours")}
    for name, each in found["baselines"].items():
        print(f"{name:24} valid {each['valid']['hit_rate']:.4f}  test " + _row(each["test"]))
    for net in dict.fromkeys(name.rsplit(" ", 1)[0] for name in found if name != "baselines"):
        runs = [each for name, each in found.items() if name.rsplit(" ", 1)[0] == net]
        valid = np.mean([run["valid"]["hit_rate"] for run in runs])
        mean = {key: np.mean([run["test"][key] for run in runs]) for key in runs[0]["test"] if key != "ranks"}
        cpu = np.mean([run["cpu_seconds"] for run in runs])
        print(f"{net:24} valid {valid:.4f}  test {_row(mean)}  {len(runs)} seeds, {cpu:.0f} CPU s each")
        ours = np.array([hits(run, "test") for run in runs])
        for name, its in others.items():
            ratio, (low, high) = ratio_of_hits(ours, np.repeat(its[None], len(ours), 0))
            print(f"    {ratio:.2f} ({low:.2f} to {high:.2f}) times {name}")


def _row(of: dict) -> str:
    return "  ".join(f"{name} {of[name]:.4f}" for name in ("hit_rate", "ndcg", "mrr", "coverage", "popularity"))


if __name__ == "__main__":
    main()
