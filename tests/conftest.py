"""What every test process needs before it imports anything."""

import os

# scikit-learn runs its array API check only if SciPy was imported with this.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
