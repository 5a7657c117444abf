"""Warnings that point at the user's line, however many of our functions lie between. Torch-free."""

import sys
import warnings

#: Modules whose frames are passed over: ours, and what enters our context managers.
_OURS = ("foveal.", "contextlib")


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn with the place of the nearest caller outside of foveal (Python 3.12 has `skip_file_prefixes` for it).

    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     warn_user("a short one")
    >>> str(caught[0].message)
    'a short one'
    """
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_OURS):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
