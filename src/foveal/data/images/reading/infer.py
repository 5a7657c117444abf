"""What nobody has said of the input rule, chosen from the headers of the training pictures. Torch-free."""

from collections import Counter
from collections.abc import Sequence
from statistics import median_low

from foveal.core.errors import DataError
from foveal.core.rules import check, choice, optional, or_auto
from foveal.data.images.reading.rule import (
    COLOURS,
    DEPTHS,
    RESIZES,
    SIZE,
    InputRule,
    make_rule,
    shape_of,
    step_of,
    stored_by,
)
from foveal.data.images.records import Header

#: The longest side of a common size that is taken as it is, and of a square that is chosen.
LONGEST_COMMON, LONGEST_CHOSEN = 256, 128


def infer_rule(
    headers: Sequence[Header],
    *,
    size: int | Sequence[int] | None = None,
    resize: str = "pad",
    colour: str = "auto",
    background: str | Sequence[int] = "white",
    depth: str = "auto",
    store_size: int | Sequence[int] | None = None,
) -> tuple[InputRule, list[str]]:
    """Choose what is not said from the headers of the training pictures; return the rule, and what to say of it.

    - size: the one that all pictures have, if no side is longer than 256; else a square whose side is the median of
      the shorter sides, at most 128.
    - colour: "RGB" if any picture has colour, else "L"; "as_is" where a file's channels have no such meaning.
    - `store_size`, where given, is that of the pictures which those of `size` are cut out of: in training by
      augmentations, else the middle.
    - depth: "float32" if any picture has 32 bits or floating-point numbers, else "uint16" if any has 16, else "uint8".

    Raises `DataError` for no pictures, and for channels that differ where they are taken as they are.

    >>> rule, said = infer_rule([Header("PNG", 40, 30, 1, 8, "L"), Header("JPEG", 400, 300, 3, 8, "RGB")])
    >>> shape_of(rule), said[1]
    ((30, 30, 3), 'colour="RGB": 1 of 2 pictures has colour')
    """
    check("size", size, optional(SIZE))
    check("resize", resize, choice(*RESIZES))
    check("colour", colour, or_auto(choice(*COLOURS)))
    check("depth", depth, or_auto(choice(*DEPTHS)))
    if not headers:
        raise DataError("there is no picture to infer the input rule from; pass size=, colour= and depth=, or pictures")
    said: list[str] = []
    size = size or _size(headers, said)
    colour = _colour(headers, said) if colour == "auto" else colour
    depth = _depth(headers, said) if depth == "auto" else depth
    channels = _channels(headers) if colour == "as_is" else None
    rule = make_rule(
        size,
        resize=resize,
        colour=colour,
        background=background,
        depth=depth,
        channels=channels,
        store_size=store_size,
    )
    if any((header.height, header.width) != shape_of(stored_by(rule))[:2] for header in headers):
        said.append(f'resize="{resize}": {_WORDS[resize]}')
    see_through = sum(header.mode != "channels" and header.channels in (2, 4) for header in headers)
    if see_through and (behind := step_of(rule, "flatten").get("background")):
        said.append(f"background={tuple(behind)}: {_of(see_through, headers)} opacity and are laid over it")
    if cut := step_of(rule, "crop").get("size"):
        wide = step_of(rule, "resize")["size"]
        said.append(f"store_size={tuple(wide)}: crops of {tuple(cut)} in training, else the middle")
    return rule, said


_WORDS = {
    "pad": "the whole picture is kept with its proportions, beside it is the background",
    "squash": "the whole picture is kept, its proportions are not",
    "crop": "the middle of the picture is kept with its proportions",
}


def _size(headers: Sequence[Header], said: list[str]) -> tuple[int, int]:
    sizes = {(header.height, header.width) for header in headers}
    if len(sizes) == 1 and max(common := sizes.pop()) <= LONGEST_COMMON:
        said.append(f"size={common}: all pictures have it")
        return common
    middle = median_low(min(header.height, header.width) for header in headers)
    side = min(middle, LONGEST_CHOSEN)
    said.append(f"size={side}: the median of the shorter sides ({middle}), at most {LONGEST_CHOSEN}")
    return side, side


def _colour(headers: Sequence[Header], said: list[str]) -> str:
    if loose := sum(header.mode == "channels" for header in headers):
        said.append(f'colour="as_is": {_of(loose, headers)} channels that are no colours')
        return "as_is"
    colour = "RGB" if (coloured := sum(header.channels >= 3 for header in headers)) else "L"
    said.append(f'colour="{colour}": {_of(coloured, headers)} colour')
    return colour


def _depth(headers: Sequence[Header], said: list[str]) -> str:
    for bits, depth in ((32, "float32"), (16, "uint16")):
        if many := sum(header.bits == bits for header in headers):
            said.append(f'depth="{depth}": {_of(many, headers)} {bits} bits a channel')
            return depth
    return "uint8"


def _channels(headers: Sequence[Header]) -> int:
    counts = Counter(header.channels for header in headers)
    if len(counts) > 1:
        told = ", ".join(f"{channels} in {files} files" for channels, files in counts.most_common())
        raise DataError(f"pictures must have one number of channels where they are taken as they are, got {told}; "
                        'keep one kind of files, or pass colour="RGB" where those are colours')  # fmt: skip
    return next(iter(counts))


def _of(count: int, headers: Sequence[Header]) -> str:
    """Say how many of the pictures have something.

    >>> _of(0, [1, 2]), _of(1, [1, 2])
    ('none of 2 pictures has', '1 of 2 pictures has')
    """
    return f"{count or 'none'} of {len(headers)} pictures {'has' if count < 2 else 'have'}"
