"""A fixed code of 84 numbers for each class: pictures of ten digits, or +-1 at random."""

import torch
from torch import Tensor

from foveal.core.randomness import coins

#: Numbers of a code: pictures of 7 x 12 pixels.
CODE = 84
_SEED = 1998

#: The digits of an old terminal, 7 pixels wide and 12 high: LeCun et al. 1998, figure 3.
_DIGITS = (
    (".#####. ....... ..###.. .##.##. ##...## ##...## ##...## ##...## .##.##. ..###.. ....... ......."),
    ("...##.. ..###.. .####.. ...##.. ...##.. ...##.. ...##.. ...##.. ...##.. .###### ....... ......."),
    (".#####. ....... .#####. ##...## #....## ....##. ..###.. .##.... ##..... ####### ....... ......."),
    ("####### .....## ....##. ...##.. ..####. .....## .....## .....## ##...## .#####. ....... ......."),
    (".#####. ....... ....... .##..## .##..## ###..## ##...## ##...## ##..### .###### .....## .....##"),
    (".#####. ....... ####### ##..... ##..... .####.. ..####. .....## ##...## .#####. ....... ......."),
    ("..####. .##.... ##..... ##..... #####.. ###..## ##...## ##...## ###..## .#####. ....... ......."),
    ("####### .....## .....## ....##. ...##.. ...##.. ..##... ..##... ..##... ..##... ....... ......."),
    (".#####. ##...## ##...## ##...## .#####. ##...## ##...## ##...## ##...## .#####. ....... ......."),
    (".#####. ##..### ##...## ##...## ##..### .###### .....## .....## ....##. .####.. ....... ......."),
)


def class_codes(n_classes: int) -> Tensor:
    """Give the codes, -1 or 1: of ten classes pictures of the digits 0 to 9, of others coins from a fixed seed.

    Similar digits have similar codes, so that what is near a class is told. Coins of 84 places differ in 42 on average.
    Shape: -> (n_classes, 84). Source: LeCun et al. 1998, section II.B and figure 3.

    >>> class_codes(10).shape, class_codes(3).sum(1)
    (torch.Size([10, 84]), tensor([ 2., -4.,  2.]))
    """
    if n_classes == len(_DIGITS):
        return torch.tensor([[1.0 if p == "#" else -1.0 for p in rows.replace(" ", "")] for rows in _DIGITS])
    heads = coins(torch.arange(n_classes * CODE), _SEED).view(n_classes, CODE)
    return 2 * heads.to(torch.get_default_dtype()) - 1
