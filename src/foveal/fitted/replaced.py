"""Another network in the place of the fitted one: `net_` is set."""

from collections import OrderedDict
from dataclasses import replace
from typing import Any

from torch import nn

from foveal.core.copies import real_weight
from foveal.core.errors import ParameterError
from foveal.core.forms import Form
from foveal.core.parameters import PARAMETERS
from foveal.core.randomness import borrowed_generator
from foveal.core.rules import shown
from foveal.fitted.calibrating import told_dropped
from foveal.fitted.foreign import check_rows, made_by_user
from foveal.fitted.model import Fitted, cost_of
from foveal.fitted.network import NETWORK, place
from foveal.fitted.rebuilt import departs
from foveal.layers import Masked, Parted, Standardize


def replaced(fitted: Fitted, net: Any) -> Fitted:
    """Put a network in the place of the fitted one, once it gives the outputs of the problem for rows of zeros.

    One of the same make, such as another fit's `net_`, is taken as it is; a copy of any other module becomes `body`,
    and the settings then say that the network is the user's.
    """
    if not isinstance(net, nn.Module):
        raise ParameterError(f"net_ must be a torch.nn.Module, got {shown(net)}")
    settings, form, n_outputs = dict(fitted.settings), fitted.form, fitted.problem.n_outputs
    places = fitted.kind.each_place
    brought = settings | {"net": net}
    like = real_weight(fitted.net)
    with borrowed_generator(0, like.device):
        if not _is_whole(net, form):
            body = made_by_user(brought, form, n_outputs)
            whole = Parted(None, body) if len(form) > 1 else nn.Sequential(OrderedDict(body=body))
            net = place(whole, form, like.device, like.dtype, foreign=True)
        check_rows(net, brought, form, n_outputs, "net_", each_place=places)
        if departs(settings, form, n_outputs, net, each_place=places):
            settings = brought | {"net": net.get_submodule("body")}
            settings |= {name: PARAMETERS[name].default for name in NETWORK}
        told_dropped(fitted, "another net_")
        return replace(fitted, net=net.eval(), settings=settings, cost=cost_of(net, form), calibration=None)


def _is_whole(net: nn.Module, form: Form) -> bool:
    """Tell whether a network is made as `build` makes them: with its input's standardisation, if any, and a body."""
    parts = dict(net.named_children())
    first = parts.pop("input", None)
    return (
        type(net) in ((Parted, Masked) if len(form) > 1 else (nn.Sequential,))
        and [*parts] == ["body"]
        and (first is None or isinstance(first, Standardize))
    )
