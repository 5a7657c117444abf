"""Networks of texts: tokens and their mask in, one answer a text out, whatever stands behind the last token."""

from functools import partial

import torch
from torch import Tensor, nn

from foveal.core.errors import ParameterError
from foveal.core.forms import Form
from foveal.layers.dropout import Dropout
from foveal.layers.hashed_ngrams import HashedNgrams
from foveal.layers.text_filters import TextFilters
from foveal.models.landmarks.parts import drawn

#: Widths of Kim's filters.
WIDTHS = (3, 4, 5)
#: First vectors are uniform up to this, as in Kim's code for words without a trained vector.
_SPREAD = 0.25
#: Values in the table of the wide part at most, and the fewest buckets (their power of 2), whatever the outputs.
WIDE_VALUES, FEWEST = 2**22, 10


class Kim(nn.Module):
    r"""Filters of three widths along a text, the strongest answer of each, dropout, one dense layer.

        y = W (z o m) + c,   z = the answers of `TextFilters` to the vectors of the tokens,   m ~ Bernoulli(1 - rate)

    Shape: tokens (N, T), mask (N, T) -> (N, outputs).

    Source: Kim 2014, Convolutional neural networks for sentence classification: "CNN-rand", or "CNN-non-static" with
    trained vectors. Deviation: the norm of W's rows is not held to 3, as `lambda_` is there.

    >>> Kim(100, 2)(torch.tensor([[4, 5, 0]]), torch.tensor([[True, True, False]])).shape
    torch.Size([1, 2])
    """

    def __init__(self, values: int, outputs: int, *, vector: int = 300, maps: int = 100, rate: float = 0.5) -> None:
        super().__init__()
        self.embedding = embedding_of(values, vector)
        self.filters = TextFilters(vector, WIDTHS, maps)
        self.dropout = Dropout(rate)
        self.fc = nn.Linear(len(WIDTHS) * maps, outputs)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Give the outputs."""
        x = self.embedding(tokens) * mask[..., None]
        out: Tensor = self.fc(self.dropout(self.filters(x, mask.sum(1))))
        return out


class WideKim(nn.Module):
    r"""Kim's network beside a linear one on hashed n-grams: the sum of both, each of which learns without the other.

        y = d m_d / (1 - rate) + w m_w / (1 - rate),   m_d, m_w ~ Bernoulli(1 - rate) for each text, in training

    d and w are the outputs of `Kim` and `HashedNgrams`. Without m the deep part learns the texts by heart before the
    wide one has learnt anything.

    Shape: tokens (N, T), mask (N, T) -> (N, outputs).

    Source: Cheng et al. 2016, Wide & deep learning for recommender systems, eq. 3, with Kim's network as the deep part;
    whole parts are dropped as in Neverova et al. 2016, ModDrop.

    >>> WideKim(100, 2, buckets=10)(torch.tensor([[4, 5, 0]]), torch.tensor([[True, True, False]])).shape
    torch.Size([1, 2])
    """

    def __init__(
        self,
        values: int,
        outputs: int,
        *,
        vector: int = 300,
        maps: int = 100,
        ngrams: int = 2,
        buckets: int = 18,
        rate: float = 0.5,
    ) -> None:
        super().__init__()
        self.deep = Kim(values, outputs, vector=vector, maps=maps, rate=rate)
        self.wide = HashedNgrams(outputs, buckets=2**buckets, most=ngrams)
        self.drop_deep, self.drop_wide = Dropout(0.5), Dropout(0.5)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Add up both parts."""
        deep: Tensor = self.deep(tokens, mask)
        wide: Tensor = self.wide(tokens, mask)
        if not self.training:
            return deep + wide
        every = torch.ones_like(deep[:, :1])
        kept: Tensor = deep * self.drop_deep(every) + wide * self.drop_wide(every)
        return kept


def embedding_of(values: int, vector: int, spread: float = _SPREAD, rng: torch.Generator | None = None) -> nn.Embedding:
    """Make a table of vectors, uniform up to `spread`; that of the padding is zero and stays so."""
    table = torch.zeros(values, vector)
    drawn(table[1:], partial(nn.init.uniform_, a=-spread, b=spread, generator=rng))
    made: nn.Embedding = nn.Embedding.from_pretrained(  # type: ignore[no-untyped-call]
        table, freeze=False, padding_idx=0
    )
    return made


def values_of(form: Form) -> int:
    """Give how many numbers the tokens of a form can be."""
    if [part.name for part in form] != ["tokens", "mask"] or form[0].values is None:
        raise ParameterError(
            "a network of texts takes rows of tokens, whose number of values is known, and their mask; use "
            "TextClassifier or TextRegressor"
        )
    return form[0].values


def kim(form: Form, outputs: int, *, vector: int = 300, maps: int = 100) -> nn.Module:
    """Make Kim's network for a form."""
    return Kim(values_of(form), outputs, vector=vector, maps=maps)


def wide_kim(
    form: Form, outputs: int, *, vector: int = 300, maps: int = 100, ngrams: int = 2, buckets: int = 18
) -> nn.Module:
    """Make Kim's network with the wide part; of many outputs that has fewer buckets."""
    while buckets > FEWEST and outputs << buckets > WIDE_VALUES:
        buckets -= 1
    return WideKim(values_of(form), outputs, vector=vector, maps=maps, ngrams=ngrams, buckets=buckets)
