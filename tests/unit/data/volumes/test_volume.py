import numpy as np

from foveal.data.volumes.geometry import STAY
from foveal.data.volumes.open import open_volume
from foveal.data.volumes.volume import Way

from .made import nifti


def test_a_volume_is_an_array_with_a_place(tmp_path):
    scan = open_volume(
        nifti(tmp_path / "scan.nii", np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.diag([2, 1, 0.5, 1]))
    )
    assert np.asarray(scan).shape == scan.shape == (2, 3, 4, 1)
    assert np.asarray(scan, np.float64).dtype == np.float64
    assert (scan.code, scan.spacing, scan.dropped) == ("RAS", (2, 1, 0.5), None)
    assert repr(scan).endswith("scan.nii', shape (2, 3, 4, 1), 2 x 1 x 0.5 mm, axes RAS)")
    assert scan.way == Way(STAY, (2, 3, 4), (1.0, 1.0, 1.0), (2, 3, 4))  # it stays on its grid


def test_what_knows_no_directions_has_no_code(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 3)))
    assert open_volume(tmp_path / "a.npy").code is None
