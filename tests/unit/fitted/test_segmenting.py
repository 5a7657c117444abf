"""Which windows a picture is answered in."""

import numpy as np
import pytest

from foveal import CNNClassifier, CNNSegmenter
from foveal.core.errors import ParameterError
from foveal.fitted import segmenting
from foveal.fitted.segmenting import labels_of, pictures_in, plan, segmented

rng = np.random.default_rng(0)
X = rng.normal(size=(8, 16, 16)).astype(np.float32)


@pytest.fixture(scope="module")
def fitted():
    model = CNNSegmenter(net="unet(depth=1, width=4)", n_epochs=1, random_state=0)
    return model.fit(X, (X > 0).astype(np.uint8)).fitted_


def test_a_small_picture_is_one_window(fitted):
    chosen = plan(fitted, (40, 30))
    assert chosen.windows.count((40, 30)) == 1
    assert chosen.windows.window == (40, 30)


def test_a_large_one_is_answered_in_windows_that_share_what_the_network_sees(fitted, monkeypatch):
    monkeypatch.setattr(segmenting, "MAP_VALUES", 2**16)
    chosen = plan(fitted, (1000, 1000)).windows
    assert chosen.exact
    assert chosen.overlap == tuple(2 * r for r in chosen.reach)
    assert chosen.multiple == (2, 2)


def test_where_it_sees_more_than_half_a_window_a_quarter_is_shared(fitted, monkeypatch):
    monkeypatch.setattr(segmenting, "MAP_VALUES", 1)
    chosen = plan(fitted, (100, 100)).windows
    assert chosen.window == (16, 16)  # as large as what was learnt from
    assert chosen.overlap == (4, 4)
    assert not chosen.exact


def test_the_answer_goes_where_it_is_asked_for(fitted, tmp_path):
    out = np.memmap(tmp_path / "labels", np.uint8, "w+", shape=(40, 30))
    picture = rng.normal(size=(40, 30, 1)).astype(np.float32)
    done = []
    found = segmented(
        fitted, picture, labels_of(fitted), window=32, overlap=18, out=out, progress=lambda n, of: done.append((n, of))
    )
    assert found is out
    np.testing.assert_array_equal(out, segmented(fitted, picture, labels_of(fitted)))
    assert done[-1][0] == done[-1][1]


def test_pictures_have_their_channels_where_fit_saw_them():
    model = CNNSegmenter(net="unet(depth=1, width=4)", n_epochs=1, random_state=0, layout="NCHW")
    three = np.repeat(X[:, None], 3, 1)
    fitted = model.fit(three, (X > 0).astype(np.uint8)).fitted_
    assert [picture.shape for picture in pictures_in(three[:2, :, :10], fitted)] == [(10, 16, 3)] * 2


def test_a_model_of_rows_has_no_windows():
    model = CNNClassifier(n_epochs=1, in_channels_list=(None, 2), out_channels=2).fit(X, np.arange(8) % 2)
    with pytest.raises(ParameterError, match="for a model that answers each place, and this one is for classification"):
        segmented(model.fitted_, X[0][..., None], labels_of(model.fitted_))


def test_an_axis_that_is_one_window_shares_nothing_and_spoils_nothing(fitted, monkeypatch):
    monkeypatch.setattr(segmenting, "MAP_VALUES", 2**16)
    chosen = plan(fitted, (1000, 20)).windows
    assert chosen.window[1] == 20
    assert chosen.overlap[1] == 0
    assert chosen.exact
