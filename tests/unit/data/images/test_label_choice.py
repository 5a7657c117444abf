import pytest

from foveal.core.errors import ParameterError
from foveal.data.images.label_choice import Asked, after_reading, before_reading

TABLE = {"sky": (0, 0, 255), "road": (90, 90, 90), "void": (0, 0, 0)}


def chosen(labels, asked=Asked(), top=255, padded=False):  # noqa: B008
    return after_reading(before_reading(asked), asked, labels, top=top, padded=padded)


@pytest.mark.parametrize(
    ("labels", "numbers", "ignored"),
    [
        ([0, 1, 2], [], None),
        ([0, 1, 2, 255], [], 255),
        ([1, 2, 255], [], 255),
        ([0, 2, 255], [[0, 0], [2, 1], [255, 2]], None),
        ([0, 255], [[0, 0], [255, 1]], None),
        ([7], [], None),
    ],
)
def test_255(labels, numbers, ignored):
    found = chosen(labels)
    assert (found.step["numbers"], found.step["ignored"]) == (numbers, ignored)
    padded = chosen(labels, padded=True)
    assert (padded.step["numbers"], padded.step["ignored"]) == (numbers, 255)


def test_sixteen_bits():
    assert chosen([0, 300], top=65535, padded=True).step["ignored"] == 65535
    found = chosen([0, 65535], top=65535, padded=True).step
    assert (found["numbers"], found["ignored"]) == ([[0, 0], [65535, 1]], 255)


def test_names_and_the_label_to_ignore():
    named = Asked(class_names=("a", "b"))
    assert chosen([0, 1], named)[1:] == (("a", "b"), "")
    assert chosen([3, 9], named).step["numbers"] == [[3, 0], [9, 1]]
    assert chosen([0, 1, 5], named).step["numbers"] == []  # which is told of the file that has it
    both = Asked(class_names=("a", "b"), ignore=0)
    assert chosen([0, 1, 2], both).step == {
        "step": "labels", "colours": [], "numbers": [[1, 0], [2, 1], [0, 255]], "ignored": 255
    }  # fmt: skip
    assert before_reading(Asked(class_names={4: "x", 2: "y"}, ignore=9)).step["numbers"] == [[4, 0], [2, 1], [9, 255]]
    assert chosen([0, 1], Asked(ignore=0), padded=True).step["ignored"] == 0


def test_a_table_says_it_all():
    found = chosen([0, 1], Asked(colours=TABLE, ignore="void"), padded=True)
    assert (found.names, found.step["ignored"], len(found.step["colours"])) == (("sky", "road"), 255, 3)
    assert before_reading(Asked(colours={3: (0, 0, 0), 255: (1, 1, 1)})).names == ("0", "1", "2", "3")
    again = chosen([0, 1], Asked(mask_rule=found.step))
    assert again == found


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Asked(colours=TABLE, class_names=("a",)), "colours has the names"),
        (Asked(colours=TABLE, ignore="viod"), "ignore='viod' is no label and no name"),
        (Asked(ignore="void"), "ignore must be a label"),
        (Asked(class_names={"a": 1}), "class_names must be names, or"),
        (Asked(mask_rule={}, ignore=3), "mask_rule says all of masks"),
    ],
)
def test_what_does_not_go_together(asked, message):
    with pytest.raises(ParameterError, match=message):
        before_reading(asked)
