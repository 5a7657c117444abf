"""Early stopping: the best weights and the patience, as ordinary calls on the state."""

from foveal.train.report import EpochReport
from foveal.train.state import Best, TrainState, snapshot


def keep_best(state: TrainState, report: EpochReport) -> None:
    """Remember this epoch if its validation score is the best so far; of equals the earliest; NaN never is."""
    if report.valid_score > state.best.score:
        state.best = Best(report.valid_score, report.epoch, snapshot(state.result))
        state.stale = 0
    else:
        state.stale += 1


def used_up(state: TrainState, patience: int) -> bool:
    """Tell whether `patience` epochs have passed without a better score."""
    return state.stale >= patience


def restore_best(state: TrainState) -> None:
    """Give the network the best epoch's weights, if there was one."""
    if state.best.weights:
        state.result.load_state_dict(state.best.weights)
