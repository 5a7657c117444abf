"""What a fitted estimator answers: predictions, scores, a summary, a file. Needs no scikit-learn, but for arrays."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Self

import numpy as np

from foveal.core.errors import ParameterError
from foveal.core.forms import is_signals
from foveal.core.shelter import sheltered
from foveal.data.arrays import check_inputs
from foveal.data.reading import as_rows
from foveal.data.source import Source, is_source
from foveal.estimators.attributes import FittedAttributes, check_fitted
from foveal.fitted.calibrating import calibrated, calibrator_of, truth_to_calibrate
from foveal.fitted.covering import sets_of
from foveal.fitted.explaining import explained
from foveal.fitted.last_features import features_of
from foveal.fitted.model import Fitted
from foveal.fitted.network import notes_on
from foveal.fitted.predict import collect, rows_of
from foveal.fitted.saving import save
from foveal.fitted.withholding import outlier_scores, sure_answers
from foveal.fitting.inputs import check_weights
from foveal.models import Summary, summarize
from foveal.tasks.kind import Kind
from foveal.tasks.scoring import read_truth


class Predictor(FittedAttributes):
    """Ask a fitted model; each method raises `NotFittedError` before fit."""

    loss: Any
    layout: Any

    def predict(
        self,
        X: Any,
        *,
        tta: str | Sequence[str] | None = None,
        sets: float | None = None,
        unsure: float | None = None,
        outliers: float | None = None,
    ) -> np.ndarray:
        """Predict labels (N,), an indicator (N, labels), values (N,) or (N, targets), or points (N, points, axes).

        Rows are shaped as in fit.

        `tta`, test-time augmentation, averages over several views of each row: "flip" adds the mirrored one,
        "vertical_flip" the one upside down, "shift" those moved by one pixel along each axis; a list all combinations.
        The mean is that of probabilities, or of values where there are none.

        A calibrated model also answers, with `sets=0.9`, what holds in 90 % of the rows: of classes and labels those
        that may be, (N, K) bool in the order of `classes_`, of values intervals, (N, 2) or (N, targets, 2). With
        `unsure=0.05` answers are masked, `numpy.ma`, that are less sure than an error of 5 % among the others allows;
        with `outliers=0.05` those of rows that are farther from all known rows than all but 5 % of such rows are.
        docs/calibration.md says what is promised.
        """
        fitted = self._fitted()
        withheld = unsure is not None or outliers is not None
        if sets is not None and withheld:
            raise ParameterError("sets tells how sure answers are, unsure and outliers withhold some; ask for one way")
        if sets is not None:
            return sets_of(fitted, self._rows(X), sets, tta)
        if withheld:
            return sure_answers(fitted, self._rows(X), unsure=unsure, outliers=outliers, tta=tta)
        with sheltered():
            return fitted.kind.decode(fitted.problem, collect(fitted, self._rows(X), fitted.task.decode, tta))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Give the accuracy, the share of rows with every label right, R2, or of masks the mean IoU.

        Of points it is minus the mean distance, in pixels, at which those that are visible are found.
        """
        fitted = self._fitted()
        predicted = self.predict(X)
        weight = check_weights(sample_weight, len(predicted))
        truth = read_truth(fitted.problem, y, len(predicted), one_hot=fitted.settings["one_hot"])
        return fitted.kind.score(predicted, truth, weight)

    def outlier_scores(self, X: Any) -> np.ndarray:
        """Give how far each row lies from the rows that the model was calibrated on, (N,), 0 to 2.

        It is 1 less the largest cosine between their last features, `foveal.calibration.outliers.Outliers`.
        """
        fitted = self._fitted()
        return outlier_scores(fitted, self._rows(X))

    def calibrate(self, X: Any, y: Any) -> Self:
        """Learn from rows that the model has not learnt from how sure its answers are, and answer accordingly.

        Shapes are those of `fit`. `predict_proba` then gives calibrated probabilities (temperature scaling: the answers
        stay), and `predict` takes `sets`, `unsure` and `outliers`. `save` keeps it; `partial_fit` and another `net_`
        drop it. Rows that a score is to be measured on later must not be given here.

        Raises `DataError` for fewer than 10 rows, `ParameterError` for a kind of problem that has no calibration.

        >>> import numpy as np
        >>> from foveal import CNNClassifier
        >>> X, y = np.random.default_rng(0).normal(size=(80, 6, 6)), np.arange(80) % 2
        >>> model = CNNClassifier(n_epochs=2, random_state=0).fit(X[:40], y[:40]).calibrate(X[40:], y[40:])
        >>> model.predict(X[:3], sets=0.9).shape
        (3, 2)
        """
        fitted = self._fitted()
        calibrator_of(fitted.problem)  # which refuses a kind that has none, before X is read
        rows = self._rows(X)
        self.fitted_ = calibrated(fitted, rows, truth_to_calibrate(fitted, rows, y))
        return self

    def summary(self) -> Summary:
        """List the fitted network's layers, shapes, parameters, multiply-adds and receptive fields."""
        fitted = self._fitted()
        with sheltered():
            notes = notes_on(fitted.settings, fitted.form, fitted.problem.n_outputs)
            return summarize(fitted.net, fitted.form, notes)

    def explain(self, X: Any, method: str | None = None, target: Any = None, *, layer: Any = None) -> Any:
        r"""Explain predictions: a map for each row, (N, \*S), a number for each of its places.

        Of rows of unequal length, texts among them, it is a list of maps, each as long as its row.

        Parameters
        ----------
        X : rows, as in `predict`.
        method : "grad_cam" (where the last maps speak for it, from 0 up), "saliency" (where a small change would be
            felt, from 0 up), "integrated_gradients" (what each place adds, signed) or "occlusion" (what is lost where
            it is covered, signed); None: "grad_cam", of texts "occlusion". See docs/explanations.md.
        target : a class or its name; of values, labels and points the number of one; or one for each row. None: the
            class that is predicted for the row, its likeliest label, in masks the class of most places.
        layer : of "grad_cam" the layer to look at; None: the last one that has places.

        >>> import numpy as np
        >>> from foveal import CNNClassifier
        >>> X, y = np.random.default_rng(0).normal(size=(40, 8, 8)), np.arange(40) % 2
        >>> CNNClassifier(n_epochs=1, random_state=0).fit(X, y).explain(X[:3]).shape
        (3, 8, 8)
        """
        fitted = self._fitted()
        return explained(fitted, self._rows(X), method, target, layer)

    def embed(self, X: Any) -> np.ndarray:
        """Give the last features of rows, (N, D): what the network's head reads.

        Rows that are alike to the network lie near each other there.

        >>> import numpy as np
        >>> from foveal import CNNClassifier
        >>> X, y = np.random.default_rng(0).normal(size=(40, 8, 8)), np.arange(40) % 2
        >>> CNNClassifier(n_epochs=1, in_features_list=[None, 16], random_state=0).fit(X, y).embed(X).shape
        (40, 16)
        """
        fitted = self._fitted()
        return features_of(fitted, self._rows(X))

    def save(self, path: str | PathLike[str], *, given: str | Sequence[str] = ()) -> None:
        """Write the fitted model to one file, weights and description, that `foveal.load` reads.

        `given` names parameters that no file can hold, of `net`, `task`, `loss`, `optimizer`, `activation` and
        `augment`: whoever loads the file gives them again, `foveal.load(path, net=...)`.
        """
        fitted = self._fitted()
        with sheltered():
            save(fitted, path, given)

    def _kind(self) -> Kind:
        raise NotImplementedError

    def _source_of(self, X: Any) -> Any:
        """Give X as rows that can be chosen from: a source, or an array."""
        return as_rows(X, self.layout)

    def _rows(self, X: Any) -> Source:
        """Check X as scikit-learn would have it, and give its rows."""
        fitted = self.fitted_
        layout = fitted.layout
        if type(X) is not np.ndarray and is_source(X):
            return rows_of(fitted, X)
        if is_signals(fitted.form):
            return rows_of(fitted, X)
        if layout is None or (layout != "NL" and type(X) is np.ndarray and "feature_names_in_" not in fitted.columns):
            return rows_of(fitted, X)  # only its shape can be wrong; scikit-learn's own check takes 50 us
        return rows_of(fitted, check_inputs(self, X, fitted=(layout, fitted.input_shape)))

    def _fitted(self) -> Fitted:
        check_fitted(self)
        return self.fitted_
