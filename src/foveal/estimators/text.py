"""The estimators of texts."""

from typing import Any

from sklearn.utils import Tags

from foveal.data.source import is_source
from foveal.data.text.texts import Texts
from foveal.estimators.constructor import constructor_of
from foveal.estimators.kinds import classifier_kind, regressor_kind
from foveal.estimators.scikit import ScikitCNN
from foveal.fitting.prepare import Job, prepare
from foveal.tasks.kind import Kind
from foveal.train.processes.distributed import Processes


class _OfTexts(ScikitCNN):
    """What reads texts: X is a list of strings, an array, a Series, a table's column, a list of pairs, or a source."""

    task = layout = augment = None
    one_hot = False

    def _prepared(self, X: Any, y: Any, sample_weight: Any = None, *, validation: Any = None, **how: Any) -> Job:
        request = self._request({}, validated=validation is not None)
        self._refuse_no_targets(y)
        return prepare(request, as_rows(X), y, sample_weight, validation=validation, **how)

    def _source_of(self, X: Any) -> Any:
        return as_rows(X)

    def _prepared_more(self, X: Any, y: Any, sample_weight: Any, processes: Processes) -> Job:
        return super()._prepared_more(self._rows(X), y, sample_weight, processes)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.one_d_array = True, True
        tags.input_tags.two_d_array = tags.input_tags.three_d_array = False
        return tags


def as_rows(X: Any) -> Any:
    """Give a source as it is, all else as texts."""
    return X if is_source(X) else Texts(X)


class TextClassifier(_OfTexts):
    """A convolutional network that gives texts classes, or several labels: strings in, labels out.

    X are strings: a list, an array, a Series, a table's column; or pairs of them, [("a", "b"), ...]. y are labels, or a
    0/1 indicator (N, labels).

    A vocabulary is learnt from the training rows alone. Rows of like length come together, and a text is answered as if
    it stood alone: nothing of it is changed by padding or by the other rows of a batch. An empty text has an answer,
    that of no words.

    Parameters and fitted attributes are those of `CNNClassifier`, without those of the plain stack and of pictures, and
    `pieces`, `vocabulary_size`, `lower`, `unicode_form`, `max_length` and `vectors`. By default `net` is "auto",
    `models.auto.net_for_texts`.

    >>> texts = ["a good film", "good, and funny", "a bad film", "bad, and long"] * 5
    >>> model = TextClassifier(n_epochs=5, random_state=0).fit(texts, ["+", "+", "-", "-"] * 5)
    >>> model.predict(["bad", "so good"]).tolist()
    ['-', '+']
    """

    __init__ = constructor_of("TextClassifier")

    def _kind(self) -> Kind:
        return classifier_kind(self.loss, None)


class TextRegressor(_OfTexts):
    """A convolutional network that gives texts values: strings in, numbers (N,) or (N, targets) out.

    X and parameters are those of `TextClassifier`; the loss is "mse" by default, and `score` is R2.

    >>> model = TextRegressor(n_epochs=5, random_state=0).fit(["one", "two", "three"] * 9, [1.0, 2.0, 3.0] * 9)
    >>> model.predict(["two", "three"]).shape
    (2,)
    """

    __init__ = constructor_of("TextRegressor")

    def _kind(self) -> Kind:
        return regressor_kind(self.loss, None)
