import json
import shutil

from .conftest import SMALL


def test_a_run_leaves_page_card_and_pictures(foveal, tmp_path):
    result = foveal("train", "digits", *SMALL, "--epochs", 1, "--seed", 0, "--out", "run")
    assert result.code == 0
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "model.safetensors", "config.toml", "history.csv", "results.json", "report.html", "model_card.md", "pictures",
    }  # fmt: skip
    before = (tmp_path / "run/report.html").read_bytes()
    (tmp_path / "run/report.html").unlink()
    again = foveal("report", "run")
    assert (again.code, again.out) == (0, "")
    assert "wrote run/report.html" in again.err
    assert (tmp_path / "run/report.html").read_bytes() == before


def test_what_is_no_run(foveal, trained, tmp_path):
    assert "holds no results.json" in foveal("report", "nothing").one_line()
    (tmp_path / "results.json").write_text(json.dumps({"format": 2}))
    assert "newer foveal" in foveal("report", tmp_path).one_line()


def test_a_page_of_several_runs(foveal, trained, tmp_path):
    shutil.copytree(trained, "other")
    result = foveal("compare", trained, "other", "--page", "two.html")
    assert (result.code, result.err) == (0, "foveal: wrote two.html\n")
    assert (tmp_path / "two.html").read_text().count("CNNClassifier on digits") == 2
    assert "must end in .html" in foveal("compare", trained, trained, "--page", "two.txt").one_line()
    assert "at least two" in foveal("compare", trained, "--page", "two.html").one_line()
    assert "expected two models and a data set" in foveal("compare", trained, "digits").one_line()
