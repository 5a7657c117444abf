"""The one door from an input rule to rows: pictures, clips, sounds or volumes, told by the rule's first step."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from foveal.core.errors import ModelFileError
from foveal.core.forms import Form
from foveal.data.clips.given import clips_given
from foveal.data.clips.rule import check_clip_rule, is_of_clips
from foveal.data.images.given import pictures_given
from foveal.data.images.reading.rule import InputRule, check_rule
from foveal.data.sounds.given import sounds_given
from foveal.data.sounds.rule import check_sound_rule, is_of_sounds
from foveal.data.text.pair_rule import checked_steps, is_of_pairs
from foveal.data.text.pairs import pairs_of_rule
from foveal.data.text.row_rule import RowRule, check_row_rule, is_of_rows
from foveal.data.text.texts import texts_given
from foveal.data.volumes.given import volumes_given
from foveal.data.volumes.rule import check_volume_rule, is_volume_rule


class Door(NamedTuple):
    """What reads files of one sort: their word, whether a rule is of it, its check, and (X, rule) -> rows."""

    word: str
    is_its: Callable[[Any], bool]
    check: Callable[[Any], InputRule]
    rows: Callable[[Any, Any], Any]


#: Sorts of files; a rule that is of no other sort is of pictures.
DOORS = (
    Door("videos", is_of_clips, check_clip_rule, clips_given),
    Door("sounds", is_of_sounds, check_sound_rule, sounds_given),
    Door("volumes", is_volume_rule, check_volume_rule, volumes_given),
    Door("texts and translations", is_of_pairs, checked_steps, pairs_of_rule),
    Door("texts", is_of_rows, check_row_rule, texts_given),
    Door("pictures", lambda rule: True, partial(check_rule, own=True), pictures_given),
)


def _door(rule: Any) -> Door:
    return next(door for door in DOORS if door.is_its(rule))


def learnt_from(rule: Any) -> str:
    """Say what a model with a rule has learnt from.

    >>> learnt_from(()), learnt_from([{"step": "frames"}]), learnt_from([{"step": "orient"}])
    ('arrays', 'videos', 'pictures')
    """
    return _door(rule).word if rule else "arrays"


def rows_given(X: Any, rule: InputRule) -> Any:
    """Give the rows of X, files or arrays, read by a model's rule, as a source."""
    return _door(rule).rows(X, rule)


def check_input_rule(rule: Any) -> InputRule:
    """Give back a rule that keeps its form, as out of a model file; raise `ModelFileError` for any other.

    None is no steps: rows of arrays.

    >>> check_input_rule([{"step": "sharpen"}])
    Traceback (most recent call last):
    foveal.core.errors.ModelFileError: the input rule has the unknown step {'step': 'sharpen'}; the file is damaged, \
or a newer foveal wrote it: pip install -U foveal
    """
    return _door(rule).check(rule) if rule else ()


def check_values(rule: InputRule, form: Form) -> None:
    """Refuse a rule of texts whose vocabulary is not as large as the form of rows says, as out of a model file."""
    if not is_of_rows(rule):
        return
    known = len(RowRule.of(rule).rule.vocabulary)
    if form[0].values != known:
        raise ModelFileError(
            f"the vocabulary has {known:,} numbers, and rows hold {form[0].values}; the file is damaged, or a newer "
            "foveal wrote it: pip install -U foveal"
        )
