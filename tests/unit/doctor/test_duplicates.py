import numpy as np

from foveal.data.images.progress import SILENT
from foveal.doctor.duplicates import duplicates

from .planted import drawing, of_arrays, opened, saved


def test_copies_within_a_part_across_parts_and_with_other_labels_are_told_apart(tmp_path):
    for n in range(4):
        saved(tmp_path / "train" / "cat" / f"{n}.png", drawing(n))
    saved(tmp_path / "train" / "cat" / "0 again.bmp", drawing(0))
    saved(tmp_path / "test" / "cat" / "1.png", drawing(1))
    saved(tmp_path / "train" / "dog" / "2.png", drawing(2))
    saved(tmp_path / "test" / "cat" / "3.jpg", drawing(3), quality=90)
    subject = opened(tmp_path)
    found = {finding.check: finding for finding in duplicates(subject, SILENT)}

    def named(check):
        return [{*map(subject.name, group)} for group in found[check].groups]

    assert named("exact-duplicates-across-splits") == [{"test/cat/1.png", "train/cat/1.png"}]
    assert named("exact-duplicates-with-different-labels") == [{"train/cat/2.png", "train/dog/2.png"}]
    assert {"train/cat/0.png", "train/cat/0 again.bmp"} in named("exact-duplicates")
    assert named("near-duplicates-across-splits") == [{"test/cat/3.jpg", "train/cat/3.png"}]
    across = found["exact-duplicates-across-splits"]
    assert (across.severity, across.remarks) == ("error", ("train and test",))
    said = {subject.name(s.row): s.action for s in across.suggestions}
    assert said == {"test/cat/1.png": "keep", "train/cat/1.png": "drop"}  # what measures stays as it is
    assert {s.action for s in found["exact-duplicates-with-different-labels"].suggestions} == {"keep"}


def test_rows_of_a_table_are_the_same_after_rounding():
    X = np.random.default_rng(0).normal(size=(50, 6))
    X[7] = X[3] + 1e-9
    found = duplicates(of_arrays(X, np.zeros(50, int)), SILENT)
    assert [(f.check, f.groups) for f in found] == [("near-duplicates", ((3, 7),))]


def test_without_copies_nothing_is_said():
    X = np.random.default_rng(0).integers(0, 256, (20, 12, 12), dtype=np.uint8)
    assert duplicates(of_arrays(X, np.zeros(20, int)), SILENT) == []
