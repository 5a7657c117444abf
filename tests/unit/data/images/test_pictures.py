import numpy as np
import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.images.pictures import Pictures
from foveal.data.images.reading.sums import sums_of
from foveal.data.images.records import Bad, Place
from foveal.data.promises import check_source
from foveal.data.rows import Rows
from foveal.data.source import is_source

from .drawn import RULE, pixels

X = np.stack([pixels(i) for i in range(6)])


def pictures(**more):
    files = np.array([f"{i}.png" for i in range(6)], object)
    return Pictures(X, RULE, files, in_memory=True, **more)


def test_it_is_an_array_to_look_at():
    p = pictures()
    assert (len(p), p.shape, p.ndim, p.dtype) == (6, (6, 4, 4, 3), 4, np.uint8)
    np.testing.assert_array_equal(p[2], X[2])
    np.testing.assert_array_equal(p[-1], X[-1])
    np.testing.assert_array_equal(p[1:5:2], X[1:5:2])
    np.testing.assert_array_equal(p[[4, 0]], X[[4, 0]])
    np.testing.assert_array_equal(p[np.arange(6) > 3], X[4:])
    np.testing.assert_array_equal(np.asarray(p), X)
    assert np.asarray(p, np.float32).dtype == np.float32
    with pytest.raises(IndexError):
        p[6]


def test_it_is_a_source():
    p = pictures(y=np.arange(6))
    assert is_source(p)
    check_source(p)
    np.testing.assert_array_equal(p.read(np.array([3, 5]))[0], X[[3, 5]])
    np.testing.assert_array_equal(p.between(1, 3)[0], X[1:3])
    assert p.digest() == pictures().digest() != p.chosen(np.arange(5)).digest()
    assert p.statistics(np.arange(6), np.float32).scale == 255


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_the_sums_say_is_what_the_pixels_say(dtype):
    sums = np.stack([sums_of(x) for x in X.astype(dtype)])
    p = Pictures(X.astype(dtype), RULE, np.array([str(i) for i in range(6)]), in_memory=True, sums=sums)
    some, rows = p.chosen(np.array([5, 0, 3, 1])), np.array([0, 2, 3])
    for given, numbers, of in ((p, np.arange(1, 6), X[1:]), (some, rows, X[[5, 3, 1]])):
        wanted = Rows(of.astype(dtype)).statistics(np.arange(len(of)), np.float32)
        for found, value in zip(given.statistics(numbers, np.float32), wanted, strict=True):
            np.testing.assert_allclose(found, value, rtol=1e-12)


def test_statistics_read_no_pixel_where_there_are_sums():
    class Unread(np.ndarray):
        def __getitem__(self, rows):
            raise AssertionError

    sums = np.stack([sums_of(x) for x in X])
    files = np.array([str(i) for i in range(6)])
    assert Pictures(X.view(Unread), RULE, files, in_memory=True, sums=sums).statistics(np.arange(6), np.float32)


def test_some_of_the_rows_keep_all_that_is_known_of_them():
    p = pictures(
        y=np.array(list("abcdef")),
        names=("a", "b"),
        groups=np.arange(6) // 2,
        split=np.array(["train", "test"] * 3),
        skipped=[Bad(Place("x", "x.png"), "is damaged")],
    )
    some = p.chosen(np.array([5, 1])).chosen(np.array([1, 0]))
    np.testing.assert_array_equal(some[:], X[[1, 5]])
    assert (some.files.tolist(), some.y.tolist(), some.groups.tolist()) == (["1.png", "5.png"], ["b", "f"], [0, 2])
    assert (some.split.tolist(), some.class_names, some.input_rule) == (["test", "test"], ("a", "b"), RULE)
    assert some.skipped[0].reason == "is damaged"


def test_the_parts_of_a_split():
    p = pictures(split=np.array(["train", "test", "train", "train", "test", "train"]))
    assert p.part("test").files.tolist() == ["1.png", "4.png"]
    with pytest.raises(ParameterError, match=r"part 'tset' is not there: .* the parts 'test', 'train'; did you mean"):
        p.part("tset")
    with pytest.raises(ParameterError, match="these pictures have no parts"):
        pictures().part("train")


def test_labels_that_are_not_there_are_told():
    assert pictures(y=np.arange(6)).labels().tolist() == list(range(6))
    with pytest.raises(DataError, match=r"these pictures have no labels; put them into a folder for each class"):
        pictures().labels()


def test_a_part_of_the_rows_of_what_lies_below():
    p = Pictures(X, RULE, np.array(["b", "d"], object), in_memory=False, numbers=np.array([1, 3]))
    np.testing.assert_array_equal(p[:], X[[1, 3]])
    assert (p.in_memory, len(p)) == (False, 2)
