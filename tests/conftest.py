"""Settings for all tests."""

import os

from hypothesis import settings

# No deadline: machines are small and noisy. In CI the same examples each time: a red run must be
# due to the change; developers' runs go on searching.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
