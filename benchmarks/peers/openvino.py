"""OpenVINO on the exported network, with its hint for latency, in fp32."""

import numpy as np
import openvino as ov

from benchmarks.data import Data
from benchmarks.peers.exported import export
from benchmarks.worker import Result, main
from benchmarks.workloads import Workload


def fit(workload: Workload, data: Data) -> Result:
    """Refuse: the runtime does not train."""
    raise NotImplementedError("OpenVINO does not train")


def infer(workload: Workload, data: Data) -> Result:
    """Answer through a compiled model; fp32, as every peer here (its own choice may be bf16)."""
    file, n_weights = export(workload, data)
    core = ov.Core()
    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    model = core.compile_model(core.read_model(file), "CPU", hints)
    request = model.create_infer_request()

    def predict(X: np.ndarray) -> np.ndarray:
        return request.infer({"x": X})[model.output(0)]

    return Result(parameters=n_weights, predict=predict)


if __name__ == "__main__":
    main(fit, infer)
