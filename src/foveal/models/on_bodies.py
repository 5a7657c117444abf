"""Rows of the catalogue that are built on its other rows, and U-Net."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import nn

from foveal.core.net_names import SIZES
from foveal.models.landmarks.frames import frames
from foveal.models.landmarks.on_maps import FINE, deeplabv3, fully_convolutional, lraspp
from foveal.models.landmarks.unet import unet
from foveal.models.network import Network
from foveal.models.stems import Stem

_UNET = "Ronneberger et al. 2015, U-Net"
_LONG = "Long et al. 2015, Fully convolutional networks"
_CHEN = "Chen et al. 2017, Rethinking atrous convolution"
_HOWARD = "Howard et al. 2019, Searching for MobileNetV3"
_KARPATHY = "Karpathy et al. 2014; Ilse et al. 2018"
_ROAD = (3, 520, 520)


def networks_on(bodies: Mapping[str, Network]) -> dict[str, Network]:
    """Give the networks that answer each place, and those that see frames, on bodies by name."""

    def on(build: Callable[..., nn.Module], usual: str) -> Callable[..., nn.Module]:
        return partial(_built, bodies, build, body=usual)

    fcn, deeplab = on(fully_convolutional, "resnet50"), on(deeplabv3, "resnet50")
    light = partial(_light, bodies)

    def places(make: Callable[..., nn.Module], source: str, head: str, name: str = "") -> Network:
        return Network(make, source, _ROAD, 21, head, each_place=True, sizes=SIZES.get(name, {}))

    return {
        "unet": Network(unet, _UNET, (1, 512, 512), 2, "head", each_place=True, sizes=SIZES["unet"]),
        "unet_paper": Network(partial(unet, paper=True), _UNET, (1, 572, 572), 2, "head", (2,), each_place=True),
        "fcn_resnet50": places(fcn, _LONG, "classifier.4"),
        "deeplabv3_resnet50": places(deeplab, _CHEN, "classifier.4"),
        "lraspp_mobilenet_v3_large": places(light, _HOWARD, "classifier"),
        "fully_convolutional": places(fcn, _LONG, "classifier.4", "fully_convolutional"),
        "deeplabv3": places(deeplab, _CHEN, "classifier.4", "deeplabv3"),
        "lraspp": places(light, _HOWARD, "classifier", "lraspp"),
        "frames": Network(
            on(frames, "resnet18"), _KARPATHY, (3, 16, 112, 112), 400, axes=(3,), sizes=SIZES["frames"]
        ),
    }  # fmt: skip


def _built(
    bodies: Mapping[str, Network],
    build: Callable[..., nn.Module],
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    body: str,
    stem: Stem = "auto",
    **own: Any,
) -> nn.Module:
    return build(input_shape, n_outputs, body=bodies[body].make, stem=stem, **own)


def _light(
    bodies: Mapping[str, Network],
    input_shape: Sequence[int],
    n_outputs: int,
    *,
    body: str = "mobilenet_v3_large",
    stem: Stem = "auto",
) -> nn.Module:
    return lraspp(input_shape, n_outputs, body=bodies[body].make, n_fine=FINE[body], stem=stem)
