import numpy as np

from foveal import CNNClassifier, TextClassifier
from foveal.report.drawn import SIDE, drawn, picture, warmed


def fitted(shape):
    X = np.random.default_rng(0).random((8, *shape), np.float32)
    return (
        CNNClassifier(n_epochs=1, random_state=0, layout="N" + "DHWC"[-len(shape) :]).fit(X, np.arange(8) % 2).fitted_
    )


def test_pictures_are_small_and_colours_stay():
    row = np.zeros((400, 200, 3), np.uint8)
    row[..., 0] = 200
    small = picture(row)
    assert small.shape == (SIDE, SIDE // 2, 3)
    assert small[0, 0].tolist() == [200, 0, 0]
    assert picture(np.random.rand(5, 5, 6)).shape == (5, 5, 3)


def test_the_warm_place_is_the_strong_one():
    map = np.zeros((4, 4))
    map[2, 1] = 1
    pixels = warmed(np.full((4, 4, 3), 100, np.uint8), map)
    assert pixels[2, 1, 0] > 200 > pixels[0, 0, 0] == 100


def test_a_volume_shows_the_plane_of_the_map(monkeypatch):
    folder: dict[str, bytes] = {}
    map = np.zeros((5, 8, 8))
    map[3, 2, 2] = 1
    found = drawn(fitted((5, 8, 8, 1)), np.zeros((5, 8, 8, 1), np.float32), map, folder, "a")
    assert (found["plane"], found["plane_is"]) == (3, "plane")
    assert set(folder) == {"pictures/a.png", "pictures/a-explained.png"}
    assert all(content.startswith(b"\x89PNG") for content in folder.values())


def test_a_signal_is_a_curve_and_long_ones_are_shortened():
    model = CNNClassifier(n_epochs=1, random_state=0, layout="NLC")
    X = np.random.default_rng(0).random((8, 1000, 5), np.float32)
    found = drawn(model.fit(X, np.arange(8) % 2).fitted_, X[0], np.ones(1000), {}, "a")
    assert (len(found["curves"]), len(found["curves"][0]), found["places"], found["channels"]) == (3, 200, 1000, 5)
    assert found["weights"] == 200 * [1.0]


def test_a_text_is_its_words():
    texts = ["good film", "bad film", "good day", "bad day"] * 4
    model = TextClassifier(n_epochs=1, random_state=0, net="kim(vector=4,maps=4)").fit(texts, [1, 0, 1, 0] * 4)
    from foveal.fitted.predict import rows_of

    row = np.asarray(rows_of(model.fitted_, ["good film"]).read(np.array([0]))[0])[0]
    found = drawn(model.fitted_, row, np.array([1.0, 0.5]), {}, "a")
    assert found["words"] == ["good", "film"]
    assert found["weights"][0] > found["weights"][1]
