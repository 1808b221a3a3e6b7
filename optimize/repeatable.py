"""What was observed and may be observed again, more often or at another level."""

from collections.abc import Iterable

from ionlink.data.formulation import Formulation
from ionlink.optimize.sameness import deviation
from ionlink.optimize.space import DesignSpace


def repeatable(
    observed: Iterable[Formulation], space: DesignSpace, asked_for: Iterable[Formulation]
) -> list[Formulation]:
    """Those that the space allows, or that may have been made for something asked for that it allows.

    What was made may lie a little outside of the ranges, or of a pool.
    """
    allowed = [formulation for formulation in dict.fromkeys(asked_for) if space.fault(formulation) is None]
    return [f for f in observed if space.fault(f) is None or any(deviation(f, other) <= 1 for other in allowed)]
