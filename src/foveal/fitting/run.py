"""A prepared fit, run: what it leaves must be finite."""

import math

import torch

from foveal.core.errors import DivergedError
from foveal.core.randomness import borrowed_generator
from foveal.fitting.prepare import Job


def check_learnt(job: Job) -> None:
    """Refuse what exploded in the last steps, which no training loss has shown yet.

    Two training rows go through the network. The last validation loss counts too, unless an earlier epoch's weights
    were kept. Raises `DivergedError`.
    """
    state, batches = job.state, job.batches
    last = state.history[-1]
    index = torch.arange(min(2, len(batches.inputs)), device=batches.device)
    with borrowed_generator(0, index.device), torch.no_grad():
        out = state.result.eval()(*batches.inputs.gather(index))
    kept = state.best.epoch in (0, last.epoch)
    diverged = kept and job.valid is not None and not math.isfinite(last.valid_loss)
    if diverged or not out.isfinite().all():
        what = "validation loss is" if diverged else "network's outputs are"
        raise DivergedError(
            f"the {what} not finite after epoch {last.epoch} (step {state.step}, rate {last.learning_rate:.2g}); use a "
            "smaller learning_rate, clip_norm=1.0, or look for extreme values in X and y"
        )
