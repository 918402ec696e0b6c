"""What of our environment a helper process is given: nothing that is a secret."""

import os
import re

# Where programs and their libraries are, in which language they speak, and where
# what they do not keep goes; and how often coverage was asked to look.
_ALLOWED = re.compile(
    r"PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|LD_LIBRARY_PATH|DYLD_\w+"
    r"|PYTHON\w+|VIRTUAL_ENV|OPENBLAS_\w+|OMP_NUM_THREADS|COVERAGE_\w+|COV_CORE_\w+"
)


def harmless_environment() -> dict[str, str]:
    """The variables that a helper may know; whatever else is set stays with us."""
    return {
        name: value for name, value in os.environ.items() if _ALLOWED.fullmatch(name)
    }
