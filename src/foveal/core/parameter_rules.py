"""Rules of single parameters: those that are more than a number, a flag or a name. Torch-free."""

from dataclasses import replace
from typing import Any

from foveal.core.calls import calls_one_of
from foveal.core.choices import (
    ACTIVATIONS,
    AUGMENTATIONS,
    ITEM_LOSSES,
    LOSSES,
    MASK_LOSSES,
    NETS,
    OPTIMIZERS,
    PRECISIONS,
    TASKS,
)
from foveal.core.net_names import names_a_net
from foveal.core.rules import Rule, as_list, choice, count, counts, is_flag, is_integer, number

_NO_FLOAT16 = (
    "its range is too small for gradients, which would have to be scaled, and processors emulate it; use 'bfloat16' "
    "where the device has it, else 'float32'"
)


def _is_module(value: Any) -> bool:
    return callable(value) and hasattr(value, "forward")  # a class has it too


def _is_kind(value: Any) -> bool:
    return hasattr(value, "learn") and hasattr(value, "classifies")


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)


def _is_optimizer(value: Any) -> bool:
    return _is_function(value) or (hasattr(value, "step") and hasattr(value, "zero_grad") and isinstance(value, type))


def _is_seed(value: Any) -> bool:
    return hasattr(value, "random_sample") or hasattr(value, "integers")  # random.Random has neither


def _is_augment(value: Any) -> bool:
    return value == "auto" or all(
        calls_one_of(v, AUGMENTATIONS) if isinstance(v, str) else _is_function(v) for v in as_list(value)
    )


def _is_class_weight(value: Any) -> bool:
    return isinstance(value, dict) and all(number(0).holds(v) for v in value.values())


def _is_folder(value: Any) -> bool:
    return (isinstance(value, str) and value != "") or hasattr(value, "__fspath__")


def _is_device(value: Any) -> bool:
    return str(value).split(":")[0] in ("auto", "cpu", "cuda", "mps")


CALIBRATION = Rule("True, False or 'auto'", lambda v: is_flag(v) or v == "auto")
SIZES = counts(", one for each spatial axis")
DILATION = counts(", one for each conv block")
CHANNELS = counts("", first_none=True)
ACTIVATION = choice(*ACTIVATIONS, also="a torch.nn.Module", test=_is_module)
NET = Rule(
    "'auto', a name of the catalogue such as 'resnet18' (foveal nets lists them), some with sizes as in "
    "'unet(depth=3)', a torch.nn.Module, or a function (input shape, outputs) -> one",
    lambda v: v == "auto" or names_a_net(v) if isinstance(v, str) else _is_module(v) or _is_function(v),
    ("auto", *NETS),
)
OPTIMIZER = choice(*OPTIMIZERS, also="a torch.optim class or a function (params, lr)", test=_is_optimizer)
LOSS = replace(
    choice(
        *dict.fromkeys((*LOSSES, *MASK_LOSSES, *ITEM_LOSSES)),
        also="a function (outputs, targets) -> loss",
        test=_is_function,
    ),
    made=True,
)
LABEL = Rule("an integer, the label in the masks", is_integer)
TASK = choice(*TASKS, also="a kind of your own", test=_is_kind)
AUGMENT = Rule(
    "None, 'auto', or one or a list of "
    + ", ".join(map(repr, AUGMENTATIONS))
    + ", with a strength as in 'rotate(15)', and functions (batch, generator) -> batch",
    lambda v: v is None or _is_augment(v),
    ("auto", *AUGMENTATIONS),
    made=True,
)
CLASS_WEIGHT = choice("balanced", also="a dict from class to a weight of at least 0", test=_is_class_weight)
SEED = Rule(
    "None, an integer of at least 0 or a NumPy random state", lambda v: v is None or count(0).holds(v) or _is_seed(v)
)
WEIGHTS = Rule(
    "None, 'imagenet', or the path of a file: a foveal model, a safetensors state dict, or a PyTorch .pth",
    lambda v: v is None or _is_folder(v),
)
FREEZE = Rule("True, False, or an integer of at least 1", lambda v: is_flag(v) or count(1).holds(v))
VOCABULARY = Rule(f"an integer from 1 to {2**18:,}", lambda v: is_integer(v) and 1 <= v <= 2**18)
FILE = Rule("the path of a file", _is_folder)
FOLDER = Rule("a folder ('.' for this one)", _is_folder)
DEVICE = Rule("'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'", _is_device, ("auto", "cpu", "cuda", "mps"))
PRECISION = replace(choice(*PRECISIONS), missing=(("float16", _NO_FLOAT16),))
