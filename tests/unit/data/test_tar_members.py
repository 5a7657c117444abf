"""Members of tars: where they lie, and what is no whole tar. Rows of arrays: test_foreign_labels and tests/faults."""

import io
import tarfile

import pytest

from foveal.core.errors import DataError
from foveal.data.tar_members import MOST_LABEL, read_label, row_of, tar_members


def write(path, **contents):
    with tarfile.open(path, "w") as tar:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_members_lie_where_they_are_said_to(tmp_path):
    path = write(tmp_path / "a.tar", a=b"first", **{"d/" + "n" * 300: b"second"})
    with path.open("rb") as file:
        members = list(tar_members(path, file))
        assert [member.name for member in members] == ["a", "d/" + "n" * 300]
        for member, content in zip(members, (b"first", b"second"), strict=True):
            file.seek(member.offset_data)
            assert file.read(member.size) == content


def raw(folder, form, **options):
    """Write a tar of many kinds of members in one of tarfile's forms."""
    path = folder / "a.tar"
    names = ["a", "ü", "d/" + "n" * 95, "d" * 90 + "/" + "n" * 90, "-x\n'", "e"]
    names += [] if form == tarfile.USTAR_FORMAT else ["n" * 300]
    with tarfile.open(path, "w", format=form, **options) as tar:
        for number, name in enumerate(names):
            info = tarfile.TarInfo(name)
            info.size = 0 if name == "e" else 500 + 7 * number
            tar.addfile(info, io.BytesIO(bytes([number]) * info.size))
        for kind, name in ((tarfile.DIRTYPE, "d"), (tarfile.SYMTYPE, "s"), (tarfile.LNKTYPE, "h"),
                           (tarfile.FIFOTYPE, "f"), (tarfile.AREGTYPE, "old"), (tarfile.CONTTYPE, "c")):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "a"
            tar.addfile(info)
    return path


@pytest.mark.parametrize("options", [{}, {"pax_headers": {"comment": "x"}}])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_are_those_that_tarfile_finds(tmp_path, form, options):
    path = raw(tmp_path, form, **options)
    with tarfile.open(path) as tar:
        expected = [(m.name, m.size, m.offset, m.offset_data, m.type) for m in tar]
    with path.open("rb") as file:
        found = [(m.name, m.size, m.offset, m.offset_data, m.type) for m in tar_members(path, file)]
    assert [member[:4] for member in found] == [member[:4] for member in expected]
    assert [member[4] for member in found if member[0] != "old"] == [m[4] for m in expected if m[0] != "old"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda raw: raw[:600], r"ends within a; it is not whole"),
        (lambda raw: raw[:1024], r"ends without the mark of a tar's end"),
        (lambda raw: b"x" * 2000, r"expected a whole, uncompressed tar, found another file"),
    ],
)
def test_what_is_no_whole_tar(tmp_path, damage, message):
    path = write(tmp_path / "a.tar", a=bytes(300))
    path.write_bytes(damage(path.read_bytes()))
    with path.open("rb") as file, pytest.raises(DataError, match=message):
        list(tar_members(path, file))


@pytest.mark.parametrize(
    ("name", "row"),
    [("0.jpg", (("", "0"), "jpg")), ("a.b/0.x.JPG", (("a.b", "0"), "x.jpg")), ("a/b/0", (("a/b", "0"), ""))],
)
def test_rows(name, row):
    assert row_of(name) == row


@pytest.mark.parametrize(
    ("raw", "extension", "label"),
    [(b" 3\n", "cls", 3), (b"cat\r\n", "cls", "cat"), (b"3\n", "txt", "3"), (b'{"a": 1}', "json", {"a": 1}),
     (b"\xef\xbb\xbfcat", "txt", "cat")],
)  # fmt: skip
def test_labels(tmp_path, raw, extension, label):
    assert read_label(tmp_path, io.BytesIO(b"xx" + raw), "m", 2, len(raw), extension) == label


def test_labels_that_are_none(tmp_path):
    with pytest.raises(DataError, match=r"a\.tar: m has 65,537 bytes, a label at most 65,536"):
        read_label(tmp_path / "a.tar", io.BytesIO(), "m", 0, MOST_LABEL + 1, "txt")
    with pytest.raises(DataError, match=r"a\.tar: m is no label \(.*\); write a number or a string"):
        read_label(tmp_path / "a.tar", io.BytesIO(b"\xff"), "m", 0, 1, "txt")
