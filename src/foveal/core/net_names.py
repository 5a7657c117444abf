"""Names of networks with sizes, as text: "unet(depth=3, width=16)". Torch-free, and nothing is evaluated."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from foveal.core.calls import read_call
from foveal.core.choices import BODIES, NETS, TOKEN_NETS
from foveal.core.errors import ParameterError
from foveal.core.rules import Rule, check, choice, did_you_mean, is_integer, number


class Size(NamedTuple):
    """What can be said of a network in its name: the rule that it keeps, and what it is if it is not said."""

    rule: Rule
    usual: int | float | str


def _between(low: int, high: int) -> Rule:
    return Rule(f"an integer from {low} to {high}", lambda v: is_integer(v) and low <= v <= high)


_OF_CATALOGUE = Rule(
    "a network of the catalogue whose maps end in a mean over them, such as 'resnet18'", lambda v: v in BODIES, BODIES
)
_BODY = Size(_OF_CATALOGUE, "resnet50")
_OF_TEXTS = {"vector": Size(_between(1, 4096), 300), "maps": Size(_between(1, 4096), 100)}
_EVERY = (*NETS, *TOKEN_NETS)
#: By network: its sizes by name. The catalogue's builders take them as arguments of the same names.
SIZES: dict[str, Mapping[str, Size]] = {
    "unet": {"depth": Size(_between(1, 8), 4), "width": Size(_between(1, 1024), 64)},
    "fully_convolutional": {"body": _BODY},
    "deeplabv3": {"body": _BODY},
    "lraspp": {"body": Size(choice("mobilenet_v3_large", "mobilenet_v3_small"), "mobilenet_v3_large")},
    "conv_s2s": {
        "layers": Size(_between(1, 32), 3),
        "width": Size(_between(1, 4096), 128),
        "kernel": Size(_between(1, 31), 3),
        "dropout": Size(number(0, 1, high_open=True), 0.2),
    },
    "kim": _OF_TEXTS,
    "wide_kim": _OF_TEXTS | {"ngrams": Size(_between(1, 8), 2), "buckets": Size(_between(10, 24), 18)},
    "zhang": {"maps": Size(_between(1, 4096), 256), "features": Size(_between(1, 8192), 1024)},
    "text_resnet": {"vector": Size(_between(1, 4096), 128), "blocks": Size(_between(1, 64), 5)},
    "frames": {"body": Size(_OF_CATALOGUE, "resnet18"), "head": Size(choice("mean", "gated"), "mean")},
}


def names_a_net(text: str) -> bool:
    """Tell whether a text is the name of a network, with or without sizes; `read_net` tells whether it has such sizes.

    >>> names_a_net("unet(depth=3)"), names_a_net("system(depth=3)")
    (True, False)
    """
    found = read_call(text, words=True)
    return text in _EVERY or (found is not None and found[0] in _EVERY)


def read_net(text: str) -> tuple[str, dict[str, Any]]:
    """Give the name of a network and all of its sizes, those that are not said as they usually are.

    Raises `ParameterError` for an unknown name or size, or one that does not keep its rule.

    >>> read_net("unet(depth=3)"), read_net("resnet18")
    (('unet', {'depth': 3, 'width': 64}), ('resnet18', {}))
    """
    name, values, given = read_call(text, words=True) or (text, [], {})
    if name not in _EVERY:
        raise ParameterError(f"net knows no {text[:80]!r}; foveal nets lists them{did_you_mean(name, _EVERY)}")
    known = SIZES.get(name, {})
    for key, value in given.items():
        if key not in known:
            takes = f"takes {' and '.join(known)}" if known else "takes no sizes"
            raise ParameterError(f"net={text[:80]!r} says {key}, but {name} {takes}{did_you_mean(key, known)}")
        check(f"{key} of net={name!r}", value, known[key].rule)
    if values:
        like = ", ".join(f"{key}={size.usual}" for key, size in known.items())
        raise ParameterError(
            f"net={text[:80]!r} has a number without a name; "
            + (f"name it, as in {name}({like})" if known else f"{name} takes no sizes")
        )
    return name, {key: size.usual for key, size in known.items()} | given
