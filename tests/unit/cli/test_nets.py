import json

from foveal.core.choices import NETS


def test_all_are_listed(foveal):
    result = foveal("nets")
    lines = result.out.splitlines()
    assert [line.split()[0] for line in lines] == ["name", *NETS]
    assert f"{len(NETS)} networks" in result.err
    assert len(json.loads(foveal("nets", "--json").out)["networks"]) == len(NETS)


def test_one_is_said_whole_and_a_part_of_a_name_lists_those_that_have_it(foveal):
    told = foveal("nets", "resnet18").out
    assert "11,689,512" in told
    assert "1,814,073,344" in told
    assert "435 x 435" in told
    named = [line.split()[0] for line in foveal("nets", "resnet1").out.splitlines()[1:]]
    assert named == [name for name in NETS if "resnet1" in name]


def test_what_is_not_there_is_said(foveal):
    result = foveal("nets", "resnt18")
    assert result.code == 2
    assert "no network is called 'resnt18'; foveal nets lists them; did you mean 'resnet18'?" in result.one_line()
    assert "--axes 4: no network is for rows of 4 axes" in foveal("nets", "--axes", "4").one_line()
    volumes = [line.split()[0] for line in foveal("nets", "--axes", "3").out.splitlines()[1:]]
    assert "plain" in volumes


def test_one_is_drawn(foveal, tmp_path):
    result = foveal("nets", "resnet18", "--draw", tmp_path / "it.svg")
    assert "resnet18 is drawn in" in result.err
    assert (tmp_path / "it.svg").read_text().startswith("<svg")
    again = foveal("nets", "resnet18", "--draw", tmp_path / "it.svg")
    assert "it.svg is there already; choose another file, or --force to replace it" in again.one_line()
    assert foveal("nets", "resnet18", "--draw", tmp_path / "it.svg", "--force").code == 0
    asked = ("resnet18", "--draw", "b.svg", "--json")
    for wrong in (("nets", "--draw", "a.svg"), ("nets", "resnet18", "--draw", "a.png"), ("nets", *asked)):
        assert "--draw draws one network into an SVG file" in foveal(*wrong).one_line()
