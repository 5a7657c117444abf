"""What is said of the times of frames, before videos are cut into rows."""

from collections.abc import Callable, Mapping

from foveal.data.clips.rule import Windows
from foveal.data.clips.timeline import Timeline
from foveal.data.clips.windows import step_of, unevenness
from foveal.data.images.listing.names import many, some
from foveal.data.images.records import Place

#: Times between frames that differ by more than this are told.
_EVEN = 1.5


def tell_rates(timelines: Mapping[Place, Timeline], windows: Windows, say: Callable[[str], None]) -> None:
    """Say how rows are cut, and where frames go by number although their times are uneven."""
    steps = [step_of(timeline) for timeline in timelines.values() if step_of(timeline) > 0]
    fast, slow = (1 / min(steps), 1 / max(steps)) if steps else (0.0, 0.0)
    rates = f"{slow:.4g}" if fast < 1.001 * slow else f"{slow:.4g} to {fast:.4g}"
    by = "by number" if windows.rate is None else f"by time, {windows.rate:g} a second"
    say(
        f"{many(len(timelines), 'video')} of {rates} frames a second; a row has {windows.frames} frames, "
        f"{windows.every} apart, the next begins {windows.stride} later, {by}"
    )
    if windows.rate is not None:
        return
    uneven = [place.name for place, timeline in timelines.items() if unevenness(timeline) > _EVEN]
    if uneven:
        say(f"frames come at uneven times in {some(uneven, 3)}: rate={fast:.3g} would take them by time")
    elif fast > _EVEN * slow:
        say(f"the rates of the videos differ: rate={slow:.3g} would take the frames of all by time")
