import pytest

from foveal import CNNClassifier, CNNRegressor
from foveal.cli.searched import searched
from foveal.core.errors import ParameterError


def test_an_estimator_that_can_be_cloned_and_the_data(capsys, files):
    found = searched("lr", "digits", {"n_epochs": 3, "verbose": 1}, {}, quiet=False)
    assert type(found.estimator) is CNNClassifier
    assert (found.estimator.n_epochs, found.estimator.verbose) == (3, 0)
    assert len(found.data.X_train) == 1437
    assert "lr uses the training part; the test part, 360 rows, is left alone" in capsys.readouterr().err
    assert (
        type(searched("lr", str(files / "values.npz"), {"task": "regression"}, {}, quiet=True).estimator)
        is CNNRegressor
    )


def test_augmentations_that_are_chosen_are_chosen_once():
    found = searched("tune", "digits", {"augment": "auto"}, {}, quiet=True)
    assert found.estimator.augment == ["shift(share=0.08)", "rotate", "scale", "shear"]


def test_translations_are_refused(tmp_path):
    (tmp_path / "pairs.csv").write_text("source,target\n" + "a b,c d\n" * 20)
    with pytest.raises(ParameterError, match="foveal tune takes rows with classes, labels, values or masks, not tr"):
        searched("tune", str(tmp_path / "pairs.csv"), {}, {"source": "source", "target": "target"}, quiet=True)
