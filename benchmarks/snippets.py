"""Sentences of movie reviews, positive or negative, in 10 stratified folds: the network beside TF-IDF and regression.

python -m benchmarks.snippets [NET] [--only 1 2] [--choose]     # NET is "auto", or for example kim; half an hour a net

All is as `TextClassifier` has it by default: a vocabulary of the training rows, no trained vectors, 10 % held out. The
baseline is `compare.text_baselines.words_and_pairs`, whose C is chosen within each training fold. Both are tested on
the same rows; their difference is that of the folds, with the corrected paired t test of
`compare.differences.of_folds`.

What the network's defaults are was chosen on the training part of the first of these folds alone (`--choose`: two
folds of ten of it), the other rows unseen.
"""

import argparse
from time import process_time

import numpy as np
from sklearn.model_selection import StratifiedKFold

from foveal import TextClassifier
from foveal.compare.differences import of_folds
from foveal.compare.intervals import of_folds as interval
from foveal.compare.text_baselines import words_and_pairs
from foveal.data.text_sets import movie_snippets

FOLDS, CHOSEN = 10, 2


def folds(y: np.ndarray, *, choose: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Deal the rows; to choose by, those that the first fold trains on."""
    dealt = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(y, y))
    if not choose:
        return dealt
    train = dealt[0][0]
    again = StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(train, y[train])
    return [(train[a], train[b]) for a, b in again][:CHOSEN]


def main() -> None:
    """Train and test fold by fold, and print each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("net", nargs="?", default="auto")
    parser.add_argument("--only", type=int, nargs="*", help="numbers of folds, from 1")
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--no-baseline", action="store_true")
    args = parser.parse_args()
    data = movie_snippets()
    X, y = data.X_train.texts, data.y_train
    print(f"{len(y):,} snippets, {(y == 'negative').sum():,} of them negative")
    ours, theirs = [], []
    for number, (train, test) in enumerate(folds(y, choose=args.choose)):
        if args.only and number + 1 not in args.only:
            continue
        began = process_time()
        model = TextClassifier(net=args.net, random_state=number).fit(X[train], y[train])
        ours.append(float((model.predict(X[test]) == y[test]).mean()))
        took, told = process_time() - began, ""
        if not args.no_baseline:
            labels = (y == "positive").astype(int)
            predicted, told = words_and_pairs(X[train], labels[train], X[test])
            theirs.append(float((predicted == labels[test]).mean()))
        beside = f", TF-IDF {theirs[-1]:.4f} with {told}" if theirs else ""
        print(f"fold {number + 1}: {ours[-1]:.4f} in {took:.0f} s of a processor{beside}", flush=True)
    print(f"{model.fitted_.settings['net']}, {model.n_epochs_} epochs")
    ratio = len(test) / len(train)
    for name, scores in (("network", ours), ("TF-IDF", theirs)):
        if len(scores) > 1:
            low, high = interval(scores, ratio)
            print(f"{name}: {np.mean(scores):.4f}, 95 % {low:.4f} to {high:.4f}")
    if len(theirs) > 1:
        found = of_folds(ours, theirs, ratio)
        print(f"difference {found.value:+.4f}, p = {found.p:.3f}")


if __name__ == "__main__":
    main()
