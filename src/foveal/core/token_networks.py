"""What each network of texts, pairs of texts and histories is: its rows and where it was published. Torch-free."""

from typing import NamedTuple

from foveal.core.net_names import SIZES


class TokenNetwork(NamedTuple):
    """A network whose rows are tokens or items; its parameters depend on how many of them there are."""

    name: str
    rows: str
    source: str

    @property
    def sized(self) -> str:
        """The name with what can be said in it, as it is usually.

        >>> token_networks()["kim"].sized
        'kim(vector=300, maps=100)'
        """
        return f"{self.name}({', '.join(f'{key}={size.usual}' for key, size in SIZES[self.name].items())})"


#: By name, as in `core.choices.TOKEN_NETS`.
_TABLE = {
    "kim": ("texts", "Kim 2014, Convolutional neural networks for sentence classification"),
    "wide_kim": ("texts", "Kim 2014, beside a linear part as in Cheng et al. 2016"),
    "zhang": ("texts", "Zhang et al. 2015, Character-level convolutional networks for text classification"),
    "text_resnet": ("texts", "blocks of Kalchbrenner et al. 2016, dilations of Strubell et al. 2017"),
    "conv_s2s": ("pairs of texts", "Gehring et al. 2017, Convolutional sequence to sequence learning"),
    "next_item": (
        "histories", "Yuan et al. 2019, A simple convolutional generative network for next item recommendation",
    ),
    "caser": ("histories", "Tang and Wang 2018, Personalized top-N sequential recommendation"),
}  # fmt: skip


def token_networks() -> dict[str, TokenNetwork]:
    """Give all of them, by name.

    >>> token_networks()["conv_s2s"].rows
    'pairs of texts'
    """
    return {name: TokenNetwork(name, *row) for name, row in _TABLE.items()}
