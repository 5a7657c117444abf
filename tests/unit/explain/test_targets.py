import pytest
import torch

from foveal.core.errors import ParameterError, ShapeError
from foveal.explain.targets import at_peak, weights_of


def test_one_number_for_all_rows_and_one_for_each():
    outputs = torch.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    assert weights_of(outputs, 1).tolist() == [[0, 1, 0], [0, 1, 0]]
    assert weights_of(outputs, [2, 0]).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert weights_of(outputs, torch.tensor([2, 0])).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert weights_of(outputs).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_weights_and_functions_of_the_outputs_are_taken_as_they_are():
    outputs = torch.ones(1, 2)
    against = torch.tensor([[1.0, -1.0]])
    assert torch.equal(weights_of(outputs, against), against)
    assert torch.equal(weights_of(outputs, lambda out: 2 * out), 2 * outputs)
    assert weights_of(outputs, lambda out: 1).tolist() == [[0, 1]]


def test_of_places_it_is_the_mean_over_those_where_the_class_is_largest():
    outputs = torch.tensor([[[3.0, 3.0, 0.0, 3.0], [0.0, 0.0, 5.0, 0.0], [0.0, 0.0, 0.0, 0.0]]])
    assert torch.allclose(weights_of(outputs)[0, 0], torch.tensor([1, 1, 0, 1]) / 3)  # class 0 has most places
    assert weights_of(outputs, 1)[0, 1].tolist() == [0, 0, 1, 0]
    assert weights_of(outputs, 2)[0, 2].tolist() == [0.25] * 4  # it is the largest nowhere
    assert float(weights_of(outputs, 2).sum()) == 1


def test_a_point_is_explained_where_its_map_peaks():
    maps = torch.zeros(2, 2, 3, 3)
    maps[0, 1, 2, 0], maps[1, 0, 1, 1] = 1, 5
    weights = at_peak(maps, torch.tensor([1, 0]))
    assert weights.nonzero().tolist() == [[0, 1, 2, 0], [1, 0, 1, 1]]


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (3, ParameterError, "target must be from 0 to 2: there are 3 outputs, got 3"),
        (-1, ParameterError, "target must be from 0 to 2"),
        ([0, 1, 2], ParameterError, "one for each of the 2 rows"),
        ([0.5, 1], ParameterError, "target must be the number of an output"),
        (torch.ones(2, 2), ShapeError, r"target must have a weight for each output, \(2, 3\), got \(2, 2\)"),
    ],
)
def test_what_there_is_not_is_told(target, error, message):
    with pytest.raises(error, match=message):
        weights_of(torch.zeros(2, 3), target)
