"""The catalogue of networks whose rows are tokens or items: texts, pairs of texts, histories."""

from foveal.models.network import Network

#: By name, as in `core.choices.TOKEN_NETS`; `make` is (form, outputs) -> module, with the sizes of `core.net_names`.
TOKEN_MODELS: dict[str, Network] = {}
