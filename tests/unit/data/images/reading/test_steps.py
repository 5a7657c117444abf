import numpy as np
import pytest

from foveal.data.images.reading.pixels import Pixels
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.reading.steps import applied
from foveal.data.images.records import BadPicture


def one(values, mode, dtype=np.uint8, **rule):
    """Apply a rule to a picture of one pixel."""
    pixels = Pixels(np.array([[values]], dtype), mode)
    return applied(pixels, make_rule(1, resize="squash", **rule))[0, 0].tolist()


@pytest.mark.parametrize(
    ("values", "mode", "rule", "wanted"),
    [
        ([10], "L", {}, [10, 10, 10]),
        ([10, 0], "LA", {}, [255, 255, 255]),
        ([10, 0], "LA", {"background": (1, 2, 3)}, [1, 2, 3]),
        ([10, 0], "LA", {"background": (255, 0, 0), "colour": "L"}, [76]),
        ([10, 0], "LA", {"background": "black", "colour": "L"}, [0]),
        ([200, 0, 100, 51], "RGBA", {"background": "black"}, [40, 0, 20]),
        ([200, 0, 100, 51], "RGBA", {}, [244, 204, 224]),
        ([255, 0, 0], "RGB", {"colour": "L"}, [76]),
        ([10], "L", {"colour": "LA"}, [10, 255]),
        ([10], "L", {"colour": "RGBA"}, [10, 10, 10, 255]),
        ([1, 2, 3, 4], "RGBA", {"colour": "RGBA"}, [1, 2, 3, 4]),
        ([255, 0, 0, 9], "RGBA", {"colour": "LA"}, [76, 9]),
        ([1, 2, 3, 4], "channels", {"colour": "RGBA"}, [1, 2, 3, 4]),
        ([1, 2], "channels", {"colour": "as_is", "channels": 2}, [1, 2]),
        ([1, 2], "LA", {"colour": "as_is", "channels": 2}, [1, 2]),
        ([7], "L", {"colour": "L", "depth": "uint16"}, [7 * 257]),
        ([7], "L", {"colour": "L", "depth": "float32"}, [7.0]),
    ],
)
def test_one_pixel_of_8_bits(values, mode, rule, wanted):
    assert one(values, mode, **rule) == wanted


@pytest.mark.parametrize(
    ("values", "mode", "rule", "wanted"),
    [
        ([1000], "L", {"colour": "L", "depth": "uint16"}, [1000]),
        ([65535], "L", {"colour": "L"}, [255]),
        ([128], "L", {"colour": "L"}, [0]),
        ([129], "L", {"colour": "L"}, [1]),
        ([60000, 32768], "LA", {"colour": "L", "depth": "uint16"}, [62768]),  # (60000 * 32768 + 65535 * 32767) / 65535
        ([65535, 0, 0], "RGB", {"colour": "L", "depth": "uint16"}, [19595]),
        ([65535, 65535, 65535, 65535], "RGBA", {"depth": "uint16"}, [65535] * 3),
        ([300, 0, 0, 0], "RGBA", {"depth": "uint16", "background": (1, 2, 3)}, [257, 514, 771]),
    ],
)
def test_one_pixel_of_16_bits(values, mode, rule, wanted):
    if len(wanted) == 1 and mode == "LA":
        wanted = [(60000 * 32768 + 65535 * 32767 + 32767) // 65535]
    assert one(values, mode, np.uint16, **rule) == wanted


def test_floating_point_numbers_stay_what_they_are():
    assert one([0.25, 0.5, -1.0], "RGB", np.float32, depth="float32") == [0.25, 0.5, -1.0]
    grey = one([1.0, 0.0, 0.0], "RGB", np.float32, depth="float32", colour="L")
    assert grey == pytest.approx([0.299])


@pytest.mark.parametrize("alpha", range(0, 256, 5))
def test_laying_over_a_background_is_the_nearest_integer(alpha):
    for colour in range(0, 256, 15):
        exact = (colour * alpha + 100 * (255 - alpha)) / 255
        assert one([colour, alpha], "LA", colour="L", background=(100, 100, 100)) == [round(exact)]


@pytest.mark.parametrize(
    ("values", "mode", "dtype", "rule", "said"),
    [
        ([1, 2], "channels", np.uint8, {}, 'has 2 channels, wanted RGB; colour="as_is" takes them as they are'),
        ([1, 2, 3, 4], "channels", np.uint8, {}, "has 4 channels, wanted RGB"),
        ([1, 2, 3], "RGB", np.uint8, {"colour": "as_is", "channels": 6}, "has 3 channels, wanted 6"),
        ([0.5], "L", np.float32, {}, 'wanted uint8; depth="float32" takes them'),
        ([np.nan], "L", np.float32, {"depth": "float32"}, "holds NaN or infinite numbers"),
        ([0.5], "L", np.float32, {"depth": "float32", "colour": "LA"}, "no full opacity"),
    ],
)
def test_what_a_rule_cannot_take(values, mode, dtype, rule, said):
    with pytest.raises(BadPicture, match=said):
        one(values, mode, dtype, **rule)
