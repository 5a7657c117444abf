"""The catalogue of networks whose rows are tokens or items: texts, pairs of texts, histories."""

from functools import partial

from foveal.core.net_names import SIZES
from foveal.models.landmarks import deep_texts, texts
from foveal.models.landmarks.conv_s2s import conv_s2s
from foveal.models.network import Network

_text = partial(Network, takes="tokens", axes=(1,), shape=(64,), outputs=2, head="fc")

#: By name, as in `core.choices.TOKEN_NETS`; `make` is (form, outputs) -> module, with the sizes of `core.net_names`.
TOKEN_MODELS: dict[str, Network] = {
    "kim": _text(texts.kim, "Kim 2014, Convolutional neural networks for sentence classification", sizes=SIZES["kim"]),
    "wide_kim": _text(
        texts.wide_kim, "Kim 2014, beside a linear part as in Cheng et al. 2016", sizes=SIZES["wide_kim"]
    ),
    "zhang": _text(
        deep_texts.zhang,
        "Zhang et al. 2015, Character-level convolutional networks for text classification",
        sizes=SIZES["zhang"],
    ),
    "text_resnet": _text(
        deep_texts.text_resnet,
        "blocks of Kalchbrenner et al. 2016, dilations of Strubell et al. 2017",
        sizes=SIZES["text_resnet"],
    ),
    "conv_s2s": Network(
        conv_s2s,
        "Gehring et al. 2017, Convolutional sequence to sequence learning",
        shape=(64,),
        outputs=1,
        head="output",
        axes=(1,),
        takes="source",
        sizes=SIZES["conv_s2s"],
    ),
}
