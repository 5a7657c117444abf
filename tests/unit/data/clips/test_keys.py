import numpy as np

from foveal.data.clips.keys import frames_known_by, videos_with_same_frames
from foveal.data.clips.pool import Frames
from foveal.data.images.records import Place


def frames(numbers, name="a.mp4"):
    numbers = np.array(numbers)
    return Frames([Place(name, name)], [None], np.zeros(len(numbers), int), numbers)


def test_a_frame_is_known_by_its_file_and_number():
    one, other = frames_known_by(frames([0, 2, 4])), frames_known_by(frames([2, 5]))
    assert one.digest != other.digest
    assert (one.each[1] == other.each[0]).all()
    assert (one.each[0] != other.each[1]).any()
    assert (frames_known_by(frames([0], "b.mp4")).each != one.each[:1]).any()


def test_videos_with_the_same_pixels_are_one():
    three = Frames([Place(n, n) for n in "abc"], [None] * 3, np.repeat([0, 1, 2], 2), np.tile([0, 1], 3))
    digests = np.array([[1], [2], [3], [4], [1], [2]], np.uint8)
    assert videos_with_same_frames(three, digests).tolist() == [0, 1, 0]
