import numpy as np

from foveal.doctor.traits import SIDE, RowFile, Traits, as_seen, digest_of, digest_of_text, pooled


def test_a_file_of_rows_gives_back_what_was_written_in_any_order():
    file = RowFile(5, 3, np.float32)
    file.write(2, np.arange(6, dtype=np.float32).reshape(2, 3))
    assert file.read(np.array([3, 0, 2])).tolist() == [[3, 4, 5], [0, 0, 0], [0, 1, 2]]
    file.close()


def test_moments_are_those_of_numpy_and_what_is_not_finite_is_marked():
    values = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    traits = Traits(2, 2)
    traits.take(0, values)
    np.testing.assert_allclose(traits.means[0], values.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(traits.deviations[0], values.std(axis=0), rtol=1e-5)
    values[0, 0] = np.nan
    traits.take(1, values)
    assert traits.finite.tolist() == [True, False]
    assert np.isfinite(traits.means).all()


def test_a_picture_leaves_a_small_one_and_a_grey_one():
    traits = Traits(1, 1, pictures=True)
    pixels = np.full((50, 40, 1), 90, np.uint8)
    traits.take(0, pixels, pixels)
    assert (traits.small.read(np.array([0])) == 90).all()
    assert traits.small.values == SIDE * SIDE * 3
    assert (traits.grey[0] == 90).all()
    assert traits.sides[0].tolist() == [50, 40]


def test_digests_know_shape_and_dtype_and_rounded_ones_do_not_mind_the_last_digit():
    values = np.linspace(0, 1, 8, dtype=np.float32).reshape(4, 2)
    assert digest_of(values) != digest_of(values.astype(np.float64)) != digest_of(values.T)
    assert digest_of_text("a") != digest_of_text("b")
    traits = Traits(2, 2, unit=np.full(2, 0.01))
    traits.take(0, values)
    traits.take(1, values + np.float32(1e-6))
    assert (traits.digests[0] != traits.digests[1]).any()
    assert (traits.rounded[0] == traits.rounded[1]).all()


def test_pictures_are_seen_between_black_and_white():
    assert as_seen(np.array([[[10.0, 0, 0, 9]]]), 0, 20).tolist() == [[[128, 0, 0]]]
    assert as_seen(np.array([[[np.nan, 3.0]]]), 0, 1).tolist() == [[[0]]]
    assert pooled(np.ones((2, 8, 8)), 4).shape == (2, 4, 4)
