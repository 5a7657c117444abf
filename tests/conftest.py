"""What every test process needs before it imports anything."""

import os
import signal

# A shell makes its background jobs ignore Ctrl-C, and so would the processes that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# scikit-learn runs its array API check only if SciPy was imported with this.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
