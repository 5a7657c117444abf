"""`net="auto"`: a rule that looks at what one row is, and says which network it chose."""

from collections.abc import Sequence
from typing import NamedTuple

#: Pixels of the shorter side from which a picture or volume gets a residual network.
LARGE = 64
#: Steps of a signal from which it gets a network with a mean over time; shorter ones are few values.
LONG = 24
RESIDUAL, SIGNAL = "compact_resnet", "fcn"


#: Levels of a U-Net at most, and pixels that its coarsest map has at least along the shorter side.
LEVELS, COARSEST, WIDTH = 4, 4, 16


#: Sizes of a network for texts, and how many pieces make an n-gram of its wide part at most; of characters and bytes.
VECTOR, MAPS, NGRAMS, CHARACTERS = 64, 64, {"words": 2, "bpe": 3}, 4


class Choice(NamedTuple):
    """The name of a network, and why."""

    net: str
    said: str


def auto_net(shape: Sequence[int | None], *, table: bool = False) -> Choice:
    r"""Choose a network for rows of (C, \*S); `table` says that they are a table's.

    >>> auto_net((3, 96, 128)).net == RESIDUAL, auto_net((1, 28, 28)).net
    (True, 'plain')
    """
    if None in shape:
        return Choice(SIGNAL, "X are signals of unequal length: a few wide layers and a mean over the steps of each")
    sizes = [n for n in shape[1:] if n is not None]
    what = " x ".join(map(str, sizes))
    if table:
        return Choice("plain", "X is a table, whose columns have no neighbours: the plain stack")
    if len(sizes) == 1 and sizes[0] >= LONG:
        return Choice(SIGNAL, f"X are signals of {what} steps: a few wide layers and a mean over time")
    if len(sizes) > 1 and min(sizes) >= LARGE:
        return Choice(RESIDUAL, f"X are pictures of {what}, at least {LARGE}: a residual network")
    return Choice("plain", f"rows of {what} are small: the plain stack")


def net_for_places(shape: Sequence[int | None]) -> Choice:
    r"""Choose a network that answers each place of rows of (C, \*S): a U-Net whose coarsest map still has some pixels.

    >>> net_for_places((3, 96, 128)).net, net_for_places((1, 16, 16)).net
    ('unet(depth=4, width=16)', 'unet(depth=2, width=16)')
    """
    sizes = [n for n in shape[1:] if n is not None]
    depth = max(1, min(LEVELS, (min(sizes) // COARSEST).bit_length() - 1))
    what = " x ".join(map(str, sizes))
    return Choice(f"unet(depth={depth}, width={WIDTH})", f"each place of {what} has a label: a U-Net of {depth} levels")


def net_for_texts(pieces: str) -> Choice:
    """Choose a network for texts: Kim's beside a linear part on hashed n-grams, whose length goes by the pieces.

    Small vectors and few maps: on movie snippets more of them learnt no better, and took five times as long.

    >>> net_for_texts("words").net, net_for_texts("bytes").net
    ('wide_kim(vector=64, maps=64, ngrams=2)', 'wide_kim(vector=64, maps=64, ngrams=4)')
    """
    most = NGRAMS.get(pieces, CHARACTERS)
    return Choice(
        f"wide_kim(vector={VECTOR}, maps={MAPS}, ngrams={most})",
        f"X are texts in {pieces}: Kim's filters beside a linear part on 1 to {most} in a row",
    )
