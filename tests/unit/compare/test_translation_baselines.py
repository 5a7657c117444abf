"""Copy and nearest neighbour, and what is said of a network beside them."""

import pytest

from foveal.compare.translation_baselines import as_json, compare_translations, copied, nearest

SOURCES = ["Open the file", "Close the window", "Save the image as it is", "Quit"]
TARGETS = ["Datei öffnen", "Fenster schließen", "Bild speichern, wie es ist", "Beenden"]


def test_the_source_is_copied_and_the_likest_one_found():
    assert copied(SOURCES, TARGETS, ["x"]) == ["x"]
    assert nearest(SOURCES, TARGETS, ["Close a window", "Open a file", "Quit now"]) == [
        TARGETS[1], TARGETS[0], TARGETS[3],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("predicted", "says"),
    [
        (TARGETS, "the network is not shown to be better than nearest training source"),
        (["nichts davon"] * 4, "copy of the source and nearest training source are better than the network: use"),
        (TARGETS[::-1], "nearest training source is better than the network: use that"),
    ],
)
def test_where_a_baseline_is_better_it_is_said(predicted, says):
    found, verdict = compare_translations((SOURCES, TARGETS), SOURCES * 10, TARGETS * 10, list(predicted) * 10)
    assert verdict.startswith(says)
    assert found["nearest training source"].values["exact_match"] == 1.0
    low, high = found["network"].interval
    assert low - 1 <= found["network"].values["chrf"] <= high + 1


def test_a_network_that_is_better_than_all_is_said_to_be():
    new = ["Open a window", "Close the file", "Save the file as it is"] * 10
    right = ["Fenster öffnen", "Datei schließen", "Datei speichern, wie sie ist"] * 10
    found, verdict = compare_translations((SOURCES, TARGETS), new, right, right)
    assert verdict == "the network is better than all baselines"
    told = as_json(found, verdict)
    assert told["systems"]["copy of the source"]["p"] < 0.05
    assert told["verdict"] == verdict
