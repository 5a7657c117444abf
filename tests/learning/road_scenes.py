"""Synthetic road scenes, seen from a car: made by formulas, of no real place; whoever shows them calls them synthetic.

A pinhole camera at height 1 looks along a flat plane. With the horizon at h (a share of the picture's height from the
top) and focal length f (in picture heights), the point at distance d and offset s to the side stands at

    row = h + f / d,   column = 1/2 (width / height) + c(d) + f s / d,

where c(d) is the bend of the road, a parabola in 1 / d. The road has two lanes between its edges, a dashed middle line
and solid edge lines; cars are boxes with a darker window, two lights and a shadow, larger the nearer they are. Sky and
ground have a gradient and texture; then come the light of the day (a gain and a colour), a brightness that falls to the
corners, and noise of the sensor. Every number is drawn from the generator that is given.
"""

import numpy as np

CLASSES = ("ground", "road", "lane", "sky", "car")
GROUND, ROAD, LANE, SKY, CAR = range(5)


def road_scenes(n: int, height: int = 64, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make n scenes of 2:1: pictures (n, height, 2 height, 3) of uint8, and masks (n, height, 2 height)."""
    rng = np.random.default_rng(seed)
    scenes = [_scene(rng, height) for _ in range(n)]
    return np.stack([picture for picture, _ in scenes]), np.stack([mask for _, mask in scenes])


def _scene(rng: np.random.Generator, height: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:height, : 2 * height].astype(float)
    y, x = (y + 0.5) / height, (x + 0.5) / height  # in picture heights
    horizon, focal = rng.uniform(0.35, 0.5), rng.uniform(0.35, 0.5)
    bend, centre = rng.uniform(-0.25, 0.25), 1 + rng.uniform(-0.15, 0.15)
    below = np.maximum(y - horizon, 1e-6)
    distance = focal / below
    middle = centre + bend * (1 - np.minimum(1, below / (1 - horizon))) ** 2
    side = (x - middle) / below * (1 / 1.0)  # in camera heights, as f / d = below
    half = rng.uniform(1.1, 1.6)
    mask = np.full(y.shape, GROUND, np.uint8)
    ground = y > horizon
    road = ground & (abs(side) < half)
    mask[road] = ROAD
    wide = 0.05
    dashes = np.mod(distance * 1.5 + rng.uniform(), 2) < 1.1
    lane = road & ((abs(abs(side) - half + 2 * wide) < wide) | ((abs(side) < wide) & dashes))
    mask[lane] = LANE
    mask[~ground] = SKY
    picture = np.empty((*y.shape, 3))
    picture[:] = rng.uniform([0.15, 0.25, 0.05], [0.5, 0.5, 0.25])
    picture += 0.08 * _texture(rng, y.shape)[..., None]
    grey = rng.uniform(0.25, 0.45)
    picture[road] = grey + 0.05 * _texture(rng, y.shape)[road][:, None]
    picture[lane] = rng.uniform(0.75, 0.95)
    top, low = rng.uniform([0.3, 0.5, 0.75], [0.55, 0.7, 1.0]), rng.uniform(0.75, 0.95)
    share = (y / horizon)[~ground][:, None]
    picture[~ground] = top * (1 - share) + low * share + 0.06 * _texture(rng, y.shape)[~ground][:, None]
    for near in np.sort(rng.uniform(0.08, 0.45, rng.integers(0, 4))):  # far ones first
        _car(
            rng, picture, mask, y, x, horizon + near * (1 - horizon), near * (1 - horizon), centre, bend, half, horizon
        )
    return _lit(rng, picture, y, x), mask


def _car(rng, picture, mask, y, x, foot, scale, centre, bend, half, horizon):
    """Put a car on the road, its wheels at row `foot`; `scale` is the size of a camera height there."""
    lane = rng.choice([-0.5, 0.5]) * half
    column = centre + bend * (1 - min(1.0, (foot - horizon) / (1 - horizon))) ** 2 + lane * scale
    wide, high = rng.uniform(0.75, 0.95) * scale, rng.uniform(0.6, 0.85) * scale
    body = (abs(x - column) < wide / 2) & (y < foot) & (y > foot - high)
    roof = (abs(x - column) < wide * 0.4) | (y > foot - 0.6 * high)
    body &= roof
    shadow = (abs(x - column) < wide * 0.55) & (abs(y - foot) < 0.06 * scale) & ~body
    picture[shadow] *= 0.5
    colour = rng.uniform(0.05, 0.95, 3)
    picture[body] = colour
    window = body & (y < foot - 0.6 * high) & (abs(x - column) < wide * 0.33) & (y > foot - 0.92 * high)
    picture[window] = colour * 0.3
    lights = body & (abs(abs(x - column) - 0.4 * wide) < 0.07 * wide) & (abs(y - foot + 0.4 * high) < 0.08 * high)
    picture[lights] = rng.choice([(0.9, 0.1, 0.1), (0.95, 0.95, 0.8)])
    picture[body & (y > foot - 0.12 * high)] *= 0.4
    mask[body] = CAR


def _texture(rng, shape):
    """Make smooth noise of several sizes."""
    total = np.zeros(shape)
    for step in (4, 8, 16):
        coarse = rng.normal(size=(shape[0] // step + 2, shape[1] // step + 2))
        total += np.kron(coarse, np.ones((step, step)))[: shape[0], : shape[1]]
    return total / 2


def _lit(rng, picture, y, x):
    """Put the day's light, darker corners and the sensor's noise on a picture."""
    gain = rng.uniform(0.45, 1.15) * rng.uniform(0.9, 1.1, 3)
    corner = 1 - rng.uniform(0, 0.35) * ((y - 0.5) ** 2 + (x - 1) ** 2 / 4) * 2
    lit = picture * gain * corner[..., None] + rng.normal(0, rng.uniform(0.01, 0.05), picture.shape)
    return (255 * lit.clip(0, 1)).round().astype(np.uint8)
