"""Pictures that are stored larger than the network takes them: the middle everywhere, crops of them in training."""

import io
import pickle
import tarfile

import numpy as np
import pytest
import torch

import foveal
from foveal import CNNClassifier, open_images
from foveal.core.errors import DataError, ParameterError
from foveal.data.images.cache import kept
from foveal.data.images.progress import Progress
from foveal.data.store import Mapped, Resident, Streamed, store_of
from foveal.fitting.augmenting import nothing_cuts, rows_to_cut

from .drawn import draw

SMALL = {"in_channels_list": (None, 3), "out_channels": 4, "n_epochs": 2, "batch_size": 8, "random_state": 0}


@pytest.fixture
def pets(tmp_path):
    for number, name in enumerate(("cat", "dog")):
        for i in range(12):
            draw(tmp_path / "pets" / name / f"{i}.png", 100 * number + i, (15, 11))
    return tmp_path / "pets"


def opened(folder, **how):
    said = []
    return open_images(folder, **how, progress=Progress(said.append, lambda *values: None)), said


def same(one, other):
    for a, b in zip(one.net_.state_dict().values(), other.net_.state_dict().values(), strict=True):
        assert np.array_equal(a.numpy(), b.numpy())


def middle_by_numpy(X):
    return X[:, 2:10, 2:9]  # 8 x 7 of 13 x 12: the larger half of an odd rest lies below and to the right


def test_rows_are_the_middle_of_what_is_stored(pets):
    larger = open_images(pets, size=(13, 12))
    p, said = opened(pets, size=(8, 7), store_size=(13, 12))
    assert any("store_size=(13, 12): crops of (8, 7) in training, else the middle" in sentence for sentence in said)
    assert p.shape == (24, 8, 7, 3)
    np.testing.assert_array_equal(p[:], middle_by_numpy(larger[:]))
    np.testing.assert_array_equal(p[5], p.read(np.array([5]))[0][0])
    np.testing.assert_array_equal(p.chosen(np.array([3, 1])).larger[:], larger[[3, 1]])
    assert p.larger.input_rule == larger.input_rule
    assert larger.larger is None


def test_one_store_serves_all_sizes(pets, cache):
    opened(pets, size=(13, 12))
    for how in ({"size": 8, "store_size": (13, 12)}, {"size": (5, 12), "store_size": (13, 12)}):
        assert any(sentence.endswith("from before") for sentence in opened(pets, **how)[1])
    assert len(list((cache / "pictures").iterdir())) == 1
    rule = open_images(pets, size=8, store_size=12).input_rule
    assert open_images(pets, input_rule=rule).larger.shape == (24, 12, 12, 3)


def test_wherever_they_are_kept_they_are_the_same(pets, monkeypatch):
    how = {"size": (8, 7), "store_size": (13, 12)}
    p = open_images(pets, **how)
    in_memory = open_images(pets, **how, cache=False)
    monkeypatch.setattr(kept, "available_memory", lambda device: 0)
    nowhere = open_images(pets, **how, cache=False)
    for other in (in_memory, nowhere):
        np.testing.assert_array_equal(other[:], p[:])
        np.testing.assert_array_equal(other.larger[:], p.larger[:])
    assert isinstance(store_of(p, torch.float32, torch.device("cpu")), Mapped)
    assert isinstance(store_of(in_memory, torch.float32, torch.device("cpu")), Resident)
    assert isinstance(store_of(nowhere, torch.float32, torch.device("cpu")), Streamed)
    index = torch.tensor([7, 0, 23, 7])
    for source in (p, in_memory, p.larger):
        (x,) = store_of(source, torch.float32, torch.device("cpu")).gather(index)
        np.testing.assert_array_equal(x.movedim(1, -1), source[index.numpy()])
    for augment in (None, "crop", ["resized_crop", "flip"]):
        expected = CNNClassifier(**SMALL, augment=augment).fit(p, p.y)
        same(CNNClassifier(**SMALL, augment=augment).fit(in_memory, p.y), expected)
        for workers in (0, 2):
            same(CNNClassifier(**SMALL, augment=augment, workers=workers).fit(nowhere, p.y), expected)


def test_pictures_in_tars_are_stored_larger_too(pets, tmp_path):
    with tarfile.open(tmp_path / "pets.tar", "w") as tar:
        for path in sorted(pets.rglob("*.png")):
            info = tarfile.TarInfo(path.relative_to(pets).as_posix())
            info.size = path.stat().st_size
            tar.addfile(info, io.BytesIO(path.read_bytes()))
    p = open_images(tmp_path / "pets.tar", size=8, store_size=12)
    np.testing.assert_array_equal(np.sort(p[:].reshape(24, -1), 0), np.sort(middle_of(pets).reshape(24, -1), 0))


def middle_of(folder):
    return open_images(folder, size=12)[:][:, 2:10, 2:10]


def test_workers_are_sent_the_place_and_no_pixels(pets):
    p = open_images(pets, size=16, store_size=32)
    sent = pickle.dumps(p)
    assert len(sent) < p.larger[:].nbytes / 4
    again = pickle.loads(sent)
    np.testing.assert_array_equal(again[:], p[:])
    np.testing.assert_array_equal(again.larger[:], p.larger[:])


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_mean_and_deviation_are_those_of_the_store(pets, dtype):
    p = open_images(pets, size=8, store_size=12, depth=dtype)
    rows = np.array([0, 3, 20])
    X = p.larger[:][rows] / (255.0 if dtype == "uint8" else 1.0)
    found = p.statistics(rows, np.float32)
    np.testing.assert_allclose(found.mean, X.mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(found.deviation, X.std((0, 1, 2)), rtol=1e-6)


def test_training_reads_windows_of_the_store_and_each_epoch_others(pets):
    p = open_images(pets, size=(8, 7), store_size=(13, 12))
    larger, seen = p.larger[:], []

    def look(x, rng):
        seen.append(x.movedim(1, -1).numpy().copy())
        return x

    CNNClassifier(**{**SMALL, "n_epochs": 6}, augment=["crop", look]).fit(p, p.y)
    windows = {
        larger[n, i : i + 8, j : j + 7].tobytes(): (n, i, j) for n in range(24) for i in range(6) for j in range(6)
    }
    places = [windows[row.tobytes()] for batch in seen for row in batch]
    assert {i for _, i, _ in places} == {j for _, _, j in places} == set(range(6))
    assert len(set(places)) > 0.8 * len(places)
    seen.clear()
    CNNClassifier(**SMALL, augment=[look]).fit(p, p.y)
    for batch in seen:
        assert all(windows[row.tobytes()][1:] == (2, 2) for row in batch)


def test_rows_that_are_cut_may_have_been_changed_before(pets):
    p = open_images(pets, size=8, store_size=12)
    shapes = []

    def look(x, rng):
        shapes.append(tuple(x.shape[1:]))
        return x

    CNNClassifier(**SMALL, augment=[look, "rotate", "resized_crop", look, "crop", look]).fit(p, p.y)
    assert set(shapes[0::3]) == {(3, 12, 12)}
    assert set(shapes[1::3]) == set(shapes[2::3]) == {(3, 8, 8)}


def test_what_does_not_cut_learns_from_the_middle_and_that_is_said(pets):
    p = open_images(pets, size=8, store_size=12)
    assert rows_to_cut(p, ["flip", "shift"])[0] is p
    assert rows_to_cut(p, "crop")[0].shape == (24, 12, 12, 3)
    (said,) = nothing_cuts(p, ["flip"])
    assert said == "pictures are stored as (12, 12), and the middle is learnt from: augment='crop' cuts anywhere"
    assert nothing_cuts(p, "crop") == nothing_cuts(open_images(pets), None) == ()


def test_a_file_is_predicted_as_its_row_is(pets, tmp_path):
    p = open_images(pets, size=(8, 7), store_size=(13, 12))
    CNNClassifier(**SMALL, augment="crop").fit(p, p.y).save(tmp_path / "model.safetensors")
    model = foveal.load(tmp_path / "model.safetensors")
    assert model.fitted_.input_rule == p.input_rule
    assert model.fitted_.settings["augment"] == "crop"
    expected = model.predict_proba(p)
    files = [str(pets / name) for name in p.files]
    for X in (files, np.asarray(p), p.larger[:], open_images(pets, input_rule=model.fitted_.input_rule)):
        np.testing.assert_array_equal(model.predict_proba(X), expected)
    np.testing.assert_array_equal(model.predict_proba(pets), expected)


def test_another_store_is_another_run(pets, tmp_path):
    run = CNNClassifier(**SMALL, augment="crop", checkpoint=tmp_path / "run")
    p = open_images(pets, size=8, store_size=12)
    run.fit(p, p.y)
    with pytest.raises(DataError, match="learns from other data"):
        run.fit(open_images(pets, size=8, store_size=13), p.y)


def test_partial_fit_cuts_too(pets):
    p, seen = open_images(pets, size=8, store_size=12), []

    def look(x, rng):
        seen.append(tuple(x.shape[1:]))
        return x

    model = CNNClassifier(**SMALL, augment=["crop", look])
    model.partial_fit(p, p.y, classes=["cat", "dog"]).partial_fit(p, p.y)
    assert set(seen) == {(3, 8, 8)}


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"size": 8, "store_size": 7}, "store_size must be at least size=8 along both axes, got 7; pass a larger one"),
        ({"store_size": 10}, r"store_size must be at least size=\(15, 11\) along both axes, got 10"),
        ({"size": 8, "store_size": "large"}, "store_size must be a side of 1 to 8192 pixels"),
        ({"input_rule": (), "store_size": 12}, "store_size=12 is said by input_rule already; pass one of the two"),
    ],
)
def test_what_cannot_be_is_an_error(pets, how, said):
    with pytest.raises(ParameterError, match=said):
        open_images(pets, **how)


def test_a_window_of_another_size_than_the_networks_is_an_error(pets):
    p = open_images(pets, size=8, store_size=12)
    for wrong in (foveal.augment.crop(to=6), "resized_crop(to=12)"):
        with pytest.raises(ParameterError, match=r"has to=\d+, but the network takes rows of \(8, 8\); leave `to` out"):
            CNNClassifier(**SMALL, augment=wrong).fit(p, p.y)
    with pytest.raises(ParameterError, match="has several sizes, which no text holds; leave `to` out"):
        CNNClassifier(**SMALL, augment=foveal.augment.crop(to=(8, 8))).fit(p, p.y)
    same(CNNClassifier(**SMALL, augment="crop(to=8)").fit(p, p.y), CNNClassifier(**SMALL, augment="crop").fit(p, p.y))
