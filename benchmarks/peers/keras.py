"""Keras 3 as its guide shows it: Sequential, compile, fit. KERAS_BACKEND says on what."""

import os
import sys
from time import perf_counter
from typing import Any

if os.environ.get("KERAS_BACKEND") != "tensorflow":
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # keras loads it wherever it is installed: seconds

import keras
import numpy as np

from benchmarks.data import Data
from benchmarks.folds import cross_validated
from benchmarks.worker import Result, main
from benchmarks.workloads import Net, Workload


def network(net: Net) -> keras.Sequential:
    """Write the network down; NHWC is Keras's own order."""
    channels, height, width = net.input_shape
    parts: list[Any] = [keras.Input((height, width, channels))]
    norm = [keras.layers.BatchNormalization] * net.batch_norm
    for stage in net.stages:
        for after in stage:
            parts.append(keras.layers.Conv2D(after, 3, padding="same", use_bias=not net.batch_norm))
            parts += [*(make() for make in norm), keras.layers.ReLU()]
        parts.append(keras.layers.MaxPooling2D(2))
    parts.append(keras.layers.Flatten())
    for after in net.dense:
        parts.append(keras.layers.Dense(after, use_bias=not net.batch_norm))
        parts += [*(make() for make in norm), keras.layers.ReLU()]
        parts += [keras.layers.Dropout(net.dropout)] * (net.dropout > 0)
    return keras.Sequential([*parts, keras.layers.Dense(net.outputs)])


class Clock(keras.callbacks.Callback):
    """Notes the seconds of each epoch, validation included."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock."""
        self.began = perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop it."""
        self.seconds.append(perf_counter() - self.began)


def fit(workload: Workload, data: Data) -> Result:
    """Train on the workload."""
    if workload.folds:
        return cross_validated(fit, workload, data)
    keras.utils.set_random_seed(0)
    X = data.standardised(data.X).transpose(0, 2, 3, 1)
    model, clock = network(workload.net), Clock()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
    model.fit(
        np.ascontiguousarray(X), data.y, batch_size=workload.batch, epochs=workload.epochs, verbose=0,
        validation_split=workload.valid, shuffle=workload.shuffle, callbacks=[clock],
    )  # fmt: skip
    n_weights = sum(int(np.prod(w.shape)) for w in model.trainable_weights)

    def predict(images: np.ndarray) -> np.ndarray:
        return model.predict(data.standardised(images).transpose(0, 2, 3, 1), verbose=0).argmax(1)

    return Result(clock.seconds, round(len(X) * (1 - workload.valid)), n_weights, predict)


if __name__ == "__main__":
    main(fit)
