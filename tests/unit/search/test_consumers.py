import math
import os
import sys
import types

import pytest

from foveal.core.errors import ParameterError, ResourceError
from foveal.search.consumers import scalars, to_mlflow, to_tensorboard
from foveal.train.report import EpochReport

REPORTS = [
    EpochReport(n, 1 / n, 0.5, math.nan, math.nan, 0.01, 2.0, 100.0, {}, {"accuracy": 0.7, "macro_f1": 0.1 * n})
    for n in (1, 2, 3)
]


class Client:
    """Stands for MLflow's: `test_mlflow_itself` runs where that is installed."""

    def __init__(self, tracking_uri):
        self.uri, self.metrics, self.params, self.status = tracking_uri, [], {}, None
        Client.last = self

    def get_experiment_by_name(self, name):
        return None

    def create_experiment(self, name):
        return f"number of {name}"

    def create_run(self, experiment):
        return types.SimpleNamespace(info=types.SimpleNamespace(run_id=f"run of {experiment}"))

    def log_param(self, run, name, value):
        self.params[name] = value

    def log_metric(self, run, name, value, step):
        self.metrics.append((name, value, step))

    def set_terminated(self, run, status):
        self.status = status


@pytest.fixture
def mlflow(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", types.SimpleNamespace(MlflowClient=Client))
    for name in ("MLFLOW_DISABLE_TELEMETRY", "MLFLOW_ALLOW_FILE_STORE"):
        monkeypatch.setenv(name, "false")


def test_what_was_not_measured_is_left_out():
    names = set(scalars(REPORTS[0]))
    assert names == {"loss/train", "score/train", "learning_rate", "seconds", "images_per_second", "valid/macro_f1"}


def test_tensorboard_reads_what_was_written(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert list(to_tensorboard(iter(REPORTS), tmp_path)) == REPORTS
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert set(events.Tags()["scalars"]) == set(scalars(REPORTS[0]))
    assert [(e.step, pytest.approx(e.value)) for e in events.Scalars("loss/train")] == [(1, 1), (2, 1 / 2), (3, 1 / 3)]


def test_mlflow_is_given_metrics_and_parameters_in_a_folder(tmp_path, mlflow):
    assert list(to_mlflow(REPORTS, tmp_path / "runs", parameters={"n_epochs": 3})) == REPORTS
    client = Client.last
    assert client.uri == (tmp_path / "runs").as_uri()
    assert [m for m in client.metrics if m[0] == "valid/macro_f1"] == [
        ("valid/macro_f1", pytest.approx(0.1 * n), n) for n in (1, 2, 3)
    ]
    assert (client.params, client.status) == ({"n_epochs": "3"}, "FINISHED")
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true", "it would else send usage data"


def test_a_run_that_is_left_or_breaks_off_says_so(tmp_path, mlflow):
    def broken():
        yield REPORTS[0]
        raise ZeroDivisionError

    for _ in to_mlflow(REPORTS, tmp_path):
        break
    assert Client.last.status == "KILLED"
    with pytest.raises(ZeroDivisionError):
        list(to_mlflow(broken(), tmp_path))
    assert Client.last.status == "FAILED"


def test_no_server_is_asked(tmp_path, mlflow):
    with pytest.raises(ParameterError, match="must be a folder of this machine, got 'http://x:5000'"):
        next(to_mlflow(REPORTS, "http://x:5000"))


def test_mlflow_itself(tmp_path):
    mlflow = pytest.importorskip("mlflow")
    list(to_mlflow(REPORTS, tmp_path / "runs"))
    client = mlflow.MlflowClient(tracking_uri=(tmp_path / "runs").as_uri())
    (run,) = client.search_runs([client.get_experiment_by_name("foveal").experiment_id])
    assert run.data.metrics["loss/train"] == pytest.approx(1 / 3)


def test_who_leaves_the_loop_keeps_what_was_learnt(tmp_path, small, digits):
    pytest.importorskip("tensorboard")
    small.set_params(n_epochs=50)
    for report in to_tensorboard(small.epochs(*digits), tmp_path):
        if report.epoch == 2:
            break
    assert small.n_epochs_ == 2
    assert small.predict(digits[0]).shape == (150,)


@pytest.mark.parametrize(
    ("listen", "module", "extra"),
    [(to_tensorboard, "torch.utils.tensorboard", "tensorboard"), (to_mlflow, "mlflow", "mlflow")],
)
def test_without_its_package_it_says_what_to_install(tmp_path, monkeypatch, listen, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ResourceError, match=rf'pip install "foveal\[{extra}\]"'):
        next(listen(REPORTS, tmp_path))
