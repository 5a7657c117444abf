"""`foveal augment`: a page of rows as they are and as the augmentations of a training leave them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foveal.cli.mask_settings import for_masks
from foveal.cli.options import Colours, Debug, Json, Masks, OnBad, Read, Recipe, Settings, Source, Task, shorthands
from foveal.cli.output import say, show_facts, show_json
from foveal.cli.reading import read_settings
from foveal.cli.settings import gather
from foveal.core.errors import ParameterError, ResourceError
from foveal.core.files import as_path, is_replaced, write_atomically

if TYPE_CHECKING:
    from foveal.cli.auto_augment import Augmented

#: Rows on a page, and with masks, if there are so many; how many stand side by side, signals and others; pixels of a
#: small one's side.
ROWS, MASKED, SIGNALS, COLUMNS, SIDE = 64, 36, 4, 8, 96
_NAME_SOME = "name augmentations, as in --augment shift"


def augment(
    source: Source,
    augmentations: Annotated[
        str | None,
        typer.Option(
            "--augment",
            metavar="NAMES",
            help="What to show, as in --augment flip or --augment 'flip,rotate(15)'; else auto, which chooses by the "
            "rows and the class names. Short for --set augment=NAMES.",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FILE.png", help="Write the page to FILE.png; else to augment.png.")
    ] = Path("augment.png"),
    force: Annotated[bool, typer.Option("--force", metavar="", help="Replace FILE.png where it is there.")] = False,
    seed: Annotated[
        str | None, typer.Option(metavar="N", help="Which rows are drawn, and what chance does to them; else 0.")
    ] = None,
    settings: Settings = None,
    recipe: Recipe = None,
    read: Read = None,
    on_bad: OnBad = None,
    masks: Masks = None,
    colours: Colours = None,
    task: Task = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw 64 rows of SOURCE as they are and, to the right of each, augmented.

    The rows are of the part to train on, drawn by chance. Of a volume the middle
    plane is shown, of a signal its first three channels as lines. With --set,
    --recipe and --task it is what foveal train does with the same ones. With
    --masks these are drawn over their pictures, and move with them.
    """
    short = shorthands(seed=seed, task=task, augment=augmentations)
    parameters = {"augment": "auto"} | gather(recipe, settings or [], short)
    parameters, reading = for_masks(parameters, read_settings(read or [], on_bad, masks=masks, colours=colours))
    _check_out(out, force=force)

    from foveal.cli.augment_masks import masked_page
    from foveal.cli.auto_augment import augmented
    from foveal.cli.estimators import estimator_for  # torch is loaded here
    from foveal.cli.mask_measures import patched
    from foveal.cli.reading import shown
    from foveal.data.named import load_dataset

    estimator = estimator_for(parameters)
    estimator._request({})  # what is wrong of the parameters is said before anything is read
    if not estimator.augment:
        raise ParameterError(f"augment is {estimator.augment!r}: there is nothing to see; {_NAME_SOME}")
    with shown(quiet=json) as progress:
        data = patched(load_dataset(source, reading, progress), parameters.get("patch"))
    found = augmented(estimator_for(parameters, data.X_train, data.layout), data)
    if not found.augment:
        raise ParameterError(f"{' '.join(found.said)}; {_NAME_SOME}")
    seeded, count = parameters.get("random_state") or 0, min(ROWS if masks is None else MASKED, len(data.X_train))
    page = _page(found, seeded, count) if masks is None else masked_page(found, data, seeded, count)
    write_atomically(out, page)
    names = [found.augment] if isinstance(found.augment, str) else list(found.augment)
    if json:
        told = {"page": str(out), "source": source, "rows": count, "augment": names, "seed": seeded}
        show_json(told | {"said": list(found.said)})
        return
    for line in found.said:
        say(line)
    rows = f"{count:,} of {len(data.X_train):,}, each as it is and, to its right, changed"
    show_facts({"page": str(out), "rows": rows, "augment": ", ".join(names), "seed": str(seeded)})


def _check_out(out: Path, *, force: bool) -> None:
    """Refuse what the page would not be written to, before anything is read."""
    path = as_path(out, "--out")
    if path.is_dir():
        raise ParameterError(f"--out {out} is a folder; name a file in it, {out / 'augment.png'}")
    if not is_replaced(path):
        return  # a device or a pipe takes what comes
    if path.suffix.lower() != ".png":
        raise ParameterError(f"--out must end in .png, got {str(out)!r}; the page is a PNG picture")
    if path.exists() and not force:
        raise ParameterError(f"--out {out} is there already; choose another file, or --force to replace it")
    if not path.parent.is_dir():
        raise ParameterError(f"--out {out}: there is no folder {path.parent}; make it, or choose another one")
    if not os.access(path.parent, os.W_OK):
        raise ResourceError(f"--out {out}: the folder {path.parent} may not be written to; choose another one")


def _page(found: "Augmented", seed: int, count: int) -> bytes:
    """Draw rows by chance and what the augmentations make of them, as a PNG."""
    import numpy as np
    import torch

    from foveal.augment import page_of
    from foveal.core.png import png_of
    from foveal.data.arrays import check_finite
    from foveal.data.store import stored_dtype, to_tensor
    from foveal.fitting.augmenting import check_augment, rows_to_cut

    check_augment(found.augment, found.source.form)
    source, functions = rows_to_cut(found.source, found.augment)
    rows = np.sort(np.random.default_rng(seed).choice(len(source), count, replace=False))
    block, *_ = source.read(rows)
    check_finite(block, np.float32)
    x = to_tensor(block, stored_dtype(source.form[0], torch.float32)).movedim(-1, 1)
    columns = SIGNALS if x.ndim == 3 else COLUMNS
    return png_of(page_of(x, list[Any](functions), seed=seed, columns=columns, side=SIDE))
