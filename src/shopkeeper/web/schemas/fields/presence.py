"""Fields that may be absent, but not null: `model_fields_set` tells which were."""

from typing import Any

from pydantic import Field


def absent() -> Any:
    """Say in a field's declaration that leaving it out changes nothing."""
    return Field(default_factory=lambda: None)
