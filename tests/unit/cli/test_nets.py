import json

from foveal.core.choices import NETS, TOKEN_NETS


def test_all_are_listed(foveal):
    result = foveal("nets")
    arrays, tokens = (part.splitlines() for part in result.out.split("\n\n"))
    assert [line.split()[0] for line in arrays] == ["name", *NETS]
    assert [line.partition("(")[0] for line in tokens[1:]] == list(TOKEN_NETS)
    assert f"{len(NETS) + len(TOKEN_NETS)} networks" in result.err
    told = json.loads(foveal("nets", "--json").out)
    assert [row["name"] for row in told["networks"]] == list(NETS)
    assert [row["name"] for row in told["of_tokens"]] == list(TOKEN_NETS)


def test_those_of_tokens_are_found_by_a_part_of_their_names_and_can_be_trained_as_they_are_said(foveal):
    from foveal.core.net_names import read_net

    result = foveal("nets", "kim")
    assert "1 network;" in foveal("nets", "wide_kim").err
    assert result.out.splitlines()[1].split() == ["kim(vector=300,", "maps=100)", "texts", "Kim", "2014"]
    for row in json.loads(foveal("nets", "--json").out)["of_tokens"]:
        assert read_net(row["sized"]) == read_net(row["name"])


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
