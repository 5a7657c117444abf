"""Rules on the package's source: each takes a file and yields (line, what is wrong)."""

import ast
from collections.abc import Iterator

from .sources import Source, calls, dotted, imports

Offences = Iterator[tuple[int, str]]

#: The one place that may use the global generators: it borrows them for networks that know no other.
BORROWER = ("src/foveal/core/randomness.py", "borrowed_generator")
#: The outermost frames, of the command line and of a process that reads ahead, turn whatever happened into one line.
OUTERMOST = ("src/foveal/cli/main.py", "src/foveal/data/workers.py")
#: A library says nothing on stdout; this says on stderr that minutes of downloading begin.
SPEAKERS = {"src/foveal/data/fetch.py": "_say"}
#: The import rules see packages outside only as a whole, so this one is held here.
JOINER = "src/foveal/train/processes/distributed.py"
#: It holds every name against the parameter table before it does anything: a typo fails at the call here too.
CHECKED = ("src/foveal/estimators/constructor.py", ("from_recipe", "set_params"))

#: People's trained weights lie in PyTorch's pickles: one module reads tensors out of them, `weights_only`, and no more.
FOREIGN = "src/foveal/fitted/foreign_weights.py"

_PICKLES = {"pickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
_GLOBAL = (
    "torch.manual_seed", "torch.seed", "torch.initial_seed", "torch.get_rng_state", "torch.set_rng_state",
    "torch.random.", "torch.default_generator", "torch.cuda.manual_seed", "torch.cuda.seed", "torch.mps.manual_seed",
)  # fmt: skip
_NUMPY_MAKERS = {"default_rng", "Generator", "SeedSequence", "RandomState", "PCG64"}
_DRAWS = {
    "torch.rand", "torch.randn", "torch.randint", "torch.randperm", "torch.normal", "torch.bernoulli",
    "torch.multinomial", "torch.poisson",
}  # fmt: skip
_FILLS = {"bernoulli_", "normal_", "uniform_", "random_", "exponential_", "log_normal_", "trunc_normal_", "orthogonal_",
          "kaiming_normal_", "kaiming_uniform_", "xavier_normal_", "xavier_uniform_"}  # fmt: skip


def says_nothing(source: Source) -> Offences:
    """No `print(` outside the command line."""
    if source.path.startswith("src/foveal/cli/"):
        return
    allowed = _lines_of(source, SPEAKERS.get(source.path))
    for name, call in calls(source.tree):
        stderr = any(k.arg == "file" and dotted(k.value) == "sys.stderr" for k in call.keywords)
        if name == "print" and not (call.lineno in allowed and stderr):
            yield call.lineno, "print() outside foveal.cli"


def pickles_nothing(source: Source) -> Offences:
    """No file of ours holds code, and none is read that could: no pickle, `torch.load`, `eval` or `exec`."""
    foreign = source.path == FOREIGN
    for name, line in imports(source.tree):
        if foreign and name == "pickle.UnpicklingError":  # what `torch.load` raises
            continue
        if name.split(".")[0] in _PICKLES or name in ("torch.load", "torch.save"):
            yield line, f"import of {name}"
    for name, call in calls(source.tree):
        if foreign and name == "torch.load" and _says(call, "weights_only", True):
            continue
        if name in ("torch.load", "torch.save", "eval", "exec"):
            yield call.lineno, f"{name}()"
        if any(k.arg == "allow_pickle" and getattr(k.value, "value", True) is not False for k in call.keywords):
            yield call.lineno, "allow_pickle"


def seeds_nothing(source: Source) -> Offences:
    """Randomness is an argument: no global generator is seeded, read or drawn from."""
    path, function = BORROWER
    allowed = _lines_of(source, function if source.path == path else None)
    yield from ((n, what) for n, what in _global_generators(source.tree) if n not in allowed)


def _global_generators(tree: ast.AST) -> Offences:
    for name, line in imports(tree):
        if name.split(".")[0] == "random" or name.startswith(("torch.random", "numpy.random")):
            yield line, f"import of {name}"
    for node in ast.walk(tree):
        name = dotted(node) if isinstance(node, ast.Attribute) else ""
        if name.startswith(_GLOBAL):
            yield node.lineno, f"global generator: {name}"
        numpy = name.startswith(("np.random.", "numpy.random."))
        if numpy and name.split("random.")[1].split(".")[0] not in _NUMPY_MAKERS:
            yield node.lineno, f"global generator: {name}"
    for name, call in calls(tree):
        draws = name in _DRAWS or ("." in name and name.rsplit(".", 1)[1] in _FILLS)
        if draws and not any(k.arg == "generator" for k in call.keywords):
            yield call.lineno, f"{name.lstrip('.')}() without generator="


def catches_what_it_names(source: Source) -> Offences:
    """No bare `except`, no `except Exception`."""
    if source.path in OUTERMOST:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            broad = [k for k in kinds if k is None or dotted(k) in ("Exception", "BaseException")]
            if broad:
                yield node.lineno, "broad except"


def joins_nothing(source: Source) -> Offences:
    """One file knows how processes find and tell each other: `torch.distributed` nowhere else."""
    if source.path == JOINER:
        return
    for name, line in imports(source.tree):
        if name.startswith("torch.distributed"):
            yield line, f"import of {name}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and dotted(node) == "torch.distributed":
            yield node.lineno, "torch.distributed"


def asserts_nothing_of_users(source: Source) -> Offences:
    """`assert` vanishes under `python -O`: where one states what code above has seen to, it says so."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assert) and "# noqa: S101  (" not in source.line(node.lineno):
            yield node.lineno, "assert without '# noqa: S101  (reason)'"


def names_its_arguments(source: Source) -> Offences:
    """No `**kwargs` in a public function: a typo must fail at the call."""
    path, functions = CHECKED
    allowed = {n for name in functions if source.path == path for n in _lines_of(source, name)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.args.kwarg is not None:
            public = not node.name.startswith("_") or node.name.startswith("__")
            if public and node.lineno not in allowed:
                yield node.lineno, f"{node.name}(**{node.args.kwarg.arg})"


RULES = (
    says_nothing, pickles_nothing, seeds_nothing, catches_what_it_names, joins_nothing, asserts_nothing_of_users,
    names_its_arguments,
)  # fmt: skip


def _says(call: ast.Call, argument: str, value: object) -> bool:
    return any(k.arg == argument and getattr(k.value, "value", None) is value for k in call.keywords)


def _lines_of(source: Source, function: str | None) -> range:
    """Give the lines of a function of the file."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return range(0)
