import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.ts import padded, read_ts

HEADER = "# a comment\n@problemName two\n@timeStamps false\n@univariate false\n@classLabel true low high\n@data\n"


def write(folder, text):
    path = folder / "two.ts"
    path.write_text(text)
    return path


def test_signals_of_several_lengths_are_read_and_padded(tmp_path):
    path = write(tmp_path, HEADER + "1,2.5,-3e-1:4,5,6:high\n\n7,8:9,0:low\n")
    values, labels, names = read_ts(path)
    assert [v.shape for v in values] == [(2, 3), (2, 2)]
    assert all(v.dtype == np.float32 for v in values)
    assert labels.tolist() == [1, 0]
    assert names == ("low", "high")
    wanted = [[[1, 2.5, -0.3], [4, 5, 6]], [[7, 8, 0], [9, 0, 0]]]
    np.testing.assert_allclose(padded(values), wanted)
    assert padded(values, 5).shape == (2, 2, 5)
    assert padded([v[:1] for v in values]).shape == (2, 3)  # one channel: (N, L)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no line '@data'; wanted a header of lines such as '@classLabel true a b'"),
        ("@data\n1:a\n", "no class is named before '@data'"),
        ("@classLabel false\n@data\n1:a\n", "no class is named before '@data'"),
        (HEADER, "no signal follows '@data'"),
        (HEADER.replace("@timeStamps false", "@timestamps true"), "line 3: signals with time stamps are not read"),
        (HEADER + "1,2:3,4:mid\n", "line 7: the last part must be one of the classes low, high, got 'mid'"),
        (HEADER + "1,2:3,4:low\n1,?:3,4:low\n", "line 8: values must be numbers, and none may be missing"),
        (HEADER + "1,2:3:low\n", r"line 7: channels must be equally long, got lengths \[1, 2\]"),
        (HEADER + "low\n", "line 7: channels must be equally long, got lengths of none"),
        (HEADER + "1,2:low\n1,2:3,4:low\n", r"signals must have equally many channels, got \[1, 2\]"),
    ],
)
def test_a_file_that_is_none_says_what_and_where(tmp_path, text, message):
    with pytest.raises(DataError, match=f"two.ts.*{message}"):
        read_ts(write(tmp_path, text))


def test_bytes_that_are_no_text_and_no_file_at_all(tmp_path):
    (tmp_path / "two.ts").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"expected a whole \.ts file, found a damaged one"):
        read_ts(tmp_path / "two.ts")
    with pytest.raises(DataError, match="expected a file, found nothing there"):
        read_ts(tmp_path / "one.ts")
