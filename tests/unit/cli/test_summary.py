import json

import pytest

import foveal as library


def test_of_a_model(foveal, trained):
    result = foveal("summary", trained)
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{library.load(trained / 'model.safetensors').summary()}\n"


def test_as_json(foveal, trained):
    told = json.loads(foveal("summary", trained, "--json").out)
    summary = library.load(trained / "model.safetensors").summary()
    assert (told["parameters"], told["multiply_adds"]) == (summary.parameters, summary.multiply_adds)
    assert told["input_shape"] == [1, 8, 8]
    assert [layer["name"] for layer in told["layers"]] == [layer.name for layer in summary.layers]


def test_of_what_would_be_trained(foveal, trained):
    sizes = ("--set", "in_channels_list=none,8", "--set", "out_channels=16")
    assert foveal("summary", "digits", *sizes).out == foveal("summary", trained).out
    assert foveal("summary", "digits", "--recipe", trained / "config.toml").out == foveal("summary", trained).out


def test_of_a_file_with_values(foveal, files):
    told = json.loads(foveal("summary", files / "two_values.npz", "--task", "regression", "--json").out)
    assert told["layers"][-1]["output"] == [2]


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["digts"], 4, "found nothing at 'digts'; did you mean 'digits'?"),
        (["digits", "--set", "filter_size=9", "--set", "padding=valid"], 2, "leaves no pixels in conv block 1"),
        (["digits", "--set", "x=1"], 2, "unknown parameter 'x'"),
        (["missing.npz"], 3, "missing.npz: expected a file"),
    ],
)
def test_errors(foveal, args, code, message):
    result = foveal("summary", *args)
    assert (result.code, result.out) == (code, "")
    assert message in result.one_line()


def test_a_model_takes_no_parameters(foveal, trained):
    result = foveal("summary", trained, "--set", "stride=2")
    assert result.code == 2
    assert "--set, --recipe and --task are for a data set" in result.one_line()
