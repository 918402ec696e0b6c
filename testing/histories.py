"""How long random histories are."""

import os


def is_long() -> bool:
    """Whether a run is to be as long as before a release (`script/test --long`)."""
    return "LONG_HISTORIES" in os.environ
