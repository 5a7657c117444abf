from foveal.data.images.cache.about import ABOUT, is_by, read_about, write_about

from ..drawn import RULE


def test_what_is_written_is_read(tmp_path):
    write_about(tmp_path, "pets", RULE, 7, tried=True, bad=2)
    found = read_about(tmp_path)
    assert (found["root"], found["rows"], found["tried"], found["bad"]) == ("pets", 7, True, 2)
    assert is_by(found, RULE)
    assert not is_by(found, RULE[:-1])


def test_what_is_damaged_says_nothing(tmp_path):
    assert read_about(tmp_path) == {}
    for content in ("garbage", "[1]"):
        (tmp_path / ABOUT).write_text(content)
        assert read_about(tmp_path) == {}
    assert not is_by({}, RULE)
