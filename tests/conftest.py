"""Settings for all tests."""

import os
import signal
import threading

from hypothesis import settings

# No deadline: machines are small and noisy. In CI the same examples each time: a red run must be
# due to the change; developers' runs go on searching.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

# A shell that starts the tests in its background has them ignore Ctrl-C, and so would the programs
# that the tests start and end with it.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
