import os

import pytest

from foveal.data.images.cache import keys
from foveal.data.images.cache.keys import files_digest, key_of
from foveal.data.images.reading.rule import make_rule
from foveal.data.images.records import Place

from ..drawn import draw, drawn
from ..made import pack


def test_the_same_files_have_the_same_digest_wherever_the_folder_lies(tmp_path):
    before = files_digest(drawn(tmp_path / "a", 3))
    (tmp_path / "a").rename(tmp_path / "b")
    moved = [Place(str(tmp_path / "b" / f"{i}.png"), f"{i}.png") for i in range(3)]
    assert files_digest(moved) == before
    assert files_digest(moved[::-1]) != before
    assert files_digest(moved[:2]) != before


def test_a_changed_file_has_another(tmp_path):
    places = drawn(tmp_path, 3)
    found = {files_digest(places)}
    path = tmp_path / "1.png"
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    found.add(files_digest(places))
    path.write_bytes(path.read_bytes() + b"\0")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    found.add(files_digest(places))
    path.unlink()
    found.add(files_digest(places))
    path.mkdir()
    found.add(files_digest(places))
    assert len(found) == 5


def test_files_of_one_size_and_time_with_other_pixels_have_another(tmp_path):
    places = []
    for seed, name in enumerate("ab"):
        path = draw(tmp_path / name / "0.bmp", seed)
        os.utime(path, ns=(0, 0))
        places.append([Place(str(path), "0.bmp")])
    assert files_digest(places[0]) != files_digest(places[1])


def test_members_of_a_tar_are_told_apart_by_their_place(tmp_path):
    tar = str(pack(tmp_path / "a.tar", ("0.png", b"abc"), ("1.png", b"abd")))
    digests = {files_digest([Place(tar, "x.png", offset, size)]) for offset, size in ((512, 3), (1536, 3), (512, 2))}
    assert len(digests) == 3


@pytest.mark.parametrize("path", ["nowhere.png", "null\0byte.png", "caf\udce9.png"])
def test_names_of_all_kinds(path):
    assert len(files_digest([Place(path, path)])) == 64


def test_keys_differ_with_files_rule_and_decoder(tmp_path, monkeypatch):
    places = drawn(tmp_path, 1)
    files = files_digest(places)
    assert key_of(files, make_rule(4)) == key_of(files, make_rule(4))
    assert len({key_of(files, make_rule(4)), key_of(files, make_rule(5)), key_of("0", make_rule(4))}) == 3
    monkeypatch.setattr(keys, "version", lambda package: "0.1")
    assert files_digest(places) != files
