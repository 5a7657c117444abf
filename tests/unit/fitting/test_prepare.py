"""From parameters and data to a job: who is trained on, who is held out, and where everything lies."""

import numpy as np
import pytest
import torch

from foveal import CNNClassifier, CNNRegressor
from foveal.core.errors import DataError, ParameterError
from foveal.data.rows import Rows
from foveal.data.store import Resident, Streamed
from foveal.fitting.examples import Examples
from foveal.train.processes.distributed import ALONE

RNG = np.random.default_rng(0)
IMAGES, LABELS = RNG.integers(0, 256, (40, 6, 5), dtype=np.uint8), np.arange(40) % 4
SIZES = {"in_channels_list": (None, 3), "out_channels": 4, "in_features_list": (None, 5), "random_state": 0}


def classifier(**parameters):
    return CNNClassifier(**SIZES | parameters)


def job_of(**parameters):
    return classifier(**parameters)._prepared(IMAGES, LABELS)


def test_a_tenth_of_each_class_is_held_out():
    job = job_of()
    assert (len(job.batches.inputs), len(job.valid.inputs)) == (36, 4)
    assert sorted(job.valid.targets[0].tolist()) == [0, 1, 2, 3]


def test_no_row_is_trained_on_and_held_out():
    job = job_of(valid_size=0.3)
    held, trained = (
        {store.gather(torch.arange(len(store)))[0].numpy()[i].tobytes() for i in range(len(store))}
        for store in (job.valid.inputs, job.batches.inputs)
    )
    assert not held & trained


def test_a_row_without_weight_is_neither():
    job = classifier(valid_size=0.5)._prepared(IMAGES, LABELS, np.repeat([1.0, 0.0], 20))
    assert len(job.batches.inputs) + len(job.valid.inputs) == 20
    job = classifier(valid_size=0, class_weight={0: 0.0})._prepared(IMAGES, LABELS)
    assert set(job.batches.targets[0].tolist()) == {1, 2, 3}


def test_rows_count_where_they_have_weight():
    assert Examples(Rows(IMAGES), LABELS, None).counting.tolist() == list(range(40))
    assert Examples(Rows(IMAGES[:3]), LABELS[:3], np.array([0.0, 2.0, 0.0])).counting.tolist() == [1]


def test_the_input_is_standardised_by_the_training_rows_alone():
    job = job_of(valid_size=0.5)
    kept = job.batches.inputs.gather(torch.arange(20))[0].double() / 255
    assert float(job.state.net.input.mean) == pytest.approx(float(kept.mean()), rel=1e-5)
    assert float(job.state.net.input.deviation) == pytest.approx(float(kept.std(correction=0)), rel=1e-5)


def test_the_scale_of_targets_is_the_training_rows_too():
    y = np.where(np.arange(40) < 20, 1.0, 100.0)
    job = CNNRegressor(**SIZES, shuffle=False, valid_size=0.5)._prepared(IMAGES, y)
    assert (job.problem.mean, job.problem.deviation) == ((1.0,), (1.0,))


def test_bytes_stay_bytes_and_other_numbers_take_the_weights_dtype():
    assert job_of().batches.inputs.gather(torch.arange(1))[0].dtype == torch.uint8
    job = classifier(precision="float64")._prepared(IMAGES.astype(np.float32), LABELS)
    assert job.batches.inputs.gather(torch.arange(1))[0].dtype == torch.float64


def test_shapes_are_those_of_a_row_channels_first():
    job = job_of()
    assert (job.layout, job.form[0].sizes) == ("NHW", (1, 6, 5))
    assert job.batches.inputs.gather(torch.arange(2))[0].shape == (2, 1, 6, 5)


def test_a_mapped_x_is_not_read_into_memory(tmp_path):
    np.save(tmp_path / "X.npy", IMAGES)
    job = classifier()._prepared(np.load(tmp_path / "X.npy", mmap_mode="r"), LABELS)
    assert isinstance(job.batches.inputs, Streamed)
    assert isinstance(job_of().batches.inputs, Resident)


def test_a_batch_has_the_rows_of_all_its_parts():
    assert job_of(batch_size=5, accumulate=3).batches.batch_size == 15


def test_one_seed_makes_one_job():
    one, two, other = (job_of(random_state=seed) for seed in (1, 1, 2))
    same = [torch.equal(a, b) for a, b in zip(one.state.net.parameters(), two.state.net.parameters(), strict=True)]
    assert all(same)
    assert torch.equal(one.batches.targets[0], two.batches.targets[0])
    assert not torch.equal(one.batches.targets[0], other.batches.targets[0])


def test_the_estimator_is_not_touched():
    model = classifier()
    before = dict(vars(model))
    model._prepared(IMAGES, LABELS)
    assert vars(model) == before


def test_what_cannot_be_held_out_is_said():
    with pytest.warns(UserWarning, match="leaves no row to hold out"):
        assert classifier()._prepared(IMAGES[:4], LABELS[:4]).valid is None
    with pytest.raises(ParameterError, match="early_stopping=True needs rows to validate on"):
        classifier(early_stopping=True)._prepared(IMAGES[:4], LABELS[:4])


def test_nothing_finite_is_missing_from_x():
    holes = IMAGES.astype(float)
    holes[3, 0, 0] = np.nan
    with pytest.raises(DataError, match="NaN, first in row 3"):
        classifier()._prepared(holes, LABELS)


def test_lambda_needs_weights_to_count():
    with pytest.raises(ParameterError, match="finds no convolution or dense weights"):
        CNNClassifier(net=lambda shape, n: torch.nn.Sequential(torch.nn.Flatten(), Scale(n)), lambda_=0.1)._prepared(
            IMAGES, LABELS,
        )  # fmt: skip


class Scale(torch.nn.Module):
    """A network without a convolution or a dense layer."""

    def __init__(self, n):
        super().__init__()
        self.rates, self.n = torch.nn.Parameter(torch.ones(n)), n

    def forward(self, x):
        return x[:, : self.n].float() * self.rates


def test_a_first_pass_holds_nothing_out_and_lasts_an_epoch():
    job = classifier(n_epochs=9)._prepared(IMAGES, LABELS, one_pass=True)
    assert (job.valid, job.config.n_epochs, job.config.schedule) == (None, 1, "constant")


def test_a_later_pass_trains_a_copy_with_the_optimizers_memory():
    model = classifier().partial_fit(IMAGES, LABELS, classes=[0, 1, 2, 3])
    job = model._prepared_more(IMAGES[:8], LABELS[:8], None, ALONE)
    assert job.state.net is not model.net_
    assert (job.state.epoch, job.config.n_epochs, len(job.batches.inputs)) == (1, 2, 8)
    assert len(job.state.optimizer.state) == len(model._state.optimizer.state) > 0


@pytest.mark.parametrize("later", [False, True])
def test_a_pass_keeps_no_checkpoints(later, tmp_path):
    model = classifier()
    if later:
        model.partial_fit(IMAGES, LABELS, classes=[0, 1, 2, 3])
    model.set_params(checkpoint=tmp_path)
    with pytest.raises(ParameterError, match="partial_fit is given its data only once"):
        model.partial_fit(IMAGES, LABELS, classes=[0, 1, 2, 3])
