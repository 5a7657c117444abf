"""Networks: the plain stack of the estimators' own parameters, and the catalogue."""

from foveal.models.catalogue import MODELS, network_named
from foveal.models.plain import PlainStack
from foveal.models.plan import StackPlan, plan_stack
from foveal.models.summary import Summary, summarize

__all__ = ["MODELS", "PlainStack", "StackPlan", "Summary", "network_named", "plan_stack", "summarize"]
