import pytest

from foveal.data.images.records import BadPicture
from foveal.data.volumes.dicom.places import cross, numbers, places_of

from ..made import pydicom

Dataset = pydicom.Dataset


def item(**elements):
    made = Dataset()
    for name, value in elements.items():
        setattr(made, name, value)
    return made


def test_what_a_plain_file_says():
    data = item(ImagePositionPatient=[1, 2, 3], ImageOrientationPatient=[1, 0, 0, 0, 1, 0], PixelSpacing=[0.5, 0.8])
    data.RescaleSlope, data.RescaleIntercept, data.SliceThickness = 2, -1000, 5
    places = places_of(data, 1)
    assert places.positions == ((1, 2, 3),)
    assert (places.distances, places.depth, places.scales) == ((0.5, 0.8), 5, ((2, -1000),))


def test_functional_groups_of_frames_go_before_those_that_all_share():
    shared = item(
        PixelMeasuresSequence=[item(PixelSpacing=[1, 2], SliceThickness=4)],
        PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        PixelValueTransformationSequence=[item(RescaleSlope=9, RescaleIntercept=9)],
    )
    frames = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[0, 0, z])],
            PixelValueTransformationSequence=[item(RescaleSlope=z + 1, RescaleIntercept=-z)],
        )
        for z in range(3)
    ]
    places = places_of(item(SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=frames), 3)
    assert places.positions == ((0, 0, 0), (0, 0, 1), (0, 0, 2))
    assert places.orientation == ((1, 0, 0, 0, 1, 0),) * 3
    assert (places.distances, places.depth) == ((1, 2), 4)
    assert places.scales == ((1, 0), (2, -1), (3, -2))


@pytest.mark.parametrize("offsets", [[0, 2, 4], [30, 32, 34]])
def test_a_dose_grid_has_its_offsets_along_the_normal(offsets):
    data = item(ImagePositionPatient=[1, 2, 30], ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    data.GridFrameOffsetVector, data.DoseGridScaling = offsets, 0.25
    places = places_of(data, 3)
    assert places.positions == ((1, 2, 30), (1, 2, 32), (1, 2, 34))
    assert places.scales == ((0.25, 0),)


def test_several_frames_at_one_position_have_none():
    data = item(ImagePositionPatient=[1, 2, 30], ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    assert places_of(data, 3).positions is None


def test_distances_of_a_detector_where_there_are_no_others():
    assert places_of(item(ImagerPixelSpacing=[0.1, 0.2]), 1).distances == (0.1, 0.2)
    assert places_of(item(PixelSpacing=[0, 0]), 1).distances is None
    assert places_of(item(), 1) == (None, None, None, None, ((1, 0),))


def test_numbers_that_are_none():
    assert numbers(item(PixelSpacing=None), "PixelSpacing", 2) is None
    with pytest.raises(BadPicture, match="has a PixelSpacing of 3 numbers"):
        numbers(item(PixelSpacing=[1, 2, 3]), "PixelSpacing", 2)
    with pytest.raises(BadPicture, match="has a PixelSpacing of 2 numbers, or too large ones"):
        numbers(item(PixelSpacing=[1, 1e30]), "PixelSpacing", 2)
    assert cross((0, 1, 0), (0, 0, 1)) == (1, 0, 0)
