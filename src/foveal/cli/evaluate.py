"""`foveal evaluate`: a model against data that tell the truth."""

from typing import TYPE_CHECKING, Any

from foveal.cli.options import Baselines, Colours, Debug, Json, Masks, Model, OnBad, Read, Source, Tta
from foveal.cli.output import number, show_facts, show_json, show_table, word
from foveal.core.errors import ParameterError
from foveal.core.rules import as_list

if TYPE_CHECKING:
    from foveal.fitted.model import Fitted
    from foveal.tasks.kind import Measures


def evaluate(
    model: Model,
    source: Source,
    read: Read = None,
    masks: Masks = None,
    colours: Colours = None,
    on_bad: OnBad = None,
    tta: Tta = None,
    baselines: Baselines = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Measure MODEL on SOURCE: on its test part, or on all rows where there is none.

    Classes: accuracy, and precision and recall of each; where one is rare also
    balanced accuracy, macro F1 and average precision; how honest probabilities
    are: negative log likelihood and expected calibration error, with intervals,
    before and after a calibration where the model has one. Values: R2, mean absolute
    error, root of the mean squared error. Masks: mean IoU, Dice, pixel accuracy,
    F1 of the boundaries, beside the most frequent class everywhere; of pixels that
    the network sees. Interactions: hit rate, NDCG and MRR of each user's last item,
    over all items that he has not had.

    Of texts, translations and interactions baselines that learn from the training
    part of SOURCE stand beside; where it has none, or of other rows without
    --baselines, those that were measured when the model was trained.
    """
    import numpy as np

    from foveal.cli.beside_again import beside_again, show_beside, told_beside
    from foveal.cli.class_names import by_name
    from foveal.cli.estimators import load_model  # torch is loaded here
    from foveal.cli.mask_measures import beside_most_frequent, measured, show_masks
    from foveal.cli.predictions import read_views
    from foveal.cli.reading import read_settings, shown
    from foveal.data.named import load_dataset

    fitted = load_model(model)
    if fitted.form[0].name == "items":
        from foveal.cli.interactions import evaluate_on_interactions

        evaluate_on_interactions(fitted, model, source, read_settings(read or []), baselines=baselines, json=json)
        return
    views = read_views(tta, fitted)
    _check_masks(fitted, model, source, masks, colours)
    reading = read_settings(read or [], on_bad, masks=masks, colours=colours) | _rules(fitted, masks)
    with shown(quiet=json) as progress:
        data = load_dataset(source, reading, progress)
    part = "all rows" if data.X_test is None else "test"
    X, y = (data.X_train, data.y_train) if data.X_test is None else (data.X_test, data.y_test)
    names: Any = fitted.class_names
    if masks is None:
        y, names = by_name(np.asarray(y), data.class_names, fitted.class_names, fitted.problem.classes)
    found, predicted, truth = measured(fitted, X, y, names, tta=views)
    again = told_beside(fitted, beside_again(fitted, data, (predicted, truth), baselines), baselines)
    beside = beside_most_frequent(fitted, X, truth, predicted, names) if fitted.kind.gives_masks else {}
    if json:
        seen = {} if views is None else {"tta": as_list(views)}
        compared = again | ({"comparison": beside} if beside else {})
        show_json({"model": model, "source": source, "part": part, **seen, **found.as_dict(), **compared})
    else:
        views_told = {} if views is None else {"tta": str(tta)}
        _show({"model": model, "data": f"{source}, {_told(part)}, {found.rows:,} rows"} | views_told, found)
        if beside:
            show_masks(beside, f"on {found.rows:,} picture{'s' * (found.rows != 1)}")
        show_beside(again)


def _check_masks(fitted: "Fitted", model: str, source: str, masks: str | None, colours: str | None) -> None:
    """Refuse masks where the model gives none, none where it does, and colours that it knows already."""
    from foveal.data.folders import is_data_folder
    from foveal.data.named import NAMED

    if masks is not None and not fitted.kind.gives_masks:
        raise ParameterError(f"--masks is for models of masks, and {model} is for {fitted.kind.name}; leave it out")
    arrays = source in NAMED or source.endswith(".npz") or is_data_folder(source)
    if fitted.kind.gives_masks and masks is None and not arrays:
        raise ParameterError(f"{model} gives masks; say where those of {source} are, with --masks FOLDER")
    if colours is not None and masks is not None and "masks" in fitted.data:
        raise ParameterError(f"--colours: {model} knows from its training what masks hold; leave it out")


def _rules(fitted: "Fitted", masks: str | None) -> dict[str, Any]:
    """Give the rules that files are read by: the model's own."""
    rules: dict[str, Any] = {"input_rule": fitted.input_rule} if fitted.input_rule else {}
    return rules | ({"mask_rule": fitted.data["masks"]} if masks is not None and "masks" in fitted.data else {})


def _told(part: str) -> str:
    return "test part" if part == "test" else "all rows (there is no test part)"


def _show(facts: dict[str, Any], measured: "Measures") -> None:
    from foveal.calibration.honesty import lines_of

    values = {word(name): number(value) for name, value in measured.values.items()}
    told = lines_of(measured.probabilities) if measured.probabilities else {}
    calibration = {"calibration": measured.probabilities.get("calibration", "none")} if told else {}
    show_facts(facts | values | told | calibration)
    if measured.classes and measured.classes[0].iou is None:
        print()
        rows = [(c.name, number(c.precision), number(c.recall), f"{c.rows:,}") for c in measured.classes]
        show_table(("class", "precision", "recall", "rows"), rows)
