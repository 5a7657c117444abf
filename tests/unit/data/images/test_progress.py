from foveal.data.images.progress import SILENT


def test_silence():
    assert SILENT.say("anything") is None
    assert SILENT.show("decoding", 1, 0, 2) is None
