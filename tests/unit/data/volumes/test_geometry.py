from itertools import permutations, product

import numpy as np
import pytest

from foveal.data.volumes.geometry import (
    code_of,
    is_code,
    spacing_of,
    stretched,
    turn_to,
    turned,
    turned_affine,
    turned_back,
    turned_shape,
)


def orders():
    """Give the matrices of all 48 orders of axes."""
    for worlds in permutations(range(3)):
        for signs in product((1, -1), repeat=3):
            affine = np.zeros((4, 4))
            affine[3, 3] = 1
            for axis, (world, sign, mm) in enumerate(zip(worlds, signs, (2.0, 1.0, 0.5), strict=True)):
                affine[world, axis] = sign * mm
            affine[:3, 3] = 5, -7, 11
            yield affine


@pytest.mark.parametrize("code", ["RAS", "LPS", "SLP"])
def test_after_a_turn_every_voxel_lies_where_it_lay(code):
    values = np.arange(4 * 5 * 6).reshape(4, 5, 6, 1)
    seen = set()
    for affine in orders():
        seen.add(code_of(affine))
        turn = turn_to(affine, code)
        out, matrix = turned(values, turn), turned_affine(affine, turn, values.shape[:3])
        assert code_of(matrix) == code
        assert out.shape[:3] == turned_shape(values.shape[:3], turn)
        for index in [(0, 0, 0), (3, 1, 2), (1, 4, 5)]:
            at = affine @ [*index, 1]
            there = np.rint(np.linalg.inv(matrix) @ at).astype(int)[:3]
            assert out[tuple(there)][0] == values[index][0]
        np.testing.assert_array_equal(turned_back(out, turn), values)
    assert len(seen) == 48


def test_an_oblique_volume_is_turned_to_the_nearest_axes():
    c, s = np.cos(0.5), np.sin(0.5)
    affine = np.array([[-c, s, 0, 0], [s, c, 0, 0], [0, 0, 3, 0], [0, 0, 0, 1]])
    assert code_of(affine) == "LAS"
    np.testing.assert_allclose(spacing_of(affine), (1, 1, 3))
    turn = turn_to(affine, "RAS")
    assert turn == ((0, 1, 2), (True, False, False))
    np.testing.assert_allclose(turned_affine(affine, turn, (4, 5, 6))[:3, 0], [c, -s, 0])


def test_two_axes_near_the_same_world_axis_get_different_ones():
    affine = np.eye(4)
    affine[:3, :3] = [[0.8, 0.7, 0], [0.6, -0.1, 0.7], [0, 0.7, 0.7]]
    assert len(set(code_of(affine).translate(str.maketrans("LPI", "RAS")))) == 3


def test_codes():
    assert [is_code(code) for code in ("RAS", "SPL", "RRS", "RA", 5, None)] == [True, True, False, False, False, False]


def test_the_matrix_of_a_grid_twice_as_wide():
    matrix = stretched(np.diag([2.0, 1, 1, 1]), (2.0, 1.0, 1.0), (0.5, 0, 0))
    assert matrix[0].tolist() == [4, 0, 0, 1]
