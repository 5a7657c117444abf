import json

import pytest


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Another model of digits."""
    from foveal import CNNClassifier
    from foveal.data.named import load_dataset

    data = load_dataset("digits")
    small = {"in_channels_list": (None, 4), "out_channels": 4, "in_features_list": (None, 8)}
    path = tmp_path_factory.mktemp("other") / "model.safetensors"
    CNNClassifier(n_epochs=2, random_state=1, **small).fit(data.X_train, data.y_train).save(path)
    return path


def test_both_scores_and_their_difference_with_its_interval(foveal, trained, other):
    told = json.loads(foveal("compare", trained, other, "digits", "--json").out)
    assert (told["part"], told["rows"]) == ("test", 360)
    score = told["measures"]["accuracy"]
    for name, model in (("first", trained), ("second", other)):
        assert json.loads(foveal("evaluate", model, "digits", "--json").out)["accuracy"] == score[name]
    assert score["difference"] == pytest.approx(score["first"] - score["second"])
    assert score["interval"][0] <= score["difference"] <= score["interval"][1]


def test_the_table_and_the_verdict(foveal, trained, other):
    result = foveal("compare", trained, other, "digits")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[2] == "data  digits, test part, 360 rows"
    assert lines[4].split() == ["A", "B", "A", "less", "B", "95", "%", "interval", "p"]
    assert lines[5].startswith("accuracy")
    assert lines[-1].startswith(("A is", "B is"))


def test_what_is_no_model_is_told(foveal, trained):
    assert foveal("compare", trained, "digits", "digits").code == 4
    assert foveal("compare", trained, trained, "nothing.npz").code == 3


def test_columns_of_tables_are_said_as_elsewhere(foveal, tmp_path):
    lines = [f"{'good' if i % 2 else 'bad'} film {i},{i % 2}" for i in range(40)]
    (tmp_path / "films.csv").write_text("\n".join(["text,stars", *lines]))
    how = ("--read", "label=stars", "--set", "net=kim(vector=4,maps=4)", "--epochs", "1", "--seed", "0", "-q")
    assert foveal("train", "films.csv", *how, "--out", "run").code == 0
    assert foveal("compare", "run", "run", "films.csv", "--read", "label=stars").code == 0
