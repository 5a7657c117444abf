import numpy as np

from foveal.data.images.duplicates import groups_with_duplicates, numbers_of, remarks


def digests(*numbers):
    return np.array([[number, 7] for number in numbers], np.uint8)


def same(*numbers):
    return numbers_of(digests(*numbers))


def test_each_digest_has_a_number():
    assert numbers_of(digests(3, 1, 3, 2)).tolist() == [2, 0, 2, 1]


def test_pictures_that_all_differ_need_no_groups():
    assert groups_with_duplicates(same(1, 2, 3)) is None


def test_the_same_pictures_are_together():
    assert groups_with_duplicates(same(1, 2, 1)).tolist() == [0, 1, 0]


def test_groups_that_share_a_picture_become_one():
    groups = groups_with_duplicates(same(1, 2, 1, 3, 4), np.array(["a", "a", "b", "b", "c"]))
    assert groups.tolist() == [0, 0, 0, 0, 1]
    assert groups_with_duplicates(same(1, 2, 3), np.array([5, 5, 9])).tolist() == [0, 0, 1]


def test_what_is_said_of_them():
    files = np.array(["a", "b", "c", "d"], object)
    assert remarks(same(1, 2, 3, 4), files, None, None) == []
    one = remarks(same(1, 1, 2, 3), files, np.array([0, 0, 1, 1]), np.array(["train", "train", "test", "test"]))
    assert one == ["1 picture is there before, with the same pixels (a and b); such pictures are never held out apart"]
    told = remarks(same(1, 1, 2, 2), files, np.array([0, 1, 1, 1]), np.array(["train", "train", "train", "test"]))
    assert told[0].startswith("2 pictures are there before")
    assert told[1:] == [
        "1 of them with different labels: a and b",
        "1 of them on different sides of the split that the data gives: c and d",
    ]


def test_several_labels_a_row_are_compared_as_wholes():
    y = np.array([[0, 1], [0, 1], [1, 1]])
    files = np.array(["a", "b", "c"], object)
    assert len(remarks(same(1, 1, 2), files, y, None)) == 1
    y[1] = 0
    assert "with different labels" in remarks(same(1, 1, 2), files, y, None)[1]
