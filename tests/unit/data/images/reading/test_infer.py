import pytest

from foveal.core.errors import DataError, ParameterError
from foveal.data.images.reading.infer import infer_rule
from foveal.data.images.reading.rule import dtype_of, make_rule, shape_of, step_of
from foveal.data.images.records import Header


def header(height=40, width=50, channels=3, bits=8, mode="RGB"):
    return Header("PNG", width, height, channels, bits, mode)


def test_a_common_size_is_taken_as_it_is():
    rule, said = infer_rule([header(), header()])
    assert (rule, said) == (
        make_rule((40, 50)),
        ["size=(40, 50): all pictures have it", 'colour="RGB": 2 of 2 pictures have colour'],
    )


@pytest.mark.parametrize(
    ("sizes", "side"), [([(40, 50), (60, 30), (20, 90)], 30), ([(300, 400)], 128), ([(10, 300)], 10)]
)
def test_else_a_square_of_the_median_of_the_shorter_sides(sizes, side):
    rule, said = infer_rule([header(*size) for size in sizes])
    assert shape_of(rule)[:2] == (side, side)
    assert said[0].startswith(f"size={side}: the median of the shorter sides")
    assert any(line.startswith('resize="pad"') for line in said)


def test_colour_where_any_picture_has_it():
    grey = header(channels=1, mode="L")
    assert shape_of(infer_rule([grey, header()])[0])[2] == 3
    rule, said = infer_rule([grey, grey])
    assert shape_of(rule)[2] == 1
    assert said[1] == 'colour="L": none of 2 pictures has colour'


def test_opacity_is_laid_over_the_background_and_that_is_said():
    rule, said = infer_rule([header(channels=4, mode="RGBA"), header()], background=(9, 8, 7))
    assert step_of(rule, "flatten")["background"] == [9, 8, 7]
    assert said[-1] == "background=(9, 8, 7): 1 of 2 pictures has opacity and are laid over it"


@pytest.mark.parametrize(("bits", "depth"), [((8, 8), "uint8"), ((8, 16), "uint16"), ((16, 32), "float32")])
def test_the_depth_is_the_deepest(bits, depth):
    assert dtype_of(infer_rule([header(bits=b) for b in bits])[0]) == depth


def test_channels_without_a_meaning_stay_as_they_are():
    six = header(channels=6, mode="channels")
    assert shape_of(infer_rule([six, six])[0])[2] == 6
    with pytest.raises(DataError, match=r"one number of channels .* got 6 in 2 files, 3 in 1 files"):
        infer_rule([six, six, header()])


def test_what_is_said_is_kept():
    given = {"size": 16, "resize": "crop", "colour": "LA", "depth": "uint16"}
    rule, said = infer_rule([header()], **given)
    assert rule == make_rule(**given)
    assert said == ['resize="crop": the middle of the picture is kept with its proportions']


def test_no_picture_and_wrong_parameters_are_refused():
    with pytest.raises(DataError, match="there is no picture to infer the input rule from"):
        infer_rule([])
    with pytest.raises(ParameterError, match="depth must be 'auto' or one of 'uint8'"):
        infer_rule([header()], depth="8")
