"""Who listens to a training: functions that take the reports of `epochs`, note each, and hand it on.

They are ordinary generators: the loop stays the caller's, who may stop, print or put one around the other.
"""

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from typing import Any

from foveal.core.errors import ParameterError, ResourceError
from foveal.core.files import as_path
from foveal.train.report import EpochReport


def scalars(report: EpochReport) -> dict[str, float]:
    """Give the numbers of a report by the names they are noted under; what was not measured is left out.

    >>> list(scalars(EpochReport(1, 0.5, 0.8, 0.6, 0.7, 0.001, 2.0, 100.0, {}, {"accuracy": 0.7, "macro_f1": 0.6})))
    ['loss/train', 'score/train', 'loss/valid', 'score/valid', 'learning_rate', 'seconds', 'images_per_second', \
'valid/macro_f1']
    """
    found = {
        "loss/train": report.train_loss,
        "score/train": report.train_score,
        "loss/valid": report.valid_loss,
        "score/valid": report.valid_score,
        "learning_rate": report.learning_rate,
        "seconds": report.seconds,
        "images_per_second": report.images_per_second,
    }
    found |= {f"valid/{name}": value for name, value in list(report.valid_scores.items())[1:]}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def to_tensorboard(reports: Iterable[EpochReport], folder: Any) -> Iterator[EpochReport]:
    """Write each report's numbers as TensorBoard's events, and hand the report on.

    `tensorboard --logdir FOLDER` shows them. Raises `ResourceError` without the package tensorboard.

    >>> import tempfile
    >>> from pathlib import Path
    >>> reports = [EpochReport(1, 0.5, 0.8, 0.6, 0.7, 0.001, 2.0, 100.0)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     heard = [report.epoch for report in to_tensorboard(reports, folder)]
    ...     heard, [path.name.split(".")[0] for path in Path(folder).iterdir()]
    ([1], ['events'])
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ResourceError('TensorBoard\'s files need tensorboard: pip install "foveal[tensorboard]"') from error
    with _left(reports), closing(SummaryWriter(str(as_path(folder, "folder")))) as writer:
        for report in reports:
            for name, value in scalars(report).items():
                writer.add_scalar(name, value, report.epoch)
            writer.flush()
            yield report


def to_mlflow(
    reports: Iterable[EpochReport],
    folder: Any,
    *,
    experiment: str = "foveal",
    parameters: Mapping[str, Any] | None = None,
) -> Iterator[EpochReport]:
    """Write each report's numbers as metrics of a new MLflow run in a folder of files, and hand the report on.

    `parameters`, such as `model.get_params()`, stand beside them. No server is asked: an address in place of a folder
    is refused, and MLflow is told to send no usage data. A run that is left or breaks off is marked as killed or
    failed. `mlflow ui --backend-store-uri FOLDER` shows it. Raises `ResourceError` without the package mlflow.
    """
    if "://" in str(folder):
        raise ParameterError(f"folder must be a folder of this machine, got {str(folder)!r}; foveal asks no server")
    place = as_path(folder, "folder").absolute()
    with _left(reports), _mlflow() as mlflow:
        client = mlflow.MlflowClient(tracking_uri=place.as_uri())
        known = client.get_experiment_by_name(experiment)
        number = client.create_experiment(experiment) if known is None else known.experiment_id
        run = client.create_run(number).info.run_id
        for name, value in (parameters or {}).items():
            client.log_param(run, name, str(value)[:500])
        status = "FAILED"
        try:
            for report in reports:
                for name, value in scalars(report).items():
                    client.log_metric(run, name, value, step=report.epoch)
                yield report
            status = "FINISHED"
        except GeneratorExit:
            status = "KILLED"
            raise
        finally:
            client.set_terminated(run, status)


def _left(reports: Iterable[EpochReport]) -> Any:
    """Close the reports where they are left: the training that makes them then keeps what it has learnt."""
    return closing(reports) if hasattr(reports, "close") else nullcontext()


@contextmanager
def _mlflow() -> Iterator[Any]:
    """Import MLflow, which is optional, told to send nothing and to write files, which it else advises against."""
    os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ALLOW_FILE_STORE": "true"}
    try:
        import mlflow
    except ImportError as error:
        raise ResourceError('MLflow\'s files need mlflow: pip install "foveal[mlflow]"') from error
    yield mlflow
