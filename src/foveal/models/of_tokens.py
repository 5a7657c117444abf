"""The catalogue of networks whose rows are tokens or items: texts, pairs of texts, histories."""

from foveal.core.net_names import SIZES
from foveal.models.landmarks.conv_s2s import conv_s2s
from foveal.models.network import Network

#: By name, as in `core.choices.TOKEN_NETS`; `make` is (form, outputs) -> module, with the sizes of `core.net_names`.
TOKEN_MODELS: dict[str, Network] = {
    "conv_s2s": Network(
        conv_s2s, "Gehring et al. 2017, Convolutional sequence to sequence learning", (1,), 1, "output", (),
        takes="source", sizes=SIZES["conv_s2s"],
    ),
}  # fmt: skip
