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


def test_the_results_may_be_named_themselves(foveal, trained, tmp_path):
    shutil.copytree(trained, "run")
    assert foveal("report", "run/results.json").err == "foveal: wrote run/report.html and run/model_card.md\n"


def test_damaged_results_of_several_runs(foveal, trained, tmp_path):
    shutil.copytree(trained, "other")
    results = tmp_path / "other/results.json"
    results.write_text(json.dumps(json.loads(results.read_text()) | {"history": {}}))
    assert "is damaged" in foveal("compare", trained, "other", "--page", "two.html").one_line()
    assert not (tmp_path / "two.html").exists()


def test_what_lies_in_the_folder_is_left(foveal, tmp_path):
    own = tmp_path / "mine/pictures/holiday.png"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    (tmp_path / "mine/model_card.md").write_text("mine")
    assert foveal("train", "digits", *SMALL, "--epochs", 1, "--seed", 0, "--out", "mine", "-q").code == 0
    assert (own.read_bytes(), (tmp_path / "mine/model_card.old.md").read_text()) == (b"mine", "mine")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/results.json").write_text("{}")
    refused = foveal("train", "digits", *SMALL, "--epochs", 1, "--seed", 0, "--out", "other", "-q")
    assert "--out other already holds a results.json" in refused.one_line()


def test_a_run_without_a_report_says_so(foveal, trained, tmp_path):
    shutil.copytree(trained, "run")
    results = json.loads((tmp_path / "run/results.json").read_text())
    del results["findings"]
    (tmp_path / "run/results.json").write_text(json.dumps(results))
    refused = foveal("report", "run")
    assert refused.code == 4
    assert "made with --no-report, or broken off" in refused.one_line()
