"""Settings that must stand before torch is loaded. Torch-free.

torch's OpenMP threads spin while they wait for each other. Beside another busy process a step of two threads then takes
ten to forty times as long (2,900 images/s became 150 on two cores), because the spinning threads hold the cores that
the working ones need. Waiting passively costs up to a sixth of the speed on an idle machine.
"""

import os
import sys
from collections.abc import Container, MutableMapping

#: OpenMP's own variable; what the user has set stays.
SETTINGS = {"OMP_WAIT_POLICY": "passive"}

#: FOVEAL_SETTINGS=off leaves everything as it is.
SWITCH = "FOVEAL_SETTINGS"


def settle(environment: MutableMapping[str, str] = os.environ, loaded: Container[str] = sys.modules) -> bool:
    """Make the settings, unless torch is loaded already, they are switched off, or the user made them.

    >>> settle(environment := {}, loaded=()), environment
    (True, {'OMP_WAIT_POLICY': 'passive'})
    >>> settle({"FOVEAL_SETTINGS": "off"}, loaded=()), settle({}, loaded=("torch",))
    (False, False)
    """
    if "torch" in loaded or environment.get(SWITCH, "").lower() == "off":
        return False
    for name, value in SETTINGS.items():
        environment.setdefault(name, value)
    return True
