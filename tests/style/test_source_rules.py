"""Every source file keeps every rule, and every rule finds the miniature that breaks it."""

import warnings
from collections.abc import Callable
from statistics import median

import pytest

from .rules import (
    FOREIGN,
    RULES,
    Offences,
    asserts_nothing_of_users,
    catches_what_it_names,
    joins_nothing,
    names_its_arguments,
    pickles_nothing,
    says_nothing,
    seeds_nothing,
)
from .sources import Source, python_files

SOFT, HARD = 200, 300
SOURCES = python_files("src/foveal/")

BAD = [
    (says_nothing, "print('x')"),
    (says_nothing, "def f():\n    print('x', file=sys.stdout)"),
    (pickles_nothing, "import pickle"),
    (pickles_nothing, "from joblib import load"),
    (pickles_nothing, "from torch import load"),
    (pickles_nothing, "torch.load(path, weights_only=True)"),
    (pickles_nothing, "np.load(path, allow_pickle=True)"),
    (pickles_nothing, "eval(text)"),
    (seeds_nothing, "torch.manual_seed(0)"),
    (seeds_nothing, "torch.cuda.manual_seed_all(0)"),
    (seeds_nothing, "torch.default_generator.manual_seed(0)"),
    (seeds_nothing, "with torch.random.fork_rng(): pass"),
    (seeds_nothing, "np.random.seed(0)"),
    (seeds_nothing, "np.random.normal(size=3)"),
    (seeds_nothing, "import random"),
    (seeds_nothing, "from numpy.random import rand"),
    (seeds_nothing, "torch.rand(3)"),
    (seeds_nothing, "torch.empty(3).bernoulli_(0.5)"),
    (seeds_nothing, "nn.init.kaiming_normal_(weight)"),
    (catches_what_it_names, "try:\n    f()\nexcept:\n    pass"),
    (catches_what_it_names, "try:\n    f()\nexcept Exception:\n    pass"),
    (catches_what_it_names, "try:\n    f()\nexcept (ValueError, BaseException) as error:\n    raise"),
    (joins_nothing, "import torch.distributed as dist"),
    (joins_nothing, "from torch.distributed import all_reduce"),
    (joins_nothing, "torch.distributed.all_reduce(x)"),
    (asserts_nothing_of_users, "assert x.ndim == 4"),
    (asserts_nothing_of_users, "assert x.ndim == 4  # noqa: S101"),
    (names_its_arguments, "def vgg16(**kwargs): ..."),
    (names_its_arguments, "class A:\n    def __init__(self, **options): ..."),
    (names_its_arguments, "class A:\n    def from_recipe(cls, name, **overrides): ..."),
]
GOOD = [
    (pickles_nothing, "np.load(path, allow_pickle=False)"),
    (seeds_nothing, "rng = np.random.default_rng(0)\ntorch.rand(3, generator=torch.Generator().manual_seed(0))"),
    (catches_what_it_names, "try:\n    f()\nexcept (ValueError, OSError):\n    pass"),
    (asserts_nothing_of_users, "assert x is not None  # noqa: S101  (fit has seen to it)"),
    (names_its_arguments, "def _copy(function, **defaults): ..."),
]
Rule = Callable[[Source], Offences]


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.path.removeprefix("src/foveal/"))
def test_a_file_of_the_package_keeps_every_rule(source: Source):
    found = [f"{source.path}:{line}: {what}" for rule in RULES for line, what in rule(source)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("rule", "text"), BAD)
def test_a_rule_finds_what_it_forbids(rule: Rule, text: str):
    assert list(rule(Source("src/foveal/models/new.py", text)))


@pytest.mark.parametrize(("rule", "text"), GOOD)
def test_a_rule_leaves_the_right_way_alone(rule: Rule, text: str):
    assert not list(rule(Source("src/foveal/models/new.py", text)))


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("torch.load(path, weights_only=True)", True),
        ("torch.load(path)", False),
        ("torch.load(path, weights_only=False)", False),
        ("from pickle import UnpicklingError", True),
        ("from pickle import loads", False),
    ],
)
def test_one_module_reads_foreign_weights_and_tensors_alone(text: str, allowed: bool):
    assert (not list(pickles_nothing(Source(FOREIGN, text)))) is allowed


def test_every_rule_is_tried():
    assert {rule for rule, _ in BAD} == set(RULES)


@pytest.mark.filterwarnings("default:files above:UserWarning")
def test_no_file_has_more_than_300_lines():
    """Above 200 lines a file is reported, above 300 it must be split."""
    lengths = {s.path: s.text.count("\n") for s in python_files("src/", "tests/", "docs/", "benchmarks/")}
    assert lengths, "no Python file found"
    assert not {path: n for path, n in lengths.items() if n > HARD}
    long = ", ".join(f"{path} ({n})" for path, n in lengths.items() if n > SOFT)
    if long:
        warnings.warn(f"files above {SOFT} lines: {long}", stacklevel=1)


def test_the_median_file_is_short():
    assert median(s.text.count("\n") for s in SOURCES) <= 110  # the aim is about 90
