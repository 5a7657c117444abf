import numpy as np
import pytest

from foveal.cli.mask_rows import Wanted, check_instances, columns_for, shares_in
from foveal.cli.row_files import Column
from foveal.core.errors import ParameterError
from foveal.data.images.reading.label_colours import Coloured

CLASSES = [Coloured(n, name, (n, n, n)) for n, name in enumerate(("ground", "inside"))]


def test_boundaries_by_name():
    classes = [Coloured(n, name, (n, n, n)) for n, name in enumerate(("ground", "inside", "Border"))]
    check_instances(classes)
    check_instances([each._replace(name=str(each.label)) for each in classes])
    with pytest.raises(ParameterError, match="this one has ground, inside"):
        check_instances(classes[:2])


def test_columns_and_shares():
    names = [column.name for column in columns_for(CLASSES, Wanted(instances=True), [Column("voxels", "string")])]
    assert names == ["file", "mask", "voxels", "share_ground", "share_inside", "objects", "problem"]
    assert shares_in(np.array([0, 1, 1, 9]), CLASSES) == {"share_ground": 0.25, "share_inside": 0.5}
