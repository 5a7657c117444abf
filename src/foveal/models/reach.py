"""What a place of a map sees of the input, along one axis: places of an enlarged map do not all see alike."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

#: (lowest, highest) input that a place sees.
Ends = tuple[int, int]


@dataclass(frozen=True)
class Axis:
    """The place q P + r of a map, r < P, sees the inputs from q P jump + ends[r][0] to q P jump + ends[r][1].

    P, the number of `ends`, is how many places there are until one sees as the first does.
    """

    ends: tuple[Ends, ...] = ((0, 0),)
    jump: int = 1

    @property
    def field(self) -> int:
        """How many inputs a place sees; where places differ, the one that sees most."""
        return max(high - low for low, high in self.ends) + 1

    def at(self, place: int) -> Ends:
        """Give the ends of any place."""
        turn, r = divmod(place, len(self.ends))
        low, high = self.ends[r]
        shift = turn * len(self.ends) * self.jump
        return low + shift, high + shift

    @property
    def middle(self) -> Fraction:
        """Where what place 0 sees has its middle, in inputs; the mean over places that differ."""
        own = [Fraction(low + high, 2) - r * self.jump for r, (low, high) in enumerate(self.ends)]
        return sum(own, Fraction(0)) / len(own)


def made_of(axis: Axis, period: int, jump: int, seen: Callable[[int], Sequence[int]]) -> Axis:
    """Make the axis of a map whose place i reads the places `seen(i)` of another one."""
    ends = []
    for i in range(period):
        read = [axis.at(place) for place in seen(i)]
        ends.append((min(low for low, _ in read), max(high for _, high in read)))
    return Axis(tuple(ends), jump)


def moved(axis: Axis, places: int) -> Axis:
    """Let place i be what place i + `places` was.

    >>> moved(Axis(((0, 3),), jump=2), 1).ends
    ((2, 5),)
    """
    return made_of(axis, len(axis.ends), axis.jump, lambda i: (i + places,))


def windowed(axis: Axis, window: int, stride: int, gap: int, before: int) -> Axis:
    """Read `window` places, `gap` apart, the first `before` places before i `stride`: convolutions and pooling.

    >>> windowed(windowed(Axis(), 3, 1, 1, 1), 2, 2, 1, 0)
    Axis(ends=((-1, 2),), jump=2)
    """
    taps = range(-before, window * gap - before, gap)
    period = len(axis.ends) // math.gcd(len(axis.ends), stride)
    return made_of(axis, period, axis.jump * stride, lambda i: [i * stride + tap for tap in taps])


def transposed(axis: Axis, window: int, stride: int, gap: int, cut: int) -> Axis | None:
    """Be read by `window` places, `gap` apart: up-convolutions. None where a place would see nothing, or half an input.

    >>> transposed(Axis(((0, 1),), jump=2), 2, 2, 1, 0)
    Axis(ends=((0, 1), (0, 1)), jump=1)
    """

    def seen(i: int) -> list[int]:
        return [(i + cut - t * gap) // stride for t in range(window) if (i + cut - t * gap) % stride == 0]

    period = len(axis.ends) * stride
    if axis.jump % stride or not all(map(seen, range(period))):
        return None
    return made_of(axis, period, axis.jump // stride, seen)


def laid_out(axis: Axis, over: Axis) -> Axis | None:
    """Interpolate linearly between the middles of places, over those of another map; None where they do not divide.

    >>> laid_out(Axis(((0, 1),), jump=2), Axis())
    Axis(ends=((-2, 1), (0, 3)), jump=1)
    """
    times, left = divmod(axis.jump, over.jump)
    if left or not times:
        return None

    def seen(i: int) -> tuple[int, ...]:
        place = Fraction(2 * i + 1, 2 * times) - Fraction(1, 2)
        return math.floor(place), math.ceil(place)

    return made_of(axis, len(axis.ends) * times, over.jump, seen)


def together(axes: Sequence[Axis]) -> Axis | None:
    """See what several maps see at one place; None where their places lie unlike distances apart."""
    period = math.lcm(*(len(axis.ends) for axis in axes))
    if any(axis.jump != axes[0].jump for axis in axes):
        return None
    read = [[axis.at(i) for axis in axes] for i in range(period)]
    ends = tuple((min(low for low, _ in row), max(high for _, high in row)) for row in read)
    return Axis(ends, axes[0].jump)


def in_register(axis: Axis, last: Axis) -> Axis | None:
    """Move a map that was cut from its middle so that what it sees has the middle that the last one's has."""
    places = (last.middle - axis.middle) / axis.jump
    return moved(axis, int(places)) if places.denominator == 1 else None
