"""Networks: the plain stack of the estimators' own parameters, and the catalogue."""

from foveal.models.catalogue import MODELS
from foveal.models.plain import PlainStack
from foveal.models.plan import StackPlan, plan_stack
from foveal.models.summary import Summary, summarize

__all__ = ["MODELS", "PlainStack", "StackPlan", "Summary", "plan_stack", "summarize"]
