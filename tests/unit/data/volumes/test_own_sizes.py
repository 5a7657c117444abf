import numpy as np

from foveal.data.volumes.own_sizes import Late, Stacked, VolumeList


def test_what_is_read_late_is_read_once_for_parts_that_follow_each_other():
    calls = []

    def read(n):
        calls.append(n)
        return np.full((2, 3), n)

    late = [Late(lambda n=n: read(n), (2, 3), int) for n in range(2)]
    assert calls == []
    assert (late[0].ndim, len(late[0]), late[0].shape, late[0].dtype) == (2, 2, (2, 3), np.dtype(int))
    assert late[0][0].tolist() == [0, 0, 0]
    assert np.asarray(late[0]).sum() == 0
    assert late[1][1, 1:].tolist() == [1, 1]
    assert calls == [0, 1]
    assert late[0][0, 0] == 0
    assert calls == [0, 1, 0]


def test_a_list_gives_one_or_some():
    volumes = VolumeList([np.zeros(n) for n in (2, 3, 4)])
    assert len(volumes) == 3
    assert volumes[np.int64(1)].shape == (3,)
    assert [one.shape for one in volumes[1:]] == [(3,), (4,)]
    assert [one.shape for one in volumes.chosen(np.array([2, 0]))] == [(4,), (2,)]


def test_stacked_reads_by_number_slice_and_mask():
    rows = Stacked(VolumeList([np.full((2, 2), n, np.uint8) for n in range(3)]))
    assert (rows.shape, rows.ndim, len(rows), rows.dtype) == ((3, 2, 2), 3, 3, np.uint8)
    assert rows[2].tolist() == [[2, 2], [2, 2]]
    assert rows[np.array([True, False, True])][:, 0, 0].tolist() == [0, 2]
    assert np.asarray(rows).shape == (3, 2, 2)
