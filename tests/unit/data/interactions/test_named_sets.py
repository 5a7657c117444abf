"""MovieLens-100k: found where its package is, or said how to get it. It is downloaded for the test where pip can."""

import subprocess
import sys
import zipfile

import pytest

import foveal.data.interactions.named_sets as module
from foveal.core.errors import ResourceError
from foveal.data.interactions.named_sets import interactions_from, movielens_100k
from foveal.data.interactions.splits import leave_last_out


def test_what_to_do_where_it_is_not(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path)
    with pytest.raises(ResourceError, match=r"pip install --no-deps recbole==1.2.1 gets"):
        movielens_100k()


@pytest.fixture(scope="module")
def movielens(tmp_path_factory):
    """Give the file of the package, downloaded where it is not installed."""
    try:
        return movielens_100k()
    except ResourceError:
        folder = tmp_path_factory.mktemp("recbole")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", folder, "recbole==1.2.1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("recbole-*.whl"))
    if not wheels:
        pytest.skip(f"recbole cannot be downloaded: {done.stderr[-200:]}")
    with zipfile.ZipFile(wheels[0]) as wheel:
        return folder / wheel.extract("recbole/dataset_example/ml-100k/ml-100k.inter", folder)


def test_it_is_what_it_should_be(movielens):
    found = interactions_from(str(movielens))
    assert (len(found), len(found.users), len(found.items)) == (100_000, 943, 1682)
    assert found.dropped == 0
    assert found.histories.lengths.min() == 20
    split = leave_last_out(found)
    assert [len(part) for part in split] == [98_114, 99_057, 100_000]
