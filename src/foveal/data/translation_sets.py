"""Messages of GIMP and their translations: found where a Debian package puts them, or taken out of it."""

import re
from dataclasses import replace
from gettext import GNUTranslations
from pathlib import Path
from typing import Any, Literal

import numpy as np

from foveal.core.errors import ResourceError
from foveal.core.rules import check, choice
from foveal.data.dataset import Dataset
from foveal.data.fetch import cache_folder, debian_files

Split = Literal["random", "templates"]
#: Languages that named sets are of.
LANGUAGES = ("de", "fr")
_PACKAGE, _FOLDER = "gimp-data", "usr/share/locale/{}/LC_MESSAGES"
_CATALOGUES = ("gimp20", "gimp20-python", "gimp20-script-fu", "gimp20-std-plug-ins")
#: Words of a message, and the share of the messages that are for the test.
_FEWEST, _MOST, _TEST = 3, 20, 0.1
#: Two messages as like as that are of one template.
ALIKE = 0.85
_ROOT = Path("/")
_MARKED = re.compile(r"(?<![\w-])([^\W\d_]*)_([^\W\d_]+)(?![\w-])")


def gimp_set(language: str, split: Split = "random") -> Dataset:
    """Load the messages of GIMP 2.10 of 1 to 20 words in English, each once, and their translations.

    Underscores that mark a key in menus are left out, plurals are there in their first form. About a tenth of the
    messages of 3 words or more is for the test, shorter ones are for training alone. "random" draws message by message,
    with seed 0; many have a near copy in training then. "templates" draws whole templates: two messages are of one
    template if their `similarity` is 0.85 or more, or if a chain of such messages leads from one to the other, so that
    no test message is as like as that to one of training. Shorter messages of a drawn template are left out.

    X and y are arrays of strings. Source: the catalogues of the Debian package gimp-data, by GIMP's translators.

    Raises `ResourceError` where they are not there and cannot be had.
    """
    check("split", split, choice("random", "templates"))
    folder = _folder(language)
    pairs: dict[str, str] = {}
    for name in _CATALOGUES:
        for source, target in _messages(folder / f"{name}.mo"):
            pairs.setdefault(source, target)
    ordered = sorted(pairs.items())  # as catalogues of another release would be
    X, y = (np.array(side, object) for side in zip(*ordered, strict=True))
    groups = np.arange(len(X)) if split == "random" else templates(list(X))
    drawn = _drawn(groups, long := np.array([len(text.split()) >= _FEWEST for text in X]))
    learnt, test = ~drawn, drawn & long
    if split == "random":
        learnt = ~test
    name = f"gimp-{language}" + ("-templates" if split == "templates" else "")
    return Dataset(name, X[learnt], y[learnt], X[test], y[test])


def gimp_pairs(language: str, split: Split = "random") -> Dataset:
    """Give `gimp_set` with X as a source of pairs, as the command line trains on."""
    from foveal.data.text.pairs import Pairs  # which loads torch

    data = gimp_set(language, split)
    X, X_test = (Pairs.of(*side) for side in ((data.X_train, data.y_train), (data.X_test, data.y_test)))
    return replace(data, X_train=X, X_test=X_test)


def _messages(path: Path) -> list[tuple[str, str]]:
    with path.open("rb") as file:
        catalogue: dict[Any, str] = GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    found = []
    for key, target in catalogue.items():
        source, number = key if isinstance(key, tuple) else (key, 0)
        source = source.rpartition("\x04")[2]  # behind its context
        if number == 0 and target and 1 <= len(source.split()) <= _MOST:
            found.append((_plain(source), _plain(target)))
    return found


def _plain(text: str) -> str:
    """Leave out the mark of a menu key, an underscore in a word of letters, and lines: a message is one."""
    return " ".join(_MARKED.sub(r"\1\2", text).split()) if text.count("_") == 1 else " ".join(text.split())


def _drawn(groups: np.ndarray, long: np.ndarray) -> np.ndarray:
    """Draw whole groups until they have a tenth of the long messages."""
    numbers, place = np.unique(groups, return_inverse=True)
    order = np.random.default_rng(0).permutation(len(numbers))
    counts = np.bincount(place, weights=long)[order]
    drawn = order[: int(np.searchsorted(np.cumsum(counts), _TEST * long.sum())) + 1]
    return np.isin(groups, numbers[drawn])


def trigrams(texts: list[str]) -> Any:
    """Give the counts of each text's character trigrams, of length 1: a sparse matrix (N, trigrams)."""
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(analyzer="char", ngram_range=(3, 3), alternate_sign=False).transform(
        [f"  {text}  " for text in texts]
    )


def similarity(texts: list[str], others: list[str]) -> np.ndarray:
    """Give how like each text is to the likest of others: the cosine of the counts of their character trigrams.

    Letters count as small ones.

    >>> similarity(["Open the file", "Quit"], ["open the file"]).round(3).tolist()
    [1.0, 0.0]
    """
    rows, columns = trigrams(texts), trigrams(others).T.tocsc()
    found = [(rows[first : first + 512] @ columns).max(axis=1).toarray()[:, 0] for first in range(0, len(texts), 512)]
    return np.concatenate(found)


def templates(texts: list[str]) -> np.ndarray:
    """Give the number of each text's template, a part of the graph that joins texts of a similarity of 0.85 or more.

    >>> templates(["Save the picture as it is", "Save the picture as it was", "Quit"]).tolist()
    [0, 0, 1]
    """
    from scipy.sparse import vstack
    from scipy.sparse.csgraph import connected_components

    rows = trigrams(texts)
    columns = rows.T.tocsc()
    near = vstack([rows[first : first + 512] @ columns >= ALIKE for first in range(0, len(texts), 512)])
    return np.asarray(connected_components(near, directed=False)[1])


def _folder(language: str) -> Path:
    """Return the folder with the catalogues of a language: the machine's, or one taken out of the package."""
    inside, unpacked = _FOLDER.format(language), cache_folder() / "debian" / _PACKAGE
    for folder in (_ROOT / inside, unpacked / inside):
        if all((folder / f"{name}.mo").is_file() for name in _CATALOGUES):
            return folder
    try:
        debian_files(_PACKAGE, unpacked, "usr/share/locale/*/LC_MESSAGES/gimp20*.mo")
    except ResourceError as error:
        raise ResourceError(
            f"gimp-{language} is not on this machine and cannot be fetched: {error}. As root, apt install {_PACKAGE} "
            f"gets it; or put {', '.join(_CATALOGUES)} (.mo) from elsewhere into {unpacked / inside}"
        ) from error
    return unpacked / inside
