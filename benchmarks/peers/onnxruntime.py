"""ONNX Runtime on the exported network, as its documentation shows it; all graph optimisations are its default."""

import os

import numpy as np
import onnxruntime as ort

from benchmarks.data import Data
from benchmarks.peers.exported import export
from benchmarks.worker import Result, main
from benchmarks.workloads import Workload


def fit(workload: Workload, data: Data) -> Result:
    """Refuse: the runtime does not train."""
    raise NotImplementedError("ONNX Runtime does not train here")


def infer(workload: Workload, data: Data) -> Result:
    """Answer with BENCH_THREADS threads, or its own number."""
    model, n_weights = export(workload, data)
    options = ort.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("BENCH_THREADS", 0))
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def predict(X: np.ndarray) -> np.ndarray:
        return session.run(None, {"x": X})[0]

    return Result(parameters=n_weights, predict=predict)


if __name__ == "__main__":
    main(fit, infer)
