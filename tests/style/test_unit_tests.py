"""A module has unit tests, tests/unit/ROOM/test_MODULE.py, or stands here under the proof that covers its room."""

import pytest

from .sources import PACKAGE, ROOT

#: Room: where its proof lies, and the modules that have only that. Who writes a unit test takes the module off.
ELSEWHERE = {
    "": ("tests/unit/cli", "__main__"),
    "augment": ("tests/contract", "alternating"),
    "cli": (
        "tests/unit/cli",
        "checks embed_rows estimators explain_rows options output parameter_help predictions rows_named run_folder "
        "training verbs",
    ),
    "core": (
        "tests/faults",
        "checkpoints choices copies errors networks parameter_rules periods ranks schema shapes signals "
        "version warn zero_rows",
    ),
    "data": (
        "tests/faults",
        "apt array_files arrays convert dataset foreign_shards packing shard_index source store targets",
    ),
    "estimators": ("tests/contract", "attributes base cnn constructor loading predictor scikit"),
    "fitted": ("tests/faults", "describe description foreign loading measure upgrades"),
    "fitting": (
        "tests/faults",
        "agreement budget engine examples identity prepare_more progress request run settings validating",
    ),
    "kernels": ("tests/oracle", "blocks epilogue inference interface listing recognise sameness updates"),
    "layers": (
        "tests/oracle",
        "activations branches chain conv_block convolution dense_block dropout flatten gated initializers "
        "local_response norm padded parted radial_basis scaled_tanh shared_norm side_heads sparse_convolution "
        "squeeze_excite standardize stochastic_depth subsampling wiring",
    ),
    "models": ("tests/oracle", "catalogue network on_bodies plain summary"),
    "models/landmarks": (
        "tests/oracle",
        "alexnet causal class_codes clips convnext efficientnet efficientnet_lite googlenet inception lenet mnasnet "
        "mobilenet_v1 mobilenet_v2 mobilenet_v3 regnet resnet rows shufflenet_v2 signals squeezed squeezenet vgg "
        "xception",
    ),
    "tasks": (
        "tests/contract",
        "class_weights classification fits kind known labels mask_measures regression segmentation",
    ),
    "train": ("tests/oracle", "checkpoint config contents losses report state stopping task"),
    "train/optim": ("tests/oracle", "average muon table"),
    "train/processes": ("tests/distributed", "lend"),
    "train/steps": ("tests/oracle", "graph kernel"),
}
LISTED = {(room, module) for room, (_, modules) in ELSEWHERE.items() for module in modules.split()}


def modules(package, tests):
    """Give (room, module) of every module, and of those that have a unit test."""
    paths = [path.relative_to(package) for path in package.rglob("*.py") if path.stem != "__init__"]
    every = {(path.parent.as_posix().removeprefix("."), path.stem) for path in paths}
    return every, {(room, name) for room, name in every if (tests / room / f"test_{name}.py").is_file()}


EVERY, TESTED = modules(PACKAGE, ROOT / "tests" / "unit")


def test_a_module_has_unit_tests_or_stands_under_its_rooms_proof():
    bare = sorted(f"{room}/{name}.py" for room, name in EVERY - TESTED - LISTED)
    assert not bare, f"{', '.join(bare)}: write tests/unit/ROOM/test_MODULE.py, or say in ELSEWHERE which proof it has"


def test_the_list_holds_no_module_that_has_unit_tests_or_is_gone():
    assert not sorted(LISTED & TESTED), "has unit tests now: take it off ELSEWHERE"
    assert not sorted(LISTED - EVERY), "is not there: take it off ELSEWHERE"


@pytest.mark.parametrize("room", ELSEWHERE)
def test_the_rooms_proof_is_there_and_contributing_names_it(room):
    proof = ELSEWHERE[room][0]
    assert any((ROOT / proof).glob("test_*.py"))
    if room:
        rows = (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()
        assert any(row.startswith(f"| `{room}` |") and f"`{proof}/`" in row for row in rows), (
            f"CONTRIBUTING's table of rooms does not name {proof}/ beside {room}"
        )


def test_a_new_module_with_neither_would_be_seen(tmp_path):
    for name in ("src/room/new.py", "src/room/old.py", "src/room/__init__.py", "tests/room/test_old.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    every, tested = modules(tmp_path / "src", tmp_path / "tests")
    assert every - tested == {("room", "new")}
