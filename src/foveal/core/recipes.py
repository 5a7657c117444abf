"""Recipes: parameter values that were chosen together and go by one name. Torch-free.

They fill ordinary parameters: `CNNClassifier.from_recipe("fast")` and `foveal train SOURCE --recipe fast` take them,
and whatever is said beside them wins. docs/recipes.md says when not to use one; the runs behind it are in
benchmarks/results/.
"""

from typing import Any

from foveal.core.rules import check, choice

#: "auto": network, augmentation and epochs by what the rows are, with Muon. On the training part of emoji pictures
#: (1,219 to learn from, 305 held out) 40 epochs gave 0.744, 0.728 and 0.725 on three splits; Adam at 0.003 gave 0.682
#: and 0.649 on the last two.
#: "fast": a given accuracy in the fewest seconds. It was chosen for Fashion-MNIST, on splits of its training set. Not
#: for `partial_fit`, whose rate is constant, so that this one is too high; nor beside another `net`, because it names
#: the plain stack's sizes; nor where accuracy counts and time does not.
RECIPES: dict[str, dict[str, Any]] = {
    "fast": {
        "in_channels_list": (None, 16),
        "out_channels": 32,
        "optimizer": "muon",
        "learning_rate": 0.02,
        "n_epochs": "auto",
    },
    "auto": {
        "net": "auto",
        "augment": "auto",
        "n_epochs": "auto",
        "optimizer": "muon",
        "learning_rate": 0.02,
    },
}


def recipe_values(name: str) -> dict[str, Any]:
    """Give the parameters of a recipe, in a dict of the caller's own.

    >>> recipe_values("fast")["optimizer"]
    'muon'
    >>> recipe_values("fats")
    Traceback (most recent call last):
    foveal.core.errors.ParameterError: recipe must be one of 'fast', 'auto', got 'fats'; did you mean 'fast'?
    """
    check("recipe", name, choice(*RECIPES))
    return dict(RECIPES[name])
