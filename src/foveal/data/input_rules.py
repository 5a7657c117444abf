"""The one door from an input rule to rows: pictures or clips, told by the rule's first step."""

from typing import Any

from foveal.data.clips.given import clips_given
from foveal.data.clips.rule import check_clip_rule, is_of_clips
from foveal.data.images.given import pictures_given
from foveal.data.images.reading.rule import InputRule, check_rule


def rows_given(X: Any, rule: InputRule) -> Any:
    """Give the rows of X, files or arrays, read by a model's rule, as a source."""
    return clips_given(X, rule) if is_of_clips(rule) else pictures_given(X, rule)


def check_input_rule(rule: Any) -> InputRule:
    """Give back a rule that keeps its form, as out of a model file; raise `ModelFileError` for any other.

    None is no steps: rows of arrays.

    >>> check_input_rule([{"step": "sharpen"}])
    Traceback (most recent call last):
    foveal.core.errors.ModelFileError: the input rule has the unknown step {'step': 'sharpen'}; the file is damaged, \
or a newer foveal wrote it: pip install -U foveal
    """
    if not rule:
        return ()
    return check_clip_rule(rule) if is_of_clips(rule) else check_rule(rule)
