"""Charts as pages draw them: bars of an SVG, each with what it says."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

# In which a chart is drawn; it is shown as wide as there is room.
WIDTH, HEIGHT = 720, 120
GAP = Decimal("0.2")


class Bar(NamedTuple):
    """A bar, from its lower edge, in the units of the drawing."""

    label: str
    told: str
    x: str
    y: str
    width: str
    height: str


def bars(
    values: Sequence[tuple[str, Decimal]], say: Callable[[Decimal], str]
) -> list[Bar]:
    """Bars side by side, the highest as high as the drawing."""
    if not values:
        return []
    highest = max(*(value for _, value in values), Decimal(0)) or Decimal(1)
    step = Decimal(WIDTH) / len(values)
    width = step * (1 - GAP)
    drawn = []
    for place, (label, value) in enumerate(values):
        height = max(value, Decimal(0)) / highest * HEIGHT
        drawn.append(
            Bar(
                label,
                say(value),
                f"{place * step + step * GAP / 2:.1f}",
                f"{HEIGHT - height:.1f}",
                f"{width:.1f}",
                f"{height:.1f}",
            )
        )
    return drawn
