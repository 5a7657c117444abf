"""What the columns of the table say, against the lists as they were when each stood beside what reads it."""

from inspect import signature

from foveal import load
from foveal.core.parameters import CODE, COMMON, TABLE, check_parameters, defaults_of, names_of
from foveal.fitted.blame import WAYS_OUT
from foveal.fitted.network import PLANNED
from foveal.fitting.follow import followed


def names(**column):
    """Give the names of the rows with a value in a column."""
    ((key, value),) = column.items()
    return {p.name for p in TABLE if getattr(p, key) == value}


def test_what_does_not_identify_a_run_is_where_it_is_saved_computed_and_shown():
    assert names(identifies=False) == {
        "calibration", "checkpoint", "checkpoint_every", "device", "kernels", "vectors", "verbose", "workers",
    }  # fmt: skip


def test_what_says_nothing_of_a_model_is_not_saved():
    assert names(saved=False) == {"checkpoint", "checkpoint_every", "vectors", "verbose", "workers"}


def test_what_may_be_code_can_be_given_to_load_and_has_a_way_out_where_it_fails():
    assert set(CODE) == {"net", "task", "loss", "optimizer", "activation", "augment"}
    assert set(CODE) == set(signature(load).parameters) - {"path"}
    assert set(WAYS_OUT) == set(CODE) - {"task"}  # a kind is checked where it is made


def test_what_partial_fit_makes_of_them():
    assert names(later="followed") == {
        "loss", "task", "batch_size", "learning_rate", "lambda_", "shuffle", "augment", "class_weight",
        "sampler",
        "label_smoothing", "clip_norm", "accumulate", "kernels", "workers", "verbose",
    }  # fmt: skip
    assert names(later="idle") == {
        "n_epochs", "schedule", "valid_size", "early_stopping", "patience", "monitor", "calibration", "checkpoint",
        "checkpoint_every",
    }  # fmt: skip
    assert names(later="fresh") == {"optimizer", "ema_decay", "random_state", "device", "precision"}
    first = {p.name: p.default for p in TABLE}
    now = followed(first | {"batch_size": 7, "n_epochs": 7}, first, fresh=False)
    assert now == first | {"batch_size": 7}
    assert list(now) == list(first)


def test_the_sizes_of_the_plain_stack_are_what_plans_it():
    assert PLANNED == (
        "in_channels_list", "in_features_list", "out_channels", "out_features", "filter_size", "padding", "stride",
        "dilation", "do_pooling", "pool_filter_size", "pool_stride",
    )  # fmt: skip


#: Estimators with other defaults than the table's.
OTHERS = {"CNNRegressor", "CNNSegmenter", "Recommender", "TextClassifier", "TextRegressor", "Translator"}


def test_another_default_keeps_its_rule_too():
    assert {estimator for p in TABLE for estimator in p.of} == OTHERS
    assert defaults_of("CNNRegressor") == {"loss": "mse"}
    segmenters = {"net": "auto", "loss": "cross_entropy+dice", "batch_size": 8, "n_epochs": "auto"}
    assert defaults_of("CNNSegmenter") == segmenters
    histories = {"net": "auto", "batch_size": 16, "n_epochs": 20, "learning_rate": 0.002}
    assert defaults_of("Recommender") == histories
    for estimator in OTHERS:
        check_parameters(defaults_of(estimator))
    assert all(default != p.default for p in TABLE for default in p.of.values())


def test_a_parameter_of_one_estimator_alone_is_no_others():
    assert {p.name for p in TABLE if p.only == ("CNNSegmenter",)} == {"ignore", "patch"}
    assert set(names_of("CNNSegmenter")) - set(COMMON) == {"ignore", "patch"}
    assert names_of("CNN") == COMMON


def test_a_recommender_has_what_means_something_for_histories():
    assert {p.name for p in TABLE if p.only == ("Recommender",)} == {"history_length"}
    assert {p.name for p in TABLE if p.without} == {"class_weight", "sampler", "label_smoothing"}
    has = set(names_of("Recommender"))
    assert has - set(COMMON) == {"history_length"}
    assert not has & {"augment", "task", "one_hot", "layout", "class_weight", "sampler", "label_smoothing", "weights"}


def test_estimators_of_texts_have_their_own_parameters_and_none_of_arrays():
    own = {"pieces", "vocabulary_size", "lower", "unicode_form", "max_length", "vectors", "batch_tokens"}
    assert set(names_of("TextClassifier")) == {p.name for p in TABLE if not p.only} | own
    assert names_of("TextRegressor") == names_of("TextClassifier")
    assert defaults_of("TextRegressor") == defaults_of("TextClassifier") | {"loss": "mse"}


def test_a_translator_has_parameters_of_its_own():
    own = {"vocabulary_size", "lower", "unicode_form", "max_length", "shared_vocabulary", "bpe_dropout", "batch_tokens"}
    assert set(names_of("Translator")) == {p.name for p in TABLE if not p.only} | own
