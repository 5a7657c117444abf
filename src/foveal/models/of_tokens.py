"""The catalogue of networks whose rows are tokens or items: texts, pairs of texts, histories."""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn

from foveal.core.net_names import SIZES
from foveal.core.token_networks import token_networks
from foveal.models.landmarks import deep_texts, texts
from foveal.models.landmarks.caser import caser
from foveal.models.landmarks.conv_s2s import conv_s2s
from foveal.models.landmarks.next_item import next_item
from foveal.models.network import Network

_SAID = token_networks()


def _network(name: str, make: Callable[..., nn.Module], takes: str, **more: Any) -> Network:
    return Network(make, _SAID[name].source, takes=takes, sizes=SIZES[name], **more)


_text = partial(_network, takes="tokens", axes=(1,), shape=(64,), outputs=2, head="fc")

#: By name, as in `core.choices.TOKEN_NETS`; `make` is (form, outputs) -> module, with the sizes of `core.net_names`.
TOKEN_MODELS: dict[str, Network] = {
    "kim": _text("kim", texts.kim),
    "wide_kim": _text("wide_kim", texts.wide_kim),
    "zhang": _text("zhang", deep_texts.zhang),
    "text_resnet": _text("text_resnet", deep_texts.text_resnet),
    "conv_s2s": _network("conv_s2s", conv_s2s, "source", shape=(64,), outputs=1, head="output", axes=(1,)),
    # --- histories of items
    "next_item": _network("next_item", next_item, "items"),
    "caser": _network("caser", caser, "items"),
}
