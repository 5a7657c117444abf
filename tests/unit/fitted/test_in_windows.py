"""An image in windows: the same as in one piece where they overlap enough, and never much of it in memory."""

import numpy as np
import pytest
import torch
from torch import nn

from foveal.core.errors import DataError, ShapeError
from foveal.fitted.in_windows import channels_last, difference, in_windows, labels
from foveal.fitted.windows import Windows

from .pixel_nets import image_of, kept, one_piece, plain, pooled


@pytest.mark.parametrize("shape", [(101,), (60, 75), (33, 24), (20, 31, 26), (5, 70)])
def test_with_enough_overlap_the_answer_is_that_of_one_piece(shape):
    net, image = plain(len(shape)), image_of((*shape, 2))
    windows = Windows.of(len(shape), window=20, overlap=8, reach=4)
    assert windows.exact
    found = in_windows(image, net, windows, batch=3, finish=kept)
    np.testing.assert_allclose(found, one_piece(net, image, windows), atol=1e-5)


def test_with_too_little_overlap_it_is_not_but_nearly():
    net, image = plain(2), image_of((60, 75, 2))
    windows = Windows.of(2, window=20, overlap=4, reach=4)
    apart = np.abs(in_windows(image, net, windows, finish=kept) - one_piece(net, image, windows))
    assert apart.max() > 1e-3
    assert apart.mean() < 0.1


@pytest.mark.parametrize("shape", [(90,), (64, 83), (30, 40, 33)])
def test_a_network_that_pools_is_answered_exactly_at_multiples_of_its_stride(shape):
    net, image = pooled(len(shape)), image_of((*shape, 2))
    window = 32 if len(shape) == 3 else 48
    windows = Windows.of(len(shape), window=window, overlap=20, reach=10, multiple=4)
    found = in_windows(image, net, windows, batch=4, finish=kept)
    np.testing.assert_allclose(found, one_piece(net, image, windows), atol=1e-5)


def test_a_network_that_pools_is_not_answered_exactly_at_other_places():
    net, image = pooled(2), image_of((64, 84, 2))
    astray = Windows.of(2, window=48, overlap=21, reach=10)
    assert np.abs(in_windows(image, net, astray, finish=kept) - one_piece(net, image, astray)).max() > 1e-3


def test_labels_and_outputs_as_they_are():
    outputs = torch.tensor([[[0.0, 2.0], [1.0, -1.0], [0.5, 0.0]]])
    assert labels(outputs).tolist() == [[1, 0]]
    assert labels(outputs).dtype == np.uint8
    assert labels(torch.zeros(1, 257, 2)).dtype == np.uint16
    assert labels(torch.zeros(1, 3, 2)).tolist() == [[0, 0]]
    assert channels_last(outputs).tolist() == [[[0.0, 1.0, 0.5], [2.0, -1.0, 0.0]]]


def test_an_image_and_an_answer_in_files(tmp_path):
    net, image = plain(2, 3), image_of((50, 44, 3), np.uint8)
    np.save(tmp_path / "image.npy", image)
    out = np.lib.format.open_memmap(tmp_path / "out.npy", "w+", np.uint8, (50, 44))
    windows = Windows.of(2, window=16, overlap=8, reach=4)
    given = in_windows(np.load(tmp_path / "image.npy", mmap_mode="r"), lambda x: net(x / 255), windows, out=out)
    assert given is out
    out.flush()
    whole = one_piece(net, image.astype(np.float32) / 255, windows).argmax(-1)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), whole)


class Watched:
    """An image that notes what is read of it, and refuses to be read whole."""

    def __init__(self, values):
        self.values, self.shape, self.largest = values, values.shape, 0

    def __getitem__(self, place):
        found = self.values[place]
        self.largest = max(self.largest, found.size)
        return found

    def __array__(self, dtype=None, copy=None):
        raise AssertionError("read whole")


def test_no_more_than_windows_are_read_and_strips_finished():
    image, strips, dones = Watched(image_of((300, 40, 1))), [], []

    def finish(outputs):
        strips.append(tuple(outputs.shape))
        return labels(outputs)

    def progress(done, total):
        dones.append((done, total))

    windows = Windows.of(2, window=16, overlap=4)
    in_windows(image, plain(2, 1), windows, batch=3, finish=finish, progress=progress)
    assert image.largest == 16 * 16
    assert all(shape[2] <= 16 and shape[3] == 40 for shape in strips)
    assert sum(shape[2] for shape in strips) == 300
    assert dones[-1] == (windows.count((300, 40)),) * 2
    assert [done for done, _ in dones] == sorted({done for done, _ in dones})


def test_a_wide_strip_is_finished_in_pieces(monkeypatch):
    monkeypatch.setattr("foveal.fitted.in_windows._FINISHED", 100)
    net, image, windows = plain(2), image_of((40, 30, 2)), Windows.of(2, window=16, overlap=8, reach=4)
    found = in_windows(image, net, windows)
    np.testing.assert_array_equal(found, one_piece(net, image, windows).argmax(-1))


def test_the_difference_of_two_overlaps():
    net, image = plain(2), image_of((200, 90, 2))
    none, little, exact, more = (
        Windows.of(2, window=24, overlap=o, reach=r) for o, r in ((0, None), (4, None), (8, 4), (12, 4))
    )
    assert difference(image, net, exact, more).largest < 1e-5
    rough, finer = (difference(image, net, w, exact) for w in (none, little))
    assert rough.mean > finer.mean > 1e-4
    assert rough.largest > rough.mean
    assert 0 < rough.labels < 0.2


def test_the_difference_reads_a_sample():
    image = Watched(image_of((900, 900, 2)))
    windows = Windows.of(2, window=24, overlap=4)
    difference(image, plain(2), windows, Windows.of(2, window=24, overlap=8), of=(48, 48))
    assert image.largest == 48 * 48 * 2


def test_what_cannot_be_answered_is_refused():
    windows, image = Windows.of(2, window=16, overlap=4), image_of((30, 30, 2))
    with pytest.raises(ShapeError, match=r"image must have 2 spatial axes and its channels last.* got \(30, 30\)"):
        in_windows(image[..., 0], plain(2), windows)
    with pytest.raises(ShapeError, match=r"outputs of shape \(1, K, 16, 16\) for \(1, 2, 16, 16\), got \(1, 5, 8, 8\)"):
        in_windows(image, nn.Conv2d(2, 5, 2, stride=2), windows)
    with pytest.raises(ShapeError, match=r"out must have the shape of the answer, \(30, 30\), got \(30, 31\)"):
        in_windows(image, plain(2), windows, out=np.zeros((30, 31), np.uint8))
    assert in_windows(image, lambda x: 0 * x + 3e38, windows).max() == 0  # large, and their sum is infinite
    image[20, 29] = np.inf
    with pytest.raises(DataError, match=r"the window at \(12, 14\) of the image gives outputs that are not finite"):
        in_windows(image, plain(2), windows, batch=2)


@pytest.mark.long
def test_eighty_million_pixels_take_less_than_a_gigabyte(tmp_path):
    """10,000 x 8,000 pixels of 3 bytes and 5 classes, in a process of its own: what its memory rises by at most."""
    import subprocess
    import sys

    code = f"""
from tests.contract.memory_of import added
import numpy as np, torch
from foveal.fitted.in_windows import in_windows
from foveal.fitted.windows import Windows
image = np.lib.format.open_memmap({str(tmp_path / "image.npy")!r}, "w+", np.uint8, (10_000, 8_000, 3))
net = torch.nn.Conv2d(3, 5, 3, padding=1)
windows = Windows.of(2, window=512, overlap=64, reach=1)
in_windows(image[:600, :600], lambda x: net(x / 255), windows)
print(added(lambda: in_windows(image, lambda x: net(x / 255), windows, batch=4)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    taken = int(done.stdout)
    print(f"{taken / 1e6:.0f} MB")
    assert taken < 1e9
