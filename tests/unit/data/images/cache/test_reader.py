import numpy as np

from foveal.data.images.cache.kept import keep
from foveal.data.images.cache.keys import known_by
from foveal.data.images.cache.reader import Reader
from foveal.data.images.cache.store import Work
from foveal.data.images.progress import SILENT
from foveal.data.images.reading.pool import Outcome, digest_of
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.reading.sums import sums_of
from foveal.data.images.records import Place


def counted(places, rule, rows, write):
    """Make rows of their numbers."""
    for row in rows:
        pixels = np.full((2, 2, 3), row, np.uint8)
        write(row, pixels)
        yield [Outcome(row, digest_of(pixels), "", sums_of(pixels))]


def test_rows_of_another_reader_are_kept_and_taken_over():
    places = [Place(f"{i}.x", f"{i}.x") for i in range(5)]
    reader = Reader(counted, lambda places, rule: None)
    files = known_by(places)
    work = Work("root", places, np.arange(5), make_rule(2), files.each, reader)
    assert keep(work, files.digest, 10**6, SILENT).X[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4]
    fewer = known_by(places[:3])
    less = Work("root", places[:3], np.arange(3), make_rule(2), fewer.each, reader)
    assert keep(less, fewer.digest, 10**6, SILENT).X[:, 0, 0, 0].tolist() == [0, 1, 2]
