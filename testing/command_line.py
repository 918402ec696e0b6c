"""Commands, run in this process as an operator types them."""

from collections.abc import Callable

from click.testing import Result

Run = Callable[..., Result]
