import numpy as np

from foveal.data.dataset import Dataset
from foveal.data.text.pairs import Pairs
from foveal.data.text.texts import Texts
from foveal.doctor.texts import empty_texts, subject_of_text_set

from .planted import opened


def test_a_table_gives_texts_labels_parts_and_groups(tmp_path):
    (tmp_path / "t.csv").write_text("text,label,split,who\ngood,p,train,ann\n,n,train,bob\nbad,n,test,ann\n")
    subject = opened(tmp_path / "t.csv", group="who")
    assert list(subject.texts) == ["good", "", "bad"]
    assert (subject.classes, subject.part.tolist()) == (("n", "p"), ["train", "train", "test"])
    assert subject.groups.tolist() == ["ann", "bob", "ann"]
    assert subject.look(0).text == "good"
    (empty,) = empty_texts(subject)
    assert empty.groups == ((1,),)


def test_a_folder_gives_names_of_files(tmp_path):
    for name in ("a/1.txt", "b/2.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("x y")
    subject = opened(tmp_path / "a" / "..")
    assert list(subject.names) == ["a/1.txt", "b/2.txt"]
    assert empty_texts(subject) == []


def test_parts_of_a_set_follow_each_other_and_pairs_are_one_text():
    data = Dataset("t", Texts(["a", "b"]), np.array([0, 1]), Texts(["c"]), np.array([1]), ("no", "yes"))
    subject = subject_of_text_set("t", data)
    assert list(subject.names) == ["train row 0", "train row 1", "test row 0"]
    assert subject.label(2) == "yes"
    pairs = Pairs.of(["cat"], ["Katze"])
    assert list(subject_of_text_set("p", Dataset("p", pairs, np.array(["Katze"], object))).texts) == ["cat\nKatze"]
