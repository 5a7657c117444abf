import json

import pytest
import torch
from torch import nn

from foveal.core.errors import ModelFileError
from foveal.report.results import digest_of, is_number, read_results, value_at


def test_it_is_read_from_the_folder_or_the_file(digits_run):
    assert read_results(digits_run) == read_results(digits_run / "results.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "is no JSON"), ("[]", "not written by foveal"), ('{"format": 99}', "install a newer foveal"),
     ('{"format": 1}', "source is missing"), ('{"format": "1"}', "not written by foveal")],
)  # fmt: skip
def test_what_is_no_such_file_is_told(tmp_path, content, said):
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(ModelFileError, match=said):
        read_results(tmp_path)


def test_an_empty_folder(tmp_path):
    with pytest.raises(ModelFileError, match=r"holds no results\.json"):
        read_results(tmp_path)


def test_paths():
    results = {"a": [{"b": 1}, {"b": 2}], "k=1.5": {"score": 3}}
    assert [value_at(results, path) for path in ("a.0.b", "a.-1.b", "k=1.5.score", "a.2.b", "a.b", "c")] == [
        1, 2, 3, None, None, None,
    ]  # fmt: skip


def test_a_digest_is_of_every_weight_and_buffer():
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before = digest_of(net)
    assert digest_of(net) == before
    net[1].running_mean += 1
    changed = digest_of(net)
    assert changed != before
    with torch.no_grad():
        net[0].bias[0] += 1e-7
    assert digest_of(net) not in (before, changed)
    assert digest_of(net.double()) != digest_of(net.float())
    assert digest_of(net.bfloat16()) != digest_of(net.half())


def test_numbers():
    assert [is_number(value) for value in (1, 0.5, True, None, "1", float("inf"))] == [True, True, *4 * [False]]


def test_it_holds_plain_json(digits_run):
    json.loads((digits_run / "results.json").read_text(), parse_constant=pytest.fail)
