"""How an improvement compares with what was reached, in words."""

from typing import Literal

Measure = Literal["hypervolume", "value"]
"""What improves: the hypervolume in the product of the desirabilities' units, or the one value of the aim."""

REACHED: dict[Measure, str] = {"hypervolume": "what was reached", "value": "how far the best is above the median"}
"""What improvements are compared with: a value alone has no zero to count from."""

MOST = 3.0
"""A larger share says only that next to nothing was reached so far."""


def of_reached(share: float, measure: Measure, percentage: str) -> str:
    """A share as `percentage` has it, and what it is of."""
    return f"{'several times' if share > MOST else f'{percentage} of'} {REACHED[measure]}"
