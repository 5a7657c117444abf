"""Every network of the catalogue keeps one contract, on every number of axes it says it has."""

import shutil

import numpy as np
import pytest
import torch

import foveal
from foveal.core.choices import NETS
from foveal.core.errors import ParameterError, ResourceError
from foveal.core.forms import as_form
from foveal.core.parameters import PARAMETERS
from foveal.fitted.network import build, check_answers, telling_size
from foveal.layers import StochasticDepth
from foveal.models import MODELS, summarize

#: A row of each number of axes, small enough to be quick; `LARGER` where a network needs more of it.
SHAPES = {1: (2, 24), 2: (2, 12, 16), 3: (2, 4, 6, 6)}
LARGER = {name: SHAPES | {3: (2, 12, 12, 12)} for name in ("lenet1", "lenet5", "lenet5_modern", "googlenet_paper")}
LARGER |= dict.fromkeys(("densenet121", "densenet161", "densenet169", "densenet201"), SHAPES | {3: (2, 8, 8, 8)})
LARGER |= {name: SHAPES | {3: (2, 8, 8, 8)} for name in MODELS if name.startswith("convnext")}
#: On one or two last places their batch norms divide by variances that are all but 0: float32 has no digits left.
LARGER |= {name: SHAPES | {1: (2, 48), 3: (2, 8, 16, 16)} for name in MODELS if name.startswith("efficientnet")}
LARGER["inception_v3"] = {2: (2, 16, 20)}
LARGER["unet_paper"] = {2: (2, 188, 204)}
NAMED = [name for name in MODELS if name != "plain"]
#: One of each family takes part in `make test` whole; of the others, shapes alone, on two axes.
FAMILIES = (
    "resnet18",
    "lenet5",
    "squeezenet1_1",
    "resnet20",
    "shufflenet_v2_x1_0",
    "efficientnet_lite0",
    "fcn",
    "tcn",
    "unet",
    "frames",
)
#: Three fits each: of these one in `make test`.
RESUMED = (("lenet5", 2), ("resnet20", 2), ("shufflenet_v2_x1_0", 2), ("fcn", 1), ("tcn", 1))
#: Networks that take seconds to build.
DEEP = ("preact_resnet1001",)
EVERY = [(name, ndim) for name in NAMED for ndim in MODELS[name].axes]
OF_ROWS = [case for case in EVERY if not MODELS[case[0]].each_place]
OF_PLACES = [name for name in NAMED if MODELS[name].each_place]


def _long(cases, quick):
    return [case if quick(case) else pytest.param(*case, marks=pytest.mark.long) for case in cases]


def _settings(name, **others):
    return {p.name: p.default for p in PARAMETERS.values()} | {"net": name} | others


def _shape(name, ndim):
    return LARGER.get(name, SHAPES)[ndim]


def test_the_names_are_those_of_the_choices():
    assert tuple(MODELS) == NETS


def _quick_to_build(case):
    name, ndim = case
    axes = MODELS[name].axes
    return name in FAMILIES or (name not in DEEP and ndim == (2 if 2 in axes else axes[0]))


@pytest.mark.parametrize(("name", "ndim"), _long(EVERY, _quick_to_build))
def test_shapes_channels_and_outputs(name, ndim):
    with torch.device("meta"):
        net = MODELS[name].make(_shape(name, ndim), 7, stem="auto").eval()
        places = _shape(name, ndim)[1:] if MODELS[name].each_place else ()
        places = tuple(n - 184 for n in places) if name == "unet_paper" else places
        assert net(torch.zeros(3, *_shape(name, ndim))).shape == (3, 7, *places)
    assert net.get_submodule(MODELS[name].head) is not None


@pytest.mark.parametrize(("name", "ndim"), _long(EVERY, lambda case: case[0] in FAMILIES and case[1] < 3))
def test_a_gradient_for_every_parameter_and_float32_as_float64(name, ndim):
    torch.manual_seed(0)
    net = MODELS[name].make(_shape(name, ndim), 3, stem="auto")
    for module in net.modules():
        if isinstance(module, StochasticDepth):  # what it leaves out of one batch is missing from the running variances
            module.rate = 0.0
    x = torch.randn(4, *_shape(name, ndim))
    net(x).square().mean().backward()
    assert [n for n, p in net.named_parameters() if p.grad is None] == []
    with torch.no_grad():
        single = net.eval()(x)
        double = net.double()(x.double())
        error = float((single - double).abs().max() / double.abs().max())
        assert error <= 1e-3 or error <= min(0.03, 10 * _response(net, x.double()))


def _response(net, x):
    """Move every weight by what float32 rounds; give how far, relative to the largest, the outputs of float64 move.

    Deep networks at their start multiply every disturbance, block by block: 152 layers on maps of 4 x 6 x 6 by 10^4.
    """
    outputs = net(x)
    for weight in net.parameters():
        weight.mul_(1 + torch.finfo(torch.float32).eps / 2 * torch.randn(weight.shape, dtype=torch.float64))
    return float((net(x) - outputs).abs().max() / outputs.abs().max())


@pytest.mark.parametrize("name", OF_PLACES)
def test_what_answers_each_place_is_refused_where_rows_are_answered(name):
    X = np.zeros((4, 12, 16), np.float32)
    with pytest.raises(ParameterError, match=rf"net='{name}' answers each place of a row.*use CNNSegmenter"):
        foveal.CNNClassifier(net=name).fit(X, [0, 1, 0, 1])
    with pytest.raises(ParameterError, match="use CNNSegmenter"):
        foveal.CNNRegressor(net=name).fit(X, [0.0, 1.0, 0.5, 1.0])


def test_a_network_with_sizes_in_its_name_is_saved_and_loaded(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(6, 1, 3, 8, 8)).astype(np.float32), np.arange(6) % 2
    text = "frames(body=resnet20, head=gated)"
    settings = {"n_epochs": 1, "batch_size": 3, "random_state": 0, "valid_size": 0, "layout": "NCDHW"}
    model = foveal.CNNClassifier(net=text, **settings).fit(X, y)
    model.save(tmp_path / "model.safetensors")
    loaded = foveal.load(tmp_path / "model.safetensors")
    assert loaded.net == text
    assert np.array_equal(loaded.predict_proba(X), model.predict_proba(X))
    with pytest.raises(ParameterError, match="says haed, but frames takes body and head; did you mean 'head'"):
        foveal.CNNClassifier(net="frames(haed=mean)", **settings).fit(X, y)


def test_sizes_beyond_memory_are_refused_before_any_is_taken():
    form = as_form((1, 64, 64))
    for meta in (False, True):
        with pytest.raises(ResourceError, match=r"the network has .* weights and needs .* GB to train"):
            build(
                _settings("unet(depth=8, width=1024)"), form, 2, statistics=None, seed=0, dtype=torch.float32, meta=meta
            )


def test_rows_are_not_taken_for_places():
    check_answers("unet(depth=2)", each_place=True)
    with pytest.raises(ParameterError, match=r"net='resnet18' answers a row as a whole, .* one such as 'unet"):
        check_answers("resnet18", each_place=True)


@pytest.mark.parametrize(("name", "ndim"), _long(OF_ROWS, lambda case: case in RESUMED))
def test_one_step_save_load_and_resume(name, ndim, tmp_path):
    rng = np.random.default_rng(0)
    shape = _shape(name, ndim)
    X, y = rng.normal(size=(6, *shape)).astype(np.float32), np.arange(6) % 2
    settings = {"net": name, "batch_size": 3, "random_state": 0, "valid_size": 0, "layout": "NC" + "DHW"[3 - ndim :]}
    if ndim == 1:
        settings["layout"] = "NCL"
    whole = foveal.CNNClassifier(**settings, n_epochs=2).fit(X, y)
    whole.save(tmp_path / "model.safetensors")
    assert np.array_equal(foveal.load(tmp_path / "model.safetensors").predict_proba(X), whole.predict_proba(X))
    mine = whole.net_.state_dict()
    del whole  # the optimizer's tensors with it: the largest networks have a gigabyte of weights
    half = foveal.CNNClassifier(**settings, n_epochs=2, checkpoint=str(tmp_path / "run"))
    for _ in half.epochs(X, y):
        break
    half.fit(X, y)
    theirs = half.net_.state_dict()
    assert all(torch.equal(mine[key], theirs[key]) for key in mine)
    shutil.rmtree(tmp_path)  # all of them together would leave more than a disk holds


def _seen(name, shape):
    """Run a row through a network, as a fit does before anything else."""
    form, settings = as_form(shape), _settings(name)
    net = build(settings, form, 2, statistics=None, seed=0, dtype=torch.float32)
    with telling_size(settings, form):
        summarize(net, form)


@pytest.mark.parametrize(
    "name", [name if name in FAMILIES else pytest.param(name, marks=pytest.mark.long) for name in NAMED]
)
def test_one_pixel_is_taken_or_refused_with_the_size_that_would_do(name):
    ndim = 2 if 2 in MODELS[name].axes else MODELS[name].axes[0]
    try:
        _seen(name, (3, *(1,) * ndim))
    except ParameterError as error:
        size = tuple(int(n) for n in str(error).split("at least ")[1].split(" pixels")[0].split(" x "))
        assert max(size) > 1
        _seen(name, (3, *size))
        with pytest.raises(ParameterError, match="at least"):
            _seen(name, (3, *(n - 1 for n in size)))
