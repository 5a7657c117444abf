import numpy as np
import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes.formats import stored_of
from foveal.data.volumes.stacks import is_npy, stored_npy

tifffile = pytest.importorskip("tifffile")
STACK = np.arange(2 * 3 * 4, dtype=np.uint16).reshape(2, 3, 4)


def test_imagejs_distances(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif",
        STACK,
        imagej=True,
        resolution=(4, 2),
        metadata={"spacing": 1.5, "unit": "um", "axes": "ZYX"},
    )
    stored = stored_of(tmp_path / "a.tif")
    assert (stored.shape, stored.channels, stored.oriented) == ((2, 3, 4), 1, False)
    np.testing.assert_allclose(stored.affine.diagonal(), [1.5e-3, 0.5e-3, 0.25e-3, 1])
    np.testing.assert_array_equal(stored.load()[..., 0], STACK)
    assert stored.said == ()


def test_omes_distances_and_channels(tmp_path):
    values = np.arange(2 * 3 * 4 * 2, dtype=np.uint16).reshape(2, 2, 3, 4)
    sizes = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.7, "PhysicalSizeZ": 2, "PhysicalSizeXUnit": "mm"}
    sizes |= {"PhysicalSizeYUnit": "mm", "PhysicalSizeZUnit": "mm"}
    tifffile.imwrite(
        tmp_path / "a.ome.tif", values, ome=True, photometric="minisblack", metadata={"axes": "ZCYX", **sizes}
    )
    stored = stored_of(tmp_path / "a.ome.tif")
    np.testing.assert_allclose(stored.affine.diagonal(), [2, 0.7, 0.5, 1])
    np.testing.assert_array_equal(stored.load(), values.transpose(0, 2, 3, 1))


def test_pages_without_distances_and_one_page(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", STACK, photometric="minisblack")
    stored = stored_of(tmp_path / "a.tif")
    assert stored.shape == (2, 3, 4)
    assert stored.said == ("says nothing of distances: 1 mm is taken for all",)
    tifffile.imwrite(tmp_path / "b.tif", STACK[0], resolution=(100, 50), resolutionunit="CENTIMETER")
    stored = stored_of(tmp_path / "b.tif")
    assert (stored.shape, stored.dropped) == ((1, 3, 4), 0)
    np.testing.assert_allclose(stored.affine.diagonal(), [1, 0.2, 0.1, 1])


def test_what_is_not_read_is_refused(tmp_path):
    many = np.zeros((2, 3, 2, 4, 4), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", many, imagej=True, metadata={"axes": "TZCYX"})
    with pytest.raises(BadPicture, match="one for depth and one for channels are read"):
        stored_of(tmp_path / "a.tif")
    (tmp_path / "b.tif").write_bytes(b"II*\0" + b"\xff" * 40)
    with pytest.raises(BadPicture):
        stored_of(tmp_path / "b.tif")


@pytest.mark.parametrize(
    "how",
    [{"imagej": True}, {"photometric": "minisblack"}, {"ome": True, "photometric": "minisblack"}, {"bigtiff": True}],
)
def test_a_stack_that_is_cut_off_is_refused_or_all_there(tmp_path, how):
    how = {"photometric": "minisblack"} | how
    packed = {} if "imagej" in how else {"compression": "zlib"}
    tifffile.imwrite(tmp_path / "a.tif", STACK, metadata={"axes": "ZYX"}, **how, **packed)
    content, refused = (tmp_path / "a.tif").read_bytes(), 0
    for end in range(10, len(content), 29):
        (tmp_path / "b.tif").write_bytes(content[:end])
        try:
            found = stored_of(tmp_path / "b.tif").load()[..., 0]
        except BadPicture:
            refused += 1
        else:
            np.testing.assert_array_equal(found, STACK)
    assert refused >= 10


def test_npy(tmp_path):
    for shape, taken in [((3, 4), (1, 3, 4)), ((2, 3, 4), (2, 3, 4)), ((2, 3, 4, 5), (2, 3, 4))]:
        values = np.random.default_rng(0).normal(size=shape)
        np.save(tmp_path / "a.npy", values)
        stored = stored_npy(str(tmp_path / "a.npy"))
        assert stored.shape == taken
        np.testing.assert_array_equal(stored.load().ravel(), values.ravel())
    assert is_npy(str(tmp_path / "a.npy"))
    np.save(tmp_path / "b.npy", np.zeros(3))
    with pytest.raises(BadPicture, match=r"holds float64 of shape \(3,\)"):
        stored_of(tmp_path / "b.npy")
    np.save(tmp_path / "c.npy", np.array([[{}]]), allow_pickle=True)
    with pytest.raises(BadPicture):
        stored_of(tmp_path / "c.npy")
    content = (tmp_path / "a.npy").read_bytes().replace(b"(2, 3, 4, 5)", b"(9, 9, 9, 9)")
    (tmp_path / "d.npy").write_bytes(content)
    with pytest.raises(BadPicture):
        stored_of(tmp_path / "d.npy")
