"""What `net="auto"` stands for: resolved once the rows are known, so that settings and files hold what was chosen."""

from typing import Any

from foveal.core.errors import ParameterError
from foveal.core.forms import Form, asked, is_array, is_signals
from foveal.fitted.network import check_network_parameters
from foveal.models.auto import auto_net, net_for_items, net_for_places


def means_auto(net: Any, *, each_place: bool) -> bool:
    """Tell whether a network is to be chosen; None, the plain stack, answers a row as a whole, and no place of it.

    >>> means_auto(None, each_place=True), means_auto(None, each_place=False)
    (True, False)
    """
    return (isinstance(net, str) and net == "auto") or (net is None and each_place)


def with_net(
    p: dict[str, Any], form: Form, layout: str | None, *, each_place: bool = False
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Put the network that "auto" means for rows of a form in its place, and say it."""
    if not means_auto(p["net"], each_place=each_place):
        return p, ()
    if form[0].name == "items":
        choice = net_for_items(form[0].values or 0)
        return p | {"net": choice.net}, (f"net='auto' is {choice.net}: {choice.said}",)
    if not (is_array(form) or is_signals(form)):
        raise ParameterError(
            f"net='auto' chooses for rows that are one array of a fixed shape, but these are {asked(form)}; bring a "
            "network of your own, net=function (input shape, outputs) -> module"
        )
    if each_place:
        choice = net_for_places(form[0].shape)
    else:
        choice = auto_net(form[0].shape, table=layout == "NL" and p["layout"] is None)
    p = p | {"net": choice.net}
    check_network_parameters(p)
    return p, (f"net='auto' is {choice.net}: {choice.said}",)
