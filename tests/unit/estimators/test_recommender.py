"""The estimator of histories: fit, recommend, score, save, load, and all that may be odd about interactions."""

import hashlib
import os
import signal

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone

import foveal
from foveal import Recommender
from foveal.core.errors import DataError, ModelFileError, ParameterError
from foveal.core.headers import description_of, read_header
from foveal.core.tensor_files import encode, read_tensors
from foveal.data.interactions.interactions import interactions_of
from foveal.data.interactions.splits import leave_last_out
from foveal.fitting.checkpointing import Keeper

SMALL = {"n_epochs": 3, "batch_size": 8, "random_state": 0, "learning_rate": 0.02}
NETS = ("next_item(width=8, layers=2)", "caser(width=8, window=3, horizontal=2, vertical=2, neighbours=5)")


def chains(users=40, length=9, items=12, seed=0):
    """Histories in which each item leads to the next number."""
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, items, users)
    rows = (starts[:, None] + np.arange(length)) % items
    return interactions_of(np.repeat(np.arange(users), length), rows.ravel() * 10, np.tile(np.arange(length), users))


@pytest.fixture(scope="module", params=NETS)
def model(request):
    return Recommender(net=request.param, **SMALL | {"n_epochs": 15}).fit(chains())


def test_it_learns_what_follows_what(model):
    found = model.recommend([[0, 10, 20], [50, 60]], k=2)
    assert found.items[:, 0].tolist() == [30, 70]
    assert model.predict([[0, 10, 20]]).tolist() == [30]
    assert model.score(chains(seed=1)) > 0.9
    assert model.history_["valid_score"][-1] > 0.9
    assert (np.diff(found.scores, axis=1) <= 0).all()


def test_seen_items_are_left_out_unless_asked_for(model):
    history = [[0, 10, 20, 30, 40]]
    assert not set(model.recommend(history, k=7).items[0].tolist()) & {0, 10, 20, 30, 40}
    everything = model.recommend(history, k=50, exclude_seen=False).items
    assert sorted(everything[0].tolist()) == list(range(0, 120, 10))
    few = model.recommend([list(range(0, 110, 10))], k=3)
    assert few.items.tolist() == [[110, None, None]]
    assert np.isneginf(few.scores[0, 1:]).all()


def test_padding_batch_mates_and_order_change_nothing(model):
    rng = np.random.default_rng(0)
    histories = [(rng.integers(0, 12, n) * 10).tolist() for n in rng.integers(1, 30, 300)]
    together = model.recommend(histories, k=12, exclude_seen=False)
    order = rng.permutation(300)
    shuffled = model.recommend([histories[n] for n in order], k=12, exclude_seen=False)
    for number in (0, 7, 299):
        alone = model.recommend([histories[number]], k=12, exclude_seen=False)
        np.testing.assert_allclose(alone.scores[0], together.scores[number], atol=1e-5)
        there = shuffled.scores[np.flatnonzero(order == number)[0]]
        np.testing.assert_allclose(there, together.scores[number], atol=1e-5)


def test_users_are_known_by_name_and_new_ones_have_a_history(model):
    by_name = model.recommend([3, 5], k=3)
    whole = chains()
    histories = [whole.items.named(whole.histories.row(n)).tolist() for n in (3, 5)]
    assert by_name.items.tolist() == model.recommend(histories, k=3).items.tolist()
    table = pd.DataFrame({"user": ["new", "new"], "item": [0, 10]})
    assert model.recommend(table, k=1).items.tolist() == [[20]]
    with pytest.raises(DataError, match=r"user 77 is not among the 40 of fit; give the history of a new user"):
        model.recommend([3, 77])
    with pytest.raises(DataError, match=r"item 5 is not among the 12 that fit has seen"):
        model.recommend([[0, 5]])
    with pytest.raises(DataError, match="put it in a list"):
        model.recommend(3)
    assert model.recommend([[]], k=2).items.shape == (1, 2)
    assert model.recommend([], k=2).items.shape == (0, 2)


def test_a_model_file_names_nobody_unless_told_to(model, tmp_path):
    histories = [[0, 10], [100]]
    for named in (False, True):
        model.save(tmp_path / "m.safetensors", histories=named)
        again = foveal.load(tmp_path / "m.safetensors")
        assert isinstance(again, Recommender)
        one, two = (m.recommend(histories, k=5) for m in (again, model))
        assert one.items.tolist() == two.items.tolist()
        assert (one.scores == two.scores).all()
        assert again.score(chains(seed=2)) == model.score(chains(seed=2))
        if named:
            assert again.recommend([3]).items.tolist() == model.recommend([3]).items.tolist()
            assert again.users_.tolist() == list(range(40))
        else:
            with pytest.raises(DataError, match="holds no histories"):
                again.recommend([3])
            with pytest.raises(AttributeError, match="holds no histories"):
                _ = again.users_
    assert model.items_.tolist() == list(range(0, 120, 10))


def test_names_that_are_strings(tmp_path):
    users, items = [f"ü{n % 20}" for n in range(160)], [f"item {n // 20 + n % 5}" for n in range(160)]
    model = Recommender(net=NETS[0], **SMALL).fit((users, items))
    model.save(tmp_path / "m.safetensors", histories=True)
    again = foveal.load(tmp_path / "m.safetensors")
    assert again.recommend(["ü3"]).items.tolist() == model.recommend(["ü3"]).items.tolist()
    assert again.recommend([["item 2", "item 3"]], k=1).items[0, 0].startswith("item ")


def digest(model):
    found = hashlib.sha256()
    for name, tensor in sorted(model.net_.state_dict().items()):
        found.update(name.encode() + tensor.numpy().tobytes())
    kept = {name: values for name, values in model.history_.items() if name not in ("seconds", "images_per_second")}
    return found.hexdigest(), str(kept)


@pytest.mark.parametrize("step", [2, 7])
@pytest.mark.parametrize(("net", "loss"), [(NETS[0], "sampled_cross_entropy"), (NETS[1], "cross_entropy")])
def test_a_run_that_was_ended_goes_on_to_the_same_bits(net, loss, step, tmp_path, monkeypatch):
    how = SMALL | {"net": net, "loss": loss, "valid_size": 0.3, "early_stopping": True}
    unbroken = digest(Recommender(**how).fit(chains()))
    pause, sent = Keeper.pause, []

    def pausing(self, state):
        if state.step == step and not sent:
            sent.append(True)
            os.kill(os.getpid(), signal.SIGTERM)
        return pause(self, state)

    with monkeypatch.context() as patch:
        patch.setattr(Keeper, "pause", pausing)
        with pytest.raises(SystemExit):
            Recommender(**how, checkpoint=tmp_path).fit(chains())
    assert digest(Recommender(**how, checkpoint=tmp_path).fit(chains())) == unbroken
    with pytest.raises(DataError, match="checkpoint"):
        Recommender(**how, checkpoint=tmp_path).fit(chains(seed=5))


def test_negatives_depend_on_seed_epoch_and_step_alone():
    how = SMALL | {"net": NETS[0], "loss": "sampled_cross_entropy"}
    one, two = (digest(Recommender(**how).fit(chains())) for _ in range(2))
    assert one == two
    assert digest(Recommender(**how | {"random_state": 1}).fit(chains())) != one
    assert Recommender(**how | {"n_epochs": 15}).fit(chains()).score(chains(seed=1)) > 0.9


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    Recommender(net=NETS[1], **SMALL).fit(chains())
    assert torch.equal(before, torch.get_rng_state())


def test_a_split_validates_on_the_second_last_and_tests_on_the_last():
    split = leave_last_out(chains())
    model = Recommender(net=NETS[0], **SMALL | {"n_epochs": 12}).fit(split.train, validation=split.valid)
    assert model.history_["valid_score"][-1] == pytest.approx(model.score(split.valid))
    assert {"valid_ndcg", "valid_mrr"} <= set(model.history_)
    assert np.isnan(model.history_["train_score"]).all()
    assert model.score(split.test) > 0.8


def test_epochs_clone_and_params():
    model = Recommender(net=NETS[0], **SMALL)
    assert clone(model).get_params() == model.get_params()
    assert [report.epoch for report in model.epochs(chains())] == [1, 2, 3]
    assert model.n_epochs_ == 3
    assert model.summary().parameters == sum(p.numel() for p in model.net_.parameters())
    assert model.net_(torch.tensor([[1, 2]]), torch.ones(1, 2, dtype=torch.bool)).shape == (1, 12)


@pytest.mark.parametrize(
    ("how", "data", "error", "message"),
    [
        ({"class_weight": "balanced"}, chains(), TypeError, "unexpected keyword argument 'class_weight'"),
        ({"loss": "mse"}, chains(), ParameterError, "loss='mse' does not fit histories"),
        ({"net": "fcn"}, chains(), ParameterError, "takes rows that are one array of a fixed shape"),
        ({"net": "next_item(layers=3)"}, chains(), ParameterError, "an even number from 2 to 64"),
        ({"net": "caser(window=99)"}, chains(), ParameterError, "an integer from 1 to 32"),
        ({"history_length": 0}, chains(), ParameterError, "history_length must be"),
        ({"valid_size": 1}, chains(), ParameterError, "valid_size must be"),
        ({}, interactions_of([1, 2], [1, 2]), DataError, "no user has two events"),
        ({}, {"user": [1, None], "item": [1, 2]}, DataError, r"user is missing \(None\), first in row 1"),
    ],
)
def test_what_cannot_be_learnt_is_told(how, data, error, message):
    with pytest.raises(error, match=message):
        Recommender(**{"net": NETS[0], **how}).fit(data)


def test_what_a_recommender_has_not():
    model = Recommender(net=NETS[0], **SMALL)
    with pytest.raises(DataError, match="takes no y"):
        model.fit(chains(), [1])
    with pytest.raises(ParameterError, match="no partial_fit"):
        model.partial_fit(chains())
    with pytest.warns(UserWarning, match="training goes without validation"):
        model.fit(([1, 1], [2, 3]))
    with pytest.raises(DataError, match="nobody can be asked"):
        model.score(([1], [2]))
    with pytest.raises(ParameterError, match="early_stopping=True needs histories"):
        Recommender(net=NETS[0], early_stopping=True).fit(([1, 1], [2, 3]))
    with pytest.raises(ParameterError, match="for next_item, and that has no calibration"):
        model.calibrate([[2]], [3])
    with pytest.raises(DataError, match="no y and no weights"):
        model.score(chains(), [1])


def test_users_of_one_event_and_duplicates_are_no_harm():
    table = {"user": [1, 2, 2, 2, 3, 3], "item": [5, 5, 6, 6, 6, 5], "time": [0, -5, 3, 3, 1, 2]}
    with pytest.warns(UserWarning, match="1 interactions were there before"):
        model = Recommender(net=NETS[0], **SMALL | {"valid_size": 0}).fit(table)
    assert model.recommend([1, 2], k=1).items.tolist() == [[6], [None]]


def test_odd_names_come_back_from_a_file_and_missing_ones_are_told(tmp_path):
    names = ["a", "a\x00", "\x00", "😀", "של", "�", " ", "a\nb", "é", "é", "1", "01", "nan"]
    users = [names[number] for number in np.repeat(np.arange(13), 5)]
    items = [names[number] for number in np.random.default_rng(0).integers(0, 13, 65)]
    model = Recommender(net=NETS[0], **SMALL | {"n_epochs": 1}).fit((users, items))
    model.save(tmp_path / "m", histories=True)
    again = foveal.load(tmp_path / "m")
    assert again.users_.tolist() == sorted(names)
    assert again.recommend(names, k=3).items.tolist() == model.recommend(names, k=3).items.tolist()
    for asked, says in (([["a", None]], "item is missing"), ([["a", float("nan")]], "item is missing"),
                        ([None], "user is missing"), ([["a"], None], "of type list in row 0"),
                        ([[3]], "item 3 is not among"), (["a\0\0"], "is not among the 13 of fit")):  # fmt: skip
        with pytest.raises(DataError, match=says):
            again.recommend(asked)


def test_times_unsorted_equal_and_negative_are_one_order():
    users, items = np.repeat(np.arange(10), 4), np.tile([5, 6, 7, 8], 10)
    sorted_ = Recommender(net=NETS[0], **SMALL).fit((users, items, np.tile([-9, -9, 0, 3], 10)))
    turned = np.arange(40).reshape(10, 4)[:, [3, 2, 0, 1]].ravel()  # those of equal times stay as they are
    times = np.tile([-9, -9, 0, 3], 10)
    again = Recommender(net=NETS[0], **SMALL).fit((users[turned], items[turned], times[turned]))
    assert digest(again) == digest(sorted_)


def test_a_catalogue_beyond_any_table_of_pairs(tmp_path):
    rng = np.random.default_rng(0)
    data = rng.integers(0, 300, 3000), rng.integers(0, 6000, 3000)
    net = "caser(width=4, window=2, horizontal=2, vertical=1, neighbours=3)"
    model = Recommender(net=net, **SMALL | {"n_epochs": 1, "loss": "sampled_cross_entropy"}).fit(data)
    model.save(tmp_path / "m.safetensors")
    again = foveal.load(tmp_path / "m.safetensors")
    assert again.recommend([[int(data[1][0])]]).items.tolist() == model.recommend([[int(data[1][0])]]).items.tolist()


def test_a_crafted_file_is_refused(model, tmp_path):
    path = tmp_path / "m.safetensors"
    model.save(path, histories=True)
    header = read_header(path)
    description = description_of(header, "foveal-model", path)
    changes = {
        "items": lambda t: t.update({"kept.items": t["kept.items"].flip(0)}),
        "histories": lambda t: t.update({"kept.history_values": t["kept.history_values"] + 100}),
        "lengths": lambda t: t.update({"kept.history_lengths": t["kept.history_lengths"] * 2**40}),
        "counts": lambda t: t.pop("kept.popularity"),
        "strange": lambda t: t.update({"kept.code": t["kept.items"]}),
    }
    if "body.neighbours.items" in model.net_.state_dict():
        changes["neighbours"] = lambda t: t.update({"body.neighbours.items": t["body.neighbours.items"] + 10**6})
    for name, change in changes.items():
        tensors = read_tensors(path, header)
        change(tensors)
        crafted = tmp_path / f"{name}.safetensors"
        crafted.write_bytes(b"".join(encode("foveal-model", description, tensors)))
        with pytest.raises(ModelFileError, match="damaged"):
            foveal.load(crafted)
