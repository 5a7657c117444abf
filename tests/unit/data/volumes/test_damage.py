import logging
import warnings
import zlib

import pytest

from foveal.core.errors import ResourceError
from foveal.data.images.records import BadPicture
from foveal.data.volumes.damage import damage_told, needed

MARKER = "SMITH^ANNA"


@pytest.mark.parametrize("error", [ValueError, KeyError, RuntimeError, OSError, RecursionError, NotImplementedError])
def test_what_a_library_says_is_not_repeated_and_is_no_cause(error):
    with pytest.raises(BadPicture) as caught, damage_told():
        raise error(MARKER)
    assert MARKER not in str(caught.value)
    assert error.__name__ in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_cut_off_and_not_there():
    for error in (EOFError(MARKER), zlib.error(MARKER)):
        with pytest.raises(BadPicture, match="cut off"), damage_told():
            raise error
    with pytest.raises(BadPicture, match="cannot be read: Permission denied"), damage_told():
        raise PermissionError(13, "Permission denied", MARKER)


def test_errors_of_the_libraries_own_kinds():
    errors = pytest.importorskip("pydicom.errors")
    headers = pytest.importorskip("nibabel.spatialimages")
    for kind in (errors.InvalidDicomError, errors.BytesLengthException, headers.HeaderDataError):
        with pytest.raises(BadPicture), damage_told():
            raise kind(MARKER)


def test_a_reason_of_ours_and_a_lack_of_memory_stay_what_they_are():
    with pytest.raises(BadPicture, match=r"^is odd$"), damage_told():
        raise BadPicture("is odd")
    with pytest.raises(MemoryError), damage_told():
        raise MemoryError


def test_libraries_are_quiet(capsys, caplog):
    with damage_told():
        logging.getLogger("pydicom.pixels.decoders.base").error(MARKER)
        warnings.warn_explicit(MARKER, UserWarning, "misc.py", 1, module="pydicom.misc")
    assert MARKER not in capsys.readouterr().err + caplog.text
    assert logging.getLogger("pydicom").level <= logging.CRITICAL


def test_a_missing_package_is_named_with_the_way_to_it():
    with pytest.raises(ResourceError, match=r'notthere is needed: pip install "foveal\[medical\]"'):
        needed("notthere.inside")
