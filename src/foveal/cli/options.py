"""Options and arguments that several verbs share, each written once."""

from typing import Annotated, Any

import typer

from foveal.cli.settings import parse_value
from foveal.core.recipes import RECIPES

#: Those of `foveal.data.named.NAMED`, which is not loaded for help; a test compares them.
SOURCES = (
    "basic-motions",
    "digits",
    "fashion-mnist",
    "gimp-de",
    "gimp-de-templates",
    "gimp-fr",
    "gimp-fr-templates",
    "gunpoint",
    "japanese-vowels",
    "movie-snippets",
    "nuclei",
    "nuclei-volume",
)
#: Those of interactions.
INTERACTION_SETS = ("movielens-100k",)

_SOURCE = typer.Argument(
    metavar="SOURCE",
    help=f"A data set: {', '.join(SOURCES)}, FILE.npz with X and y, a folder of .npy files or of shards, a folder of "
    "pictures, videos, volumes, sounds or texts (one folder a class, perhaps within train, valid and test), or a table "
    f"of them (.csv, .parquet; of sounds none); or interactions: {', '.join(INTERACTION_SETS)}, a .inter file or a "
    "table.",
)
Source = Annotated[str, _SOURCE]
MaybeSource = Annotated[str | None, _SOURCE]
Model = Annotated[str, typer.Argument(metavar="MODEL", help="A model file, or the folder of a training run.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Set a parameter of the network or its training, as in --set learning_rate=0.01 --set "
        "in_channels_list=none,16,32. May be repeated.",
    ),
]
Tried = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUES",
        help="Try a parameter: a range, --set learning_rate=1e-4..1e-1, or choices, --set 'optimizer=adam|muon'; one "
        "value sets it. May be repeated; where nothing is to be tried, foveal chooses what.",
    ),
]
Recipe = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        metavar="NAME|FILE.toml",
        help=f"Take the parameters of a recipe: {', '.join(RECIPES)}, or a file of lines NAME = VALUE "
        '("none" for None); --set wins. A run\'s config.toml repeats it.',
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        "--task",
        metavar="KIND",
        help="What y holds: classification, labels (several 0/1 columns), regression, segmentation (masks) or points. "
        "Else the loss decides.",
    ),
]
Read = Annotated[
    list[str] | None,
    typer.Option(
        "--read",
        metavar="NAME=VALUE",
        help="Set how files are read, as in --read size=64 --read resize=crop (pad, squash, crop); also colour, "
        "background, depth, store_size, pattern, cache, cache_limit; of videos clip_frames, every, stride, rate, "
        "difference; of volumes spacing, window, orient, intensity; of sounds rate, seconds, window, "
        "hop, mels; of tables of texts text=COLUMN. May be repeated.",
    ),
]
OnBad = Annotated[
    str | None,
    typer.Option("--on-bad", metavar="WHAT", help="Files that are no pictures: stop (the default) or skip."),
]
Masks = Annotated[
    str | None,
    typer.Option(
        metavar="FOLDER|COLUMN",
        help="A mask for each picture, so that each pixel has a class: files with the pictures' names, or a column of "
        "the table.",
    ),
]
Colours = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="What colours in masks stand for: a .csv with name, r, g, b, or a .json; with --masks."
    ),
]
Group = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="The column of a table, or the key of FILE.npz, with each row's group; one is never on both sides of a "
        "split.",
    ),
]
Cv = Annotated[
    str | None,
    typer.Option(
        metavar="TIMESxFOLDS",
        help="Do not leave a model but measure how good such ones are: 5x2 deals the rows into 2 folds, 5 times anew.",
    ),
]
Baselines = Annotated[
    bool | None,
    typer.Option(
        "--baselines/--no-baselines",
        metavar="",
        help="Measure baselines on the same rows; else where they are files of pictures or texts, or with --cv.",
    ),
]
Tta = Annotated[
    str | None,
    typer.Option(
        metavar="VIEWS",
        help="Ask about several views of each row and average: flip, vertical_flip, shift, or some of them, as in "
        "--tta flip,shift. It takes as many times as long as there are views.",
    ),
]
Json = Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON object and nothing else on stdout.")]
Debug = Annotated[bool, typer.Option("--debug", metavar="", help="Show the traceback of an error.")]


def shorthands(
    *, epochs: str | None = None, seed: str | None = None, task: str | None = None, augment: str | None = None
) -> dict[str, tuple[str, Any]]:
    """Say which parameter each given option is short for, and its value.

    >>> shorthands(epochs="3", seed=None)
    {'--epochs': ('n_epochs', 3)}
    """
    known = {
        "--epochs": ("n_epochs", epochs),
        "--seed": ("random_state", seed),
        "--task": ("task", task),
        "--augment": ("augment", augment),
    }
    return {option: (name, parse_value(text)) for option, (name, text) in known.items() if text is not None}
