"""GIMP's messages: where they are, split by message and by template."""

import numpy as np
import pytest

from foveal.core.errors import ParameterError, ResourceError
from foveal.data.translation_sets import _plain, gimp_pairs, gimp_set, similarity, templates


def test_marks_of_menu_keys_go_and_names_stay():
    assert _plain("Save _as  E_xit") == "Save _as E_xit"  # two of them: no menu's
    assert [_plain(t) for t in ("_File", "E_xit...", "gimp-image_new", "x_1", "a\n b")] == [
        "File", "Exit...", "gimp-image_new", "x_1", "a b",
    ]  # fmt: skip


def test_texts_are_like_themselves_and_templates_are_chains_of_like_ones():
    texts = ["Save the picture as it is", "Save the picture as it was", "Open a file", "Quit"]
    np.testing.assert_allclose(similarity(texts, texts), 1, atol=1e-6)
    assert templates(texts).tolist() == [0, 0, 1, 2]


@pytest.fixture(scope="module", params=["de", "fr"])
def language(request):
    try:
        gimp_set(request.param)
    except ResourceError as error:
        pytest.skip(str(error))
    return request.param


def test_no_test_message_has_a_near_copy_in_training_where_templates_are_drawn(language):
    data = gimp_set(language, "templates")
    assert similarity(list(data.X_test), list(data.X_train)).max() < 0.85
    assert not set(data.X_test) & set(data.X_train)
    assert 400 < len(data.X_test) < 520
    assert len(data.X_train) > 6500
    assert all(3 <= len(text.split()) <= 20 for text in data.X_test)


def test_the_random_split_is_always_the_same_and_has_near_copies(language):
    one, again = gimp_set(language), gimp_pairs(language)
    assert one.X_test.tolist() == again.X_test.texts()
    assert one.y_train.tolist() == again.X_train.texts(target=True)
    assert not set(one.X_test) & set(one.X_train)
    assert (similarity(list(one.X_test), list(one.X_train)) >= 0.85).mean() > 0.1


def test_another_split_is_refused():
    with pytest.raises(ParameterError, match="split must be one of 'random', 'templates'"):
        gimp_set("de", "years")
