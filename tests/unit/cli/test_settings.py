import tomllib

import pytest

from foveal.cli.settings import gather, parse_assignment, parse_value, read_recipe, to_toml
from foveal.core.errors import ParameterError, ParameterTypeError
from foveal.core.recipes import RECIPES


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("-1", -1), ("0.1", 0.1), ("1e-3", 1e-3), ("1_000", 1000),
        ("true", True), ("True", True), ("FALSE", False), ("none", None), ("None", None),
        ("(None, 32)", (None, 32)), ("none,32", (None, 32)), ("64,64", (64, 64)), ("64,", (64,)),
        ("[none, 16]", [None, 16]), ("flip,shift", ("flip", "shift")), ("['flip']", ["flip"]),
        ("{0: 1.0, 'b': 2}", {0: 1.0, "b": 2}), ("{cat: 2}", {"cat": 2}),
        ("adam", "adam"), ("'7'", "7"), ('"none"', "none"), ("cuda:1", "cuda:1"), ("one_cycle", "one_cycle"),
        ("runs/a b", "runs/a b"), ("fashion-mnist", "fashion-mnist"), (" 3 ", 3), ("", ""), ("a=b", "a=b"),
        ("os.system('x')", "os.system('x')"), ("f'{1}'", "f'{1}'"), ("(" * 300, "(" * 300), ("9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_values(text, value):
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


@pytest.mark.parametrize("text", ["n_epochs", "=3", " =3", ""])
def test_assignments_have_a_name_and_a_value(text):
    with pytest.raises(ParameterError, match=r"--set must be NAME=VALUE, got .*; for example --set n_epochs=10"):
        parse_assignment(text)


def test_the_last_of_equal_assignments_wins():
    assert gather(None, ["n_epochs=1", "n_epochs=2"], {}) == {"n_epochs": 2}


def test_set_wins_over_the_recipe_and_so_do_short_options(tmp_path):
    recipe = tmp_path / "a.toml"
    recipe.write_text('n_epochs = 1\nbatch_size = 7\nout_channels = "none"\nrandom_state = 3\n')
    given = gather(str(recipe), ["batch_size=8"], {"--epochs": ("n_epochs", 2)})
    assert given == {"n_epochs": 2, "batch_size": 8, "out_channels": None, "random_state": 3}


def test_a_recipe_goes_by_its_name_and_what_is_said_wins():
    recipe = RECIPES["fast"]
    assert gather("fast", [], {}) == recipe
    given = gather("fast", ["optimizer=sgd"], {"--epochs": ("n_epochs", 2), "--seed": ("random_state", 0)})
    assert given == recipe | {"optimizer": "sgd", "n_epochs": 2, "random_state": 0}


def test_a_file_may_be_called_like_a_recipe(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fast").write_text("batch_size = 7\n")
    assert gather("./fast", [], {}) == {"batch_size": 7}
    assert gather("fast", [], {}) == RECIPES["fast"]


def test_a_parameter_is_not_set_twice():
    with pytest.raises(ParameterError, match="n_epochs is set twice, by --epochs and by --set n_epochs"):
        gather(None, ["n_epochs=1"], {"--epochs": ("n_epochs", 2)})


def test_unknown_names_offer_the_nearest():
    with pytest.raises(ParameterError, match=r"unknown parameter 'batch_sze'; did you mean 'batch_size'\?"):
        gather(None, ["batch_sze=1"], {})


def test_values_keep_their_rules():
    with pytest.raises(ParameterTypeError, match="batch_size must be an integer of at least 1, got 'ten'"):
        gather(None, ["batch_size=ten"], {})
    with pytest.raises(ParameterError, match="n_epochs must be 'auto' or an integer of at least 1, got 'ten'"):
        gather(None, ["n_epochs=ten"], {})
    with pytest.raises(ParameterError, match=r"activation must be one of .* did you mean 'relu'\?"):
        gather(None, ["activation=rellu"], {})


def test_recipes_come_back_as_they_were_written(tmp_path):
    values = {
        "in_channels_list": (None, 32), "out_channels": None, "do_dropout": False, "learning_rate": 1e-05,
        "stride": [2, 1],
        "class_weight": {0: 1.0, 1: 2.5}, "augment": ["flip"], "checkpoint": 'a "b"\\\x7f\n é', "momentum": 0.9,
    }  # fmt: skip
    records = {"run": {"source": "none", "class_names": ("a", "b")}, "versions": {"foveal": "0"}}
    recipe = tmp_path / "config.toml"
    recipe.write_text(to_toml(values | records), "utf-8")
    back = read_recipe(recipe)
    assert back == values | {"in_channels_list": [None, 32]}
    assert tomllib.loads(recipe.read_text("utf-8"))["run"] == {"source": "none", "class_names": ["a", "b"]}


def test_class_weights_may_be_a_table_of_names(tmp_path):
    recipe = tmp_path / "a.toml"
    recipe.write_text("[class_weight]\ncat = 2.0\n")
    assert read_recipe(recipe) == {"class_weight": {"cat": 2.0}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n_epochs = ", "is not a TOML file"),
        ("batch_sze = 3", "unknown parameter 'batch_sze'; did you mean 'batch_size'?"),
        ("n_epochs = 0", "n_epochs must be 'auto' or an integer of at least 1, got 0"),
        ("class_weight = [[0, 1, 2]]", "class_weight must be"),
        ("[training]\nn_epochs = 3", "has a table [training], but a recipe is flat: lines NAME = VALUE"),
        (b"\xff", "is not a TOML file"),
    ],
)
def test_wrong_recipes_name_the_file(tmp_path, text, message):
    recipe = tmp_path / "a.toml"
    recipe.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ParameterError) as caught:
        read_recipe(recipe)
    assert str(caught.value).startswith(f"--recipe {recipe}: ")
    assert message in str(caught.value)


def test_a_missing_recipe(tmp_path):
    why = r"cannot be read \(No such file or directory\)"
    message = rf"none.toml: {why}; give a TOML file, or the name of a recipe: fast, auto$"
    with pytest.raises(ParameterError, match=message):
        read_recipe(tmp_path / "none.toml")


@pytest.mark.parametrize("name", ["fats", "Fast", "fast.toml"])
def test_what_is_neither_a_recipe_nor_a_file(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = f"--recipe {name}: .* give a TOML file, or the name of a recipe: .*fast.*; did you mean 'fast'"
    with pytest.raises(ParameterError, match=message):
        gather(name, [], {})
