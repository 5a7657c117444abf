"""What `net="auto"` stands for: resolved once the rows are known, so that settings and files hold what was chosen."""

from typing import Any

from foveal.core.errors import ParameterError
from foveal.core.forms import Form, asked, is_array, is_signals
from foveal.fitted.network import check_network_parameters
from foveal.models.auto import Choice, auto_net, net_for_places, net_for_texts


def means_auto(net: Any, *, each_place: bool) -> bool:
    """Tell whether a network is to be chosen; None, the plain stack, answers a row as a whole, and no place of it.

    >>> means_auto(None, each_place=True), means_auto(None, each_place=False)
    (True, False)
    """
    return (isinstance(net, str) and net == "auto") or (net is None and each_place)


def with_net(
    p: dict[str, Any], form: Form, layout: str | None, *, each_place: bool = False, pieces: str | None = None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Put the network that "auto" means for rows of a form in its place, and say it; texts are cut into `pieces`."""
    if not means_auto(p["net"], each_place=each_place):
        return p, ()
    if form[0].name == "tokens" and pieces is not None:
        return _said(p, net_for_texts(pieces))
    if not (is_array(form) or is_signals(form)):
        raise ParameterError(
            f"net='auto' chooses for rows that are one array of a fixed shape, but these are {asked(form)}; bring a "
            "network of your own, net=function (input shape, outputs) -> module"
        )
    if each_place:
        choice = net_for_places(form[0].shape)
    else:
        choice = auto_net(form[0].shape, table=layout == "NL" and p["layout"] is None)
    return _said(p, choice)


def _said(p: dict[str, Any], choice: Choice) -> tuple[dict[str, Any], tuple[str, ...]]:
    p = p | {"net": choice.net}
    check_network_parameters(p)
    return p, (f"net='auto' is {choice.net}: {choice.said}",)
