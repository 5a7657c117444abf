import gc
import subprocess
import sys

import pytest

from foveal.core.garbage import loading, uncollected


@pytest.mark.parametrize("still", [uncollected, loading])
@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_held_still_and_left_as_it_was(still, on):
    was, frozen = gc.isenabled(), gc.get_freeze_count()
    try:
        (gc.enable if on else gc.disable)()
        with pytest.raises(ZeroDivisionError), still():  # noqa: PT012
            assert not gc.isenabled()
            raise ZeroDivisionError
        assert gc.isenabled() == on
        with still():
            import torch  # noqa: F401  (loaded already: nothing is frozen)
        assert (gc.isenabled(), gc.get_freeze_count()) == (on, frozen)
    finally:
        (gc.enable if was else gc.disable)()


def test_what_is_loaded_first_is_never_looked_through_again():
    code = "import gc\nfrom foveal.core.garbage import loading\nwith loading():\n    import torch\n"
    code += "print(gc.get_freeze_count())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 100_000
