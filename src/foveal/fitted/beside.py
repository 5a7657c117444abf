"""What a model file tells of the baselines that stood beside its network at the training: scores and a verdict."""

from collections.abc import Mapping
from typing import Any

from foveal.core.rules import Rule, choice, is_number
from foveal.core.schema import Schema, within

#: Most models that a file tells of, and most characters of a name or of the verdict.
MODELS, NAME, VERDICT = 16, 100, 2000


def _printable(most: int) -> Rule:
    """Make the rule of a line that a terminal shows as it is: no control characters, no halves of a pair."""
    words = f"one line of at most {most:,} printable characters"
    return Rule(words, lambda v: isinstance(v, str) and len(v) <= most and v.isprintable())


def _are_scores(value: Any) -> bool:
    name = _printable(NAME)
    return (
        isinstance(value, dict)
        and 1 < len(value) <= MODELS
        and "network" in value
        and all(name.holds(key) for key in value)
        and all(v is None or (type(v) in (int, float) and is_number(v)) for v in value.values())
    )


SCHEMA: Schema = {
    "on": choice("test", "validation"),
    "metric": _printable(NAME),
    "rows": within(1, 2**53),
    "scores": Rule(f"a table of the network's score and those of at most {MODELS - 1} baselines", _are_scores),
    "verdict": _printable(VERDICT),
}


def kept_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """Give of a comparison, as results.json holds it, what a model file keeps: each model's score, and the verdict.

    >>> network, other = {"score": 0.75, "interval": [0.5, 1.0]}, {"score": 0.5, "p": 0.25}
    >>> kept_of({"on": "test", "metric": "accuracy", "rows": 8, "network": network, "baselines": {"mean": other},
    ...          "verdict": "the network is better"})["scores"]
    {'network': 0.75, 'mean': 0.5}
    """
    models = found.get("systems") or {"network": found["network"]} | found["baselines"]
    scores = {name: _score(told) for name, told in models.items()}
    return {
        "on": found["on"],
        "metric": found["metric"],
        "rows": int(found["rows"]),
        "scores": scores,
        "verdict": found.get("verdict", ""),
    }


def _score(told: Mapping[str, Any]) -> float | None:
    """Give the score that a comparison goes by: of translations and masks it is one of several."""
    value = told[next(name for name in ("score", "chrf", "iou") if name in told)]
    return float(value) if is_number(value) else None
