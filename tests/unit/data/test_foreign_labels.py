"""Which member of a row is its label does not depend on the order in the tar, nor on how its name is spelt."""

import io
import itertools
import json
import tarfile

import numpy as np
import pytest

from foveal.core.errors import DataError
from foveal.data.foreign_shards import index_shards

N = 6


def rows(i: int) -> dict[str, bytes]:
    """Give what a row may hold: values, its class, what is known of it, a caption, a picture."""
    values = io.BytesIO()
    np.save(values, np.full((2, 3), i, np.uint8))
    known = json.dumps(640 + i % 3).encode()
    return {"npy": values.getvalue(), "cls": str(i % 2).encode(), "json": known,
            "txt": f"a photo, number {i}".encode(), "jpg": b"\xff\xd8"}  # fmt: skip


def tar(folder, members, n=N, name="a.tar"):
    """Write a tar of n rows; `members` gives name and content of each member of row i."""
    with tarfile.open(folder / name, "w") as file:
        for i in range(n):
            for suffix, content in members(i):
                info = tarfile.TarInfo(f"{i:04d}.{suffix}")
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
    return folder


def labels(folder):
    return index_shards(folder).y.tolist()


CLASSES = [i % 2 for i in range(N)]
WIDTHS = [640 + i % 3 for i in range(N)]
CAPTIONS = [f"a photo, number {i}" for i in range(N)]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("cls", "txt"), CLASSES),
        (("cls", "json"), CLASSES),
        (("json", "txt"), WIDTHS),
        (("cls", "json", "txt"), CLASSES),
        (("cls", "jpg"), CLASSES),
        (("txt", "jpg"), CAPTIONS),
    ],
)
def test_the_label_does_not_depend_on_the_order_in_the_tar(kinds, expected, tmp_path):
    for number, order in enumerate(itertools.permutations(("npy", *kinds))):
        folder = tmp_path / str(number)
        folder.mkdir()
        tar(folder, lambda i, order=order: [(kind, rows(i)[kind]) for kind in order])
        assert labels(folder) == expected, order
        np.testing.assert_array_equal(index_shards(folder)[:][:, 0, 0], np.arange(N))


def test_the_order_may_differ_from_row_to_row(tmp_path):
    orders = list(itertools.permutations(("npy", "cls", "txt")))
    tar(tmp_path, lambda i: [(kind, rows(i)[kind]) for kind in orders[i % 6]])
    assert labels(tmp_path) == CLASSES


@pytest.mark.parametrize(("npy", "label"), [("NPY", "CLS"), ("Npy", "cls"), ("npy", "TXT"), ("NPY", "Json")])
def test_capital_extensions_are_small_ones(npy, label, tmp_path):
    tar(tmp_path, lambda i: [(npy, rows(i)["npy"]), (label, rows(i)[label.lower()])])
    assert labels(tmp_path) == {"cls": CLASSES, "txt": CAPTIONS, "json": WIDTHS}[label.lower()]


@pytest.mark.parametrize("odd", ["{}\n", "{}\r\n", "\ufeff{}", "\ufeff{}\r\n", "{}\n\n", "{}"])
@pytest.mark.parametrize("kind", ["cls", "txt", "json"])
def test_a_lines_end_and_a_byte_order_mark_are_no_part_of_a_label(odd, kind, tmp_path):
    """Every second row has none: they are the same classes all the same."""

    def members(i):
        text = json.dumps(f"größe {i % 2}") if kind == "json" else f"größe {i % 2}"
        return [("npy", rows(i)["npy"]), (kind, (odd if i < 3 else "{}").format(text).encode())]

    assert labels(tar(tmp_path, members)) == [f"größe {i % 2}" for i in range(N)]


@pytest.mark.parametrize("odd", ["{}\n", "\ufeff{}", " {}\r\n"])
def test_numbers_with_a_lines_end_are_numbers(odd, tmp_path):
    tar(tmp_path, lambda i: [("npy", rows(i)["npy"]), ("cls", odd.format(i % 2).encode())])
    assert labels(tmp_path) == CLASSES


def test_spaces_belong_to_a_name(tmp_path):
    tar(tmp_path, lambda i: [("npy", rows(i)["npy"]), ("txt", f" a b {i % 2} ".encode())])
    assert labels(tmp_path)[:2] == [" a b 0 ", " a b 1 "]


@pytest.mark.parametrize(("first", "second"), [("cls", "cls"), ("cls", "CLS"), ("npy", "NPY"), ("txt", "Txt")])
def test_two_of_one_kind_in_a_row_are_refused_by_their_names(first, second, tmp_path):
    need = [kind for kind in ("npy", "cls") if kind not in (first, second)]
    tar(tmp_path, lambda i: [(kind, rows(i)[kind.lower()]) for kind in (*need, first, second)])
    with pytest.raises(DataError, match=rf"a\.tar: 0000\.{first} and 0000\.{second} are of one row; remove one"):
        index_shards(tmp_path)


@pytest.mark.parametrize("shards", [1, 2])
def test_rows_with_labels_of_different_kinds_are_refused(shards, tmp_path):
    def members(i, kind):
        return [("npy", rows(i)["npy"]), (kind, b"a name"), ("txt", b"a caption")][: 3 if kind == "cls" else 2]

    if shards == 2:
        tar(tmp_path, lambda i: members(i, "cls"), name="a.tar")
        tar(tmp_path, lambda i: members(i, "txt"), name="b.tar")
    else:
        tar(tmp_path, lambda i: members(i, "cls" if i < 3 else "txt"))
    with pytest.raises(DataError, match=r"row 000\d has its label in \.txt, the rows before in \.cls; write all alike"):
        index_shards(tmp_path)


def test_a_long_caption_beside_a_class_is_not_read(tmp_path):
    tar(tmp_path, lambda i: [("txt", b"x" * 100_000), ("npy", rows(i)["npy"]), ("cls", rows(i)["cls"])])
    assert labels(tmp_path) == CLASSES
