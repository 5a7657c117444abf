"""Files made to harm: only ModelFileError comes of them, at once, and nothing else happens."""

from collections.abc import Callable
from pathlib import Path

import pytest

import foveal
from foveal import CNNClassifier
from foveal.core.errors import ModelFileError

from .crafted import OF_BYTES, OF_PATHS, cut, forged, guarded, put_together, take_apart
from .guarded import CLASSIFIER, X, Y

#: Bytes that the reading of a file may take beside what there was before.
MEMORY = 500 * 2**20
#: Seconds: the largest header, 16 MB, takes two or three.
PROMPTLY = 20
#: Nothing is wrong with these but a size: what comes of them.
SOUND = {
    ("checkpoint", "a terabyte of zeros, well described"): "ResourceError",
    ("model", "a row larger than memory"): None,  # the network is small, and a row is only met in predicting
}
MILLION = [1] * 10**6
#: Model files of older versions.
OLD = Path(__file__).parents[1] / "contract" / "model_files"


def parameter(**parameters) -> Callable[[bytes], bytes]:
    return forged(lambda d: d["settings"].update(parameters))


def shape(*sizes) -> Callable[[bytes], bytes]:
    return forged(lambda d: d["form"][0].update(shape=list(sizes)))


def huge_row(d):
    """A row of 2**32 values, whose network is as small as before: it strides over them."""
    d["settings"] |= {"stride": 2**15, "pool_stride": 2**15, "in_features_list": [None, 4]}
    d["form"][0]["shape"] = [1, 2**16, 2**16]


MODELS: dict[str, Callable[[bytes], bytes]] = {
    "an estimator named os.system": forged(lambda d: d.update(estimator="os.system")),
    "a network named by its import path": parameter(net="torch.nn.Sequential"),
    "a network for each place": parameter(net="unet(depth=1, width=1)"),
    "a network with sizes beyond memory": parameter(net="unet(depth=8, width=1024)"),
    "a network with sizes beyond its rules": parameter(net="unet(width=1000000000)"),
    "a network with sizes that are code": parameter(net="unet(width=__import__)"),
    "a network on frames with a body that is none": parameter(net="frames(body=os)"),
    "a network that is a list": parameter(net=["os.system", "echo taken over"]),
    "an activation named by its import path": parameter(activation="torch.nn.ReLU"),
    "a loss named os.system": parameter(loss="os.system"),
    "an optimizer named by its import path": parameter(optimizer="torch.optim.SGD"),
    "an augmentation named os.system": parameter(augment=["os.system"]),
    "a parameter that there is none": parameter(__class__="os.system"),
    "a folder to write checkpoints in": parameter(checkpoint="../../.ssh"),
    "a device that is none": parameter(device="cuda:x"),
    "a million layers": parameter(in_channels_list=[None, *MILLION]),
    "a million dense layers": parameter(in_features_list=[None, *MILLION]),
    "more weights than memory": parameter(out_channels=10**12),
    "a row of 2**48 values": shape(1, 2**24, 2**24),
    "a row larger than memory": forged(huge_row),
    "a shape of negative sizes": shape(1, -4, -4),
    "a shape of 1e18": shape(1, 10**18, 4),
    "rows of no part": forged(lambda d: d.update(form=[])),
    "rows of a million parts": forged(lambda d: d.update(form=d["form"] * 10**6)),
    "a part without a shape": forged(lambda d: d["form"][0].pop("shape")),
    "a part of objects": forged(lambda d: d["form"][0].update(dtype="object")),
    "an axis that varies in an array": shape(1, None, 4),
    "a length of zeros beyond memory": forged(lambda d: d["form"][0].update(length=2**62)),
    "a network that is given": forged(lambda d: d.update(given=["net"])),
    "a folder that is given": forged(lambda d: d.update(given=["checkpoint"])),
    "an input rule that is code": forged(lambda d: d.update(input_rule=["os.system"])),
    "class names that are tables": forged(lambda d: d.update(class_names=[{"a": 1}])),
    "an epoch kept that never was": forged(lambda d: d.update(kept_epoch=10**9)),
    "a kind named by its import path": forged(lambda d: d["problem"].update(kind="os.system")),
    "settings that are a list": forged(lambda d: d.update(settings=[])),
    "no history": forged(lambda d: d["history"].update({name: [] for name in d["history"]})),
    "an old version's entries": forged(lambda d: d.update(version=2)),
    "an old version's settings that are a list": forged(lambda d: d.update(version=2, parameters=[], input_shape=[1])),
    "a part without axes": shape(),
    "a layout of other axes": forged(lambda d: d.update(layout="NDHW")),
    "labels of 400 MB each": forged(lambda d: d["problem"]["classes"].update(dtype="<U100000000")),
    "labels beyond their dtype": forged(lambda d: d["problem"]["classes"].update(dtype="|u1", labels=[0, 300])),
    "labels of two kinds": forged(lambda d: d["problem"]["classes"].update(labels=["a", [1]])),
    "labels of an object dtype's fields": forged(lambda d: d["problem"]["classes"].update(dtype="O,O")),
    "no labels": forged(lambda d: d["problem"].update(classes=None)),
    "values that are classified": forged(lambda d: d["problem"].update(kind="regression")),
    "NaN in the scale": forged(lambda d: d["problem"].update(mean=[float("nan")])),
    "infinitely many features": forged(lambda d: d.update(n_features_in=float("inf"))),
    "more features than floats count": forged(lambda d: d.update(n_features_in=10**400)),
    "an epoch beyond the floats": forged(lambda d: d["history"].update(epoch=[10**400])),
    "a loss beyond the floats": forged(lambda d: d["history"].update(train_loss=[10**400])),
    "columns of another length": forged(lambda d: d["history"].update(train_loss=[1.0, 2.0, 3.0])),
    "a history that is a list": forged(lambda d: d.update(history=[])),
    "a column of no score": forged(lambda d: d["history"].update({"os.system": d["history"]["valid_loss"]})),
    "a named score of strings": forged(lambda d: d["history"].update(valid_f1=["a"])),
    "a named score of another length": forged(lambda d: d["history"].update(valid_f1=[])),
    "names of features that are a table": forged(lambda d: d.update(feature_names_in={"a": 1})),
    "names of features that are too many": forged(lambda d: d.update(feature_names_in=["a", "b"])),
}
CHECKPOINTS: dict[str, Callable[[bytes], bytes]] = {
    "an optimizer named os.system": forged(lambda d: d.update(optimizer={"os.system": ["echo taken over"]})),
    "an optimizer that is a number": forged(lambda d: d.update(optimizer=3)),
    "an optimizer without groups": forged(lambda d: d.update(optimizer={"pairs": []})),
    "an optimizer's tensor that is not there": forged(lambda d: d.update(optimizer={"tensor": "x"})),
    "an optimizer of other weights": forged(lambda d: d["optimizer"]["pairs"][0][1].update(pairs=[[99, 1]])),
    "an optimizer as deep as can be": forged(lambda d: d.update(optimizer={"list": [{"list": [[]] * 9}] * 9})),
    "a run that is a list": forged(lambda d: d.update(run=[])),
    "parameters that are a list": forged(lambda d: d["run"].update(parameters=[])),
    "a negative step": forged(lambda d: d["state"].update(step=-1)),
    "a step that is a flag": forged(lambda d: d["state"].update(step=True)),
    "a position beyond the epoch": forged(lambda d: d["state"].update(position=10**12)),
    "an epoch that never was": forged(lambda d: d["state"].update(epoch=10**12)),
    "NaN seconds": forged(lambda d: d["state"].update(seconds=float("nan"))),
    "a billion threads": forged(lambda d: d["state"].update(threads=10**9)),
    "a plateau beyond the floats": forged(lambda d: d["state"].update(plateau=10**400)),
    "columns of another length": forged(lambda d: d["state"]["history"].update(train_loss=[])),
    "a history of strings": forged(lambda d: d["state"]["history"].update(train_loss=["nan"])),
    "a best epoch without weights": forged(lambda d: d["state"]["best"].update(epoch=1)),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> dict[str, Path]:
    """A model, and the folder's last checkpoint of the run that made it."""
    folder = tmp_path_factory.mktemp("good")
    model = CNNClassifier(**CLASSIFIER, checkpoint=folder / "run", checkpoint_every=1).fit(X, Y)
    model.save(folder / "model")
    return {"model": folder / "model", "checkpoint": max((folder / "run").glob("checkpoint-*"))}


@pytest.fixture(scope="module")
def outcomes(good, tmp_path_factory) -> dict[tuple[str, str], dict]:
    """Write every file of both kinds, and let one child read them all."""
    root, paths = tmp_path_factory.mktemp("crafted"), {}

    def place(kind: str, case: str) -> Path:
        folder = root / f"{kind}-{len(paths)}"
        folder.mkdir()
        paths[kind, case] = folder / good[kind].name
        return paths[kind, case]

    for kind, path in good.items():
        content = path.read_bytes()
        for case, make in (OF_BYTES | (MODELS if kind == "model" else CHECKPOINTS)).items():
            place(kind, case).write_bytes(make(content))
        for case, write in OF_PATHS.items():
            write(content, place(kind, case))
        for number, part in enumerate(cut(content)):
            place(kind, f"cut {number}").write_bytes(part)
    bad = [(kind, path) for (kind, _), path in paths.items()]
    return dict(zip(paths, guarded(root, list(good.items()), bad, limit=900), strict=True))


@pytest.mark.parametrize(
    ("kind", "case"),
    [(kind, case) for kind, own in (("model", MODELS), ("checkpoint", CHECKPOINTS)) for case in
     (*OF_BYTES, *OF_PATHS, *own)],
)  # fmt: skip
def test_a_crafted_file_is_refused_and_nothing_happens(kind: str, case: str, outcomes):
    harmless(outcomes[kind, case], (kind, case))


@pytest.mark.parametrize("kind", ["model", "checkpoint"])
def test_a_cut_file_is_refused_wherever_it_is_cut(kind: str, outcomes):
    cuts = [result for (of, case), result in outcomes.items() if of == kind and case.startswith("cut ")]
    assert len(cuts) == 50
    for result in cuts:
        harmless(result)
    print(f"\n{kind}: cut at {len(cuts)} offsets")


def test_the_files_are_counted(outcomes):
    slowest, largest = (max(result[name] for result in outcomes.values()) for name in ("seconds", "grew"))
    ways = len({case for _, case in outcomes})
    print(f"\n{len(outcomes)} crafted files, {ways} ways; at most {slowest:.1f} s and {largest / 2**20:.0f} MiB")
    assert len(outcomes) > 150


@pytest.mark.parametrize("version", [2, 3])
def test_only_a_file_of_version_1_may_lack_a_hash(version, good, tmp_path):
    old = {2: OLD / "version2" / "strings.safetensors", 3: good["model"]}[version]
    header, rest = take_apart(old.read_bytes())
    del header["__metadata__"]["sha256"]
    (tmp_path / "old").write_bytes(put_together(header, rest))
    with pytest.raises(ModelFileError, match="it has no hash"):
        foveal.load(tmp_path / "old")


def harmless(result: dict, case: tuple[str, str] = ("", "")) -> None:
    """A file ended in an error of ours, promptly, without what is forbidden and without much memory."""
    expected = {"ModelFileError", "NewerFileError"} if case not in SOUND else {SOUND[case]}
    assert result["forbidden"] == [], result
    assert result["raised"] in expected, result
    assert 20 < len(result["message"]) < 1000 or result["raised"] is None, result
    assert result["seconds"] < PROMPTLY, result
    assert result["grew"] < MEMORY, result
