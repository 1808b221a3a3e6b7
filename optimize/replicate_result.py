"""What an oracle says of a replicate, as it can be kept: numbers, under the names of what it observes."""

import math
from collections.abc import Mapping
from typing import Any

from ionlink.optimize.errors import UnusableResult


def checked_values(values: Any, outcomes: tuple[str, ...]) -> dict[str, float]:  # noqa: ANN401 - an oracle of one's own may give anything
    """The values by outcome, as plain numbers, be they NumPy's.

    Raises:
        UnusableResult: something is no number, or has a name that is none of the `outcomes`; or there is nothing.

    """
    if not isinstance(values, Mapping) or not values:
        raise UnusableResult(f"it gave {values!r}; values by outcome are needed")
    if strangers := [str(name) for name in values if name not in outcomes]:
        raise UnusableResult(f"it gave {', '.join(strangers)}; it observes {', '.join(outcomes)}")
    return {str(name): _number(name, value) for name, value in values.items()}


def _number(name: str, value: Any) -> float:  # noqa: ANN401 - as above
    is_one = not isinstance(value, str | bytes) and not getattr(value, "ndim", 0)
    try:
        number = float(value) if is_one else math.nan
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UnusableResult(f"{name}: {value!r} is no finite number")
    return number
