"""`foveal train --group` with arrays: a key of an .npz file, a file of a folder."""

from pathlib import Path

import numpy as np

import foveal as library


def test_an_npz_and_a_folder_with_groups(train, foveal, files, tmp_path, monkeypatch):
    from foveal.cli import cross_validation

    plans, planned = [], cross_validation.plan
    monkeypatch.setattr(cross_validation, "plan", lambda *a, **k: plans.append(planned(*a, **k)) or plans[-1])
    held = np.load(files / "tested.npz")
    patient = np.array([f"patient {i}" for i in np.arange(120) % 15])
    np.savez("grouped.npz", X=held["X"], y=held["y"], patient=patient)
    assert train("grouped.npz", "--cv", "1x3", "--group", "patient", "--no-baselines", "--out", "cv").code == 0
    (plan,) = plans
    assert len(np.unique(plan.groups)) == 15
    for fold in plan.folds:
        assert not set(plan.groups[fold.train]) & set(plan.groups[fold.test])
    seen = []
    fit = library.CNNClassifier.fit
    monkeypatch.setattr(library.CNNClassifier, "fit", lambda *a, **k: seen.append(k["groups"]) or fit(*a, **k))
    assert train("grouped.npz", "--group", "patient", "--baselines", "--out", "run").code == 0
    assert seen[0].tolist() == patient.tolist()
    assert 'group = "patient"' in Path("run/config.toml").read_text()
    for name, array in {"X": held["X"], "y": held["y"], "who": np.arange(120) % 15}.items():
        (tmp_path / "arrays").mkdir(exist_ok=True)
        np.save(tmp_path / "arrays" / f"{name}.npy", array)
    assert train("arrays", "--group", "who", "--out", "run2").code == 0
    assert seen[1].tolist() == (np.arange(120) % 15).tolist()


def test_summary_takes_what_train_takes(foveal, files):
    held = np.load(files / "tested.npz")
    np.savez("grouped.npz", X=held["X"], y=held["y"], patient=np.arange(len(held["X"])) % 15)
    assert foveal("summary", "grouped.npz", "--group", "patient").out.startswith("input (")
    result = foveal("summary", "grouped.npz", "--group", "person")
    assert result.code == 3
    assert "person" in result.one_line()
    result = foveal("summary", "model.safetensors", "--group", "patient")
    assert result.code == 2
    assert "--read and --group are for data, but model.safetensors is a model; leave them out" in result.one_line()
