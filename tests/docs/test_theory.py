"""The page of theory: its numbers by hand, and its formulas and figures as the script makes them."""

import importlib.util

import numpy as np
import pytest

from .pages import DOCS

_SPEC = importlib.util.spec_from_file_location("make_theory", DOCS / "make_theory.py")
MAKE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(MAKE)
PAGE = (DOCS / "theory.md").read_text("utf-8")
V = MAKE.computed()


def by_hand(K):
    """Compute all of it from the formulas of the page, with loops."""
    picture = np.pad(np.array(MAKE.PICTURE, float), 1)
    W = np.array(MAKE.DENSE)
    S = np.array([[(picture[i : i + 3, j : j + 3] * K).sum() for j in range(4)] for i in range(4)])
    A = np.maximum(S, 0)
    P = np.array([[A[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max() for j in range(2)] for i in range(2)])
    return picture, S, A, P, W


def test_forwards():
    _, S, A, P, W = by_hand(np.array(MAKE.FILTER, float))
    z = W @ P.ravel()
    p = np.exp(z) / np.exp(z).sum()
    for found, hand in zip((V.S, V.A, V.P, V.z, V.p), (S, A, P, z, p), strict=True):
        np.testing.assert_allclose(found, hand, atol=1e-12)
    assert V.loss == pytest.approx(-np.log(p[MAKE.TARGET]))


def test_the_block_as_a_whole_gives_what_its_parts_give():
    import torch

    block, dense = MAKE.network()
    x = torch.tensor(MAKE.PICTURE, dtype=torch.float64)[None, None]
    assert torch.equal(MAKE.forward(block, dense, x)[2], block(x))


def test_backwards_and_a_step():
    K = np.array(MAKE.FILTER, float)
    picture, S, A, P, W = by_hand(K)
    dz = V.p - np.eye(2)[MAKE.TARGET]
    dP = (W.T @ dz).reshape(2, 2)
    dA = np.zeros((4, 4))
    for i in range(2):
        for j in range(2):
            window = A[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            a, b = divmod(int(window.argmax()), 2)  # the first of equals
            dA[2 * i + a, 2 * j + b] = dP[i, j]
    dS = dA * (S > 0)
    dK = np.array([[(picture[m : m + 4, n : n + 4] * dS).sum() for n in range(3)] for m in range(3)])
    dI = np.zeros((6, 6))
    for i in range(4):
        for j in range(4):
            dI[i : i + 3, j : j + 3] += dS[i, j] * K
    hand = (dz, np.outer(dz, P.ravel()), dP, dA, dS, dK, dI[1:-1, 1:-1], K - MAKE.RATE * dK)
    for found, own in zip((V.dz, V.dW, V.dP, V.dA, V.dS, V.dK, V.dI, V.K_after), hand, strict=True):
        np.testing.assert_allclose(found, own, atol=1e-12)
    assert V.loss_after < V.loss


def test_the_receptive_field_is_that_of_the_summary():
    from torch import nn

    from foveal.models import summarize

    layers = [nn.Conv1d(1, 1, length, stride) for length, stride in MAKE.LAYERS]
    fields = [layer.receptive_field for layer in summarize(nn.Sequential(*layers), (1, 40)).layers]
    assert [(field,) for field, _ in MAKE.receptive()[0]] == [tuple(field) for field in fields]


def test_the_page_and_its_figures_are_those_of_the_script():
    pytest.importorskip("latex2mathml", reason="it comes with the test extra")
    assert MAKE.rendered(PAGE) == PAGE, "run: python docs/make_theory.py"
    for name, drawn in MAKE.figures().items():
        assert (MAKE.FIGURES / f"{name}.svg").read_text("utf-8") == drawn, "run: python docs/make_theory.py"
        assert f"figures/{name}.svg" in PAGE


def test_no_line_begins_with_a_mark_of_a_number_which_would_end_its_paragraph():
    assert [line for line in PAGE.splitlines() if line.lstrip().startswith("<!-- number")] == []
