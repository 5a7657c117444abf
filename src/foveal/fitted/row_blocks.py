"""Rows as a network takes them, a bounded number at a time, for whoever looks at more than its outputs."""

from collections.abc import Iterator

from foveal.core.device import running_threads, threads_for
from foveal.core.shelter import sheltered
from foveal.data.source import Source, between
from foveal.data.store import Parts, stored_dtype, to_tensor
from foveal.fitted.computing import computes
from foveal.fitted.model import Fitted
from foveal.fitted.predict import answering_prediction, block_rows


def row_blocks(fitted: Fitted, source: Source) -> Iterator[Parts]:
    """Give the rows of a source in blocks, a tensor (B, ...) for each part, and compute with prediction's threads."""
    device, dtype, _, _ = computes(fitted)
    rows, n_rows = block_rows(fitted, source), len(source)
    kept = [stored_dtype(part, dtype) for part in source.form]
    threads = threads_for(fitted.cost.multiply_adds * min(rows, n_rows), device)
    with sheltered(), answering_prediction(n_rows, device):
        for first in range(0, n_rows, rows):
            read = zip(between(source, first, min(first + rows, n_rows)), kept, strict=True)
            parts = tuple(to_tensor(part, own).to(device).movedim(-1, 1) for part, own in read)
            with running_threads(threads):
                yield parts
