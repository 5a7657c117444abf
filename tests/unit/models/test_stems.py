import pytest

from foveal import CNNClassifier
from foveal.core.errors import ParameterError
from foveal.models import MODELS, PlainStack
from foveal.models.stems import stem_note


def made(shape, stem):
    return MODELS["resnet18"].make(shape, 2, stem=stem)


@pytest.mark.parametrize(
    ("stem", "size", "words"),
    [
        ("auto", 64, "resnet18 has its small stem, for small inputs (up to 64 pixels); stem='full' is the other"),
        ("auto", 65, "resnet18 has its full stem, as published (above 64 pixels); stem='small' is the other"),
        ("full", 20, "resnet18 has its full stem, as published (as asked); stem='small' is the other"),
    ],
)
def test_what_is_taken_is_said(stem, size, words):
    assert stem_note("resnet18", made, stem, (3, size, 90)) == words


def test_clips_are_judged_by_their_pictures():
    note = stem_note("r3d_18", lambda shape, stem: MODELS["r3d_18"].make(shape, 2, stem=stem), "auto", (3, 8, 72, 80))
    assert note == "r3d_18 has its full stem, as published (above 64 pixels); stem='small' is the other"


def test_a_network_of_one_form_says_nothing():
    assert stem_note("plain", lambda shape, stem: PlainStack(shape, 2), "auto", (3, 20, 20)) is None


@pytest.mark.parametrize("net", [None, "plain", PlainStack((1, 8, 8), 2)])
def test_it_means_nothing_beside_another_network(net):
    with pytest.raises(ParameterError, match="stem='full' says how a network of the catalogue begins"):
        CNNClassifier(net=net, stem="full").fit([[1.0, 2.0], [2.0, 1.0]], [0, 1])
