"""The catalogue of networks whose rows are tokens or items: texts, pairs of texts, histories."""

from foveal.core.net_names import SIZES
from foveal.models.landmarks.caser import caser
from foveal.models.landmarks.next_item import next_item
from foveal.models.network import Network

_YUAN = "Yuan et al. 2019, A simple convolutional generative network for next item recommendation"
_TANG = "Tang and Wang 2018, Personalized top-N sequential recommendation"

#: By name, as in `core.choices.TOKEN_NETS`; `make` is (form, outputs) -> module, with the sizes of `core.net_names`.
TOKEN_MODELS: dict[str, Network] = {
    # --- histories of items
    "next_item": Network(next_item, _YUAN, takes="items", sizes=SIZES["next_item"]),
    "caser": Network(caser, _TANG, takes="items", sizes=SIZES["caser"]),
}
