"""Messages that say the true reason and the way out: splits, ragged rows, sparse tables, names nearly right."""

import inspect
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from foveal import CNN, CNNClassifier, CNNRegressor
from foveal.core.errors import DataError, DataTypeError, ParameterError, ParameterTypeError

from .small import classes, classifier, images, regressor

X, Y = images(), classes()


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("groups", [2, 52])
def test_a_split_that_holds_nothing_out_says_why_and_its_way_out_works(n, groups):
    X, y = images(n * groups), np.arange(n * groups) % groups
    with warnings.catch_warnings(record=True, action="always") as told:  # scikit-learn warns of many classes, too
        classifier().fit(X, y)
    text = next(str(w.message) for w in told if "valid_size" in str(w.message))
    assert f"valid_size=0.1 of {n * groups} rows leaves no row to hold out: it is taken class by class" in text
    if n == 1:
        assert "every class has one row, which trains" in text
        return
    assert f"the largest class has {n} rows" in text
    enough = float(text.split("of which valid_size=")[1].split(" ")[0])
    with warnings.catch_warnings(action="error"):
        assert np.isfinite(classifier(valid_size=enough).fit(X, y).history_["valid_loss"]).all()
    with pytest.raises(ParameterError, match=f"the largest class has {n} rows.*give more rows"):
        classifier(early_stopping=True).fit(X, y)


def test_values_have_no_classes_to_blame():
    with pytest.warns(UserWarning, match="of 3 rows leaves no row to hold out: training goes without validation"):
        regressor().fit(X[:3], np.arange(3.0))


def objects(rows):
    return np.fromiter(rows, object, len(rows))


RAGGED = {
    "images of two sizes": (objects([np.zeros((4, 4))] * 3 + [np.zeros((4, 5))] * 9), r"\(4, 4\), row 3 \(4, 5\)"),
    "signals of two lengths": (objects([np.zeros(4)] * 11 + [np.zeros(5)]), r"\(4,\), row 11 \(5,\)"),
    "lists of two lengths": (objects([[1, 2]] * 11 + [[1]]), r"\(2,\), row 11 \(1,\)"),
    "an array beside a list": (objects([np.zeros(3)] * 11 + [[1]]), r"\(3,\), row 11 \(1,\)"),
    "images of two ranks": (objects([np.zeros((4, 4))] * 2 + [np.zeros((4, 4, 3))] * 10), r"row 2 \(4, 4, 3\)"),
}  # fmt: skip


@pytest.mark.parametrize("case", RAGGED)
def test_ragged_objects_are_not_sent_to_stack(case):
    rows, message = RAGGED[case]
    with pytest.raises(DataError, match=f"X is ragged: .*{message}, .*pad, crop or resize them") as caught:
        classifier().fit(rows, Y)
    assert "np.stack" not in str(caught.value)


def test_objects_of_one_shape_are_sent_to_stack():
    with pytest.raises(DataError, match=r"X holds 12 arrays, one a row; make them one array with np\.stack\(X\)"):
        classifier().fit(objects(list(X)), Y)


SEVERAL = {
    "lists": [["a"], ["a", "b"]] * 6,
    "tuples": [("a",), ("a", "b")] * 6,
    "an array of lists": objects([["a"], ["a", "b"]] * 6),
    "sets": [{"a"}, {"a", "b"}] * 6,
    "a Series of lists": pd.Series([["a"], ["a", "b"]] * 6),
    "arrays": [np.array([1]), np.array([1, 2])] * 6,
    "nothing and something": [[], [1]] * 6,
}


@pytest.mark.parametrize("case", SEVERAL)
def test_several_labels_a_row_are_sent_to_multilabelbinarizer(case):
    with pytest.raises(DataError, match=r"sklearn\.preprocessing\.MultiLabelBinarizer\(\)\.fit_transform\(y\)"):
        classifier().fit(X, SEVERAL[case])


@pytest.mark.parametrize("fill", [0.0, np.nan, 1])
def test_sparse_tables_are_sent_to_their_own_way_out(fill):
    table = pd.DataFrame(np.eye(12)[:, :4], columns=list("abcd"))
    with pytest.raises(DataTypeError, match=r"column 'a' of X is sparse, .*pass X\.sparse\.to_dense\(\)"):
        classifier().fit(table.astype(pd.SparseDtype(float, fill)), Y)
    some = table.assign(c=table["c"].astype(pd.SparseDtype(float, fill)))
    with pytest.raises(DataTypeError, match=r"column 'c' of X is sparse, .*pass np\.asarray\(X\)"):
        classifier().fit(some, Y)
    model = classifier().fit(table, Y)
    with pytest.raises(DataTypeError, match=r"X\.sparse\.to_dense\(\)"):
        model.predict(table.astype(pd.SparseDtype(float, fill)))


@pytest.mark.parametrize("kind", [CNN, CNNClassifier, CNNRegressor])
@pytest.mark.parametrize(
    ("wrong", "right"),
    [("n_epoch", "n_epochs"), ("epochs", "n_epochs"), ("batchsize", "batch_size"),
     ("Optimizer", "optimizer"), ("random_seed", "random_state"), ("lambda", "lambda_")],
)  # fmt: skip
def test_a_parameter_that_is_nearly_right_is_told(kind, wrong, right):
    hint = f"; did you mean '{right}'?"
    with pytest.raises(ParameterTypeError) as caught:
        kind(**{wrong: 3})
    assert str(caught.value) == f"{kind.__name__}() got an unexpected keyword argument '{wrong}'{hint}"
    with pytest.raises(ParameterError) as caught:
        kind().set_params(**{wrong: 3})
    assert str(caught.value) == f"Invalid parameter '{wrong}' for estimator {kind.__name__}{hint}"


@pytest.mark.parametrize("kind", [CNN, CNNClassifier, CNNRegressor])
def test_the_constructor_is_what_it_was(kind):
    assert set(inspect.signature(kind).parameters) == set(kind().get_params())
    assert all(p.kind is p.KEYWORD_ONLY for p in inspect.signature(kind).parameters.values())
    with pytest.raises(TypeError):
        kind(3)
    model = kind(n_epochs=3)
    assert clone(model).n_epochs == pickle.loads(pickle.dumps(model)).n_epochs == 3
    assert model.set_params(n_epochs=4) is model
    assert model.n_epochs == 4
    assert model.set_params() is model


def test_a_subclass_may_have_parameters_of_its_own():
    class Own(CNNClassifier):
        def __init__(self, *, width=3, n_epochs=2):
            super().__init__(n_epochs=n_epochs)
            self.width = width

    assert Own(width=5).set_params(width=6, n_epochs=1).get_params() == {"width": 6, "n_epochs": 1}
    with pytest.raises(ValueError, match="Invalid parameter 'widht' for estimator Own; did you mean 'width'"):
        Own().set_params(widht=2)


def test_searches_and_pipelines_say_it_too():
    line = make_pipeline(StandardScaler(), classifier())
    with pytest.raises(ValueError, match=r"Invalid parameter 'n_epoch' for .*; did you mean 'n_epochs'"):
        line.set_params(cnnclassifier__n_epoch=3)
    with pytest.raises(ValueError, match="did you mean 'out_channels'"):
        GridSearchCV(classifier(), {"out_channel": [2]}, cv=2).fit(X, Y)
