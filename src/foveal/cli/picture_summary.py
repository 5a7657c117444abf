"""What `foveal summary` says of pictures in files: how many of which class, how large, of which kind, which are bad."""

from collections.abc import Mapping, Sequence
from typing import Any

from foveal.cli.output import say, show_facts, show_json, show_table
from foveal.cli.reading import shown
from foveal.cli.run_folder import MODEL
from foveal.core.errors import DataError
from foveal.data.images.contents import Contents, contents_of
from foveal.data.images.listing.names import many

#: Bad files that are named; more are counted, and --json names all.
NAMED = 50


def show_pictures(source: str, reading: Mapping[str, Any], *, json: bool) -> None:
    """Look at pictures and print what is there."""
    try:
        with shown(quiet=json) as progress:
            found = contents_of(source, reading, progress)
    except DataError as error:
        raise DataError(f"{source} holds no {MODEL}, and no pictures to train on: {error}") from error
    if json:
        show_json(as_json(source, found))
        return
    show_facts(facts(source, found))
    if found.classes:
        print()
        show_table(("class", *found.parts), [(name, *numbers(held)) for name, held in found.classes.items()])
    if found.bad:
        print()
        show_table(("bad file", "what is wrong"), [(bad.place.name, bad.reason) for bad in found.bad[:NAMED]],
                   numbers=False)  # fmt: skip
        if len(found.bad) > NAMED:
            print(f"and {len(found.bad) - NAMED:,} more; --json names all")
    if found.wrong:
        say(f"cannot be trained on as it is: {found.wrong}", "warning")


def facts(source: str, found: Contents) -> dict[str, str]:
    """Say in a few lines what is there."""
    parts = ", ".join(f"{part} {count:,}" for part, count in found.parts.items()) if len(found.parts) > 1 else ""
    told = {
        "pictures": f"{found.pictures:,} in {source}" + (f" ({parts})" if parts else ""),
        "classes": f"{len(found.classes):,}" if found.classes else "none known",
        "groups": "" if found.groups is None else f"{found.groups:,}",
        "formats": counted(found.formats),
        "sizes": sizes(found.sizes),
        "modes": counted(found.modes),
        "bits": ", ".join(f"{bits} {count:,}" for bits, count in found.bits.items()) if len(found.bits) > 1 else "",
        "frames": f"{many(found.frames, 'picture')} of several, of which the first is read" if found.frames else "",
        "bad": f"{many(len(found.bad), 'file')}; --on-bad skip leaves them out"
        if found.bad
        else "none, by the headers",
        "read as": "; ".join(found.said),
    }
    return {name: value for name, value in told.items() if value}


def counted(counts: Mapping[Any, int]) -> str:
    """Write names and how many there are of each.

    >>> counted({"RGB": 70, "L": 5})
    'RGB 70, L 5'
    """
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def sizes(counts: Mapping[tuple[int, int], int]) -> str:
    """Say how large pictures are, width x height.

    >>> sizes({(64, 48): 3}), sizes({(64, 48): 3, (20, 90): 1})
    ('64 x 48, all', '2 of them, sides from 20 to 90; 64 x 48 most often, 3 times')
    """
    if not counts:
        return ""
    (width, height), most = next(iter(counts.items()))
    if len(counts) == 1:
        return f"{width} x {height}, all"
    sides = [side for size in counts for side in size]
    often = f"; {width} x {height} most often, {most:,} times" if most > 1 else ""
    return f"{len(counts):,} of them, sides from {min(sides)} to {max(sides)}{often}"


def numbers(held: Mapping[str, int]) -> Sequence[str]:
    """Write the pictures of a class in each part."""
    return [f"{count:,}" for count in held.values()]


def as_json(source: str, found: Contents) -> dict[str, Any]:
    """Give all of it for a JSON object."""
    return {
        "source": source,
        "pictures": found.pictures,
        "parts": found.parts,
        "classes": found.classes,
        "groups": found.groups,
        "formats": found.formats,
        "modes": found.modes,
        "bits": found.bits,
        "sizes": [{"width": width, "height": height, "pictures": n} for (width, height), n in found.sizes.items()],
        "several_frames": found.frames,
        "bad": [{"file": bad.place.name, "reason": bad.reason} for bad in found.bad],
        "wrong": found.wrong or None,
        "said": found.said,
    }
