"""What every known constraint of a design space has: it says why a formulation must not be proposed."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from ionlink.data import cations
from ionlink.data.cation import Cation
from ionlink.data.formulation import Formulation
from ionlink.optimize.combination import Combination

Unknown = Literal["allow", "exclude"]
"""What becomes of a formulation of which the property in question is not known."""


class Limit(NamedTuple):
    """A weighted sum of continuous variables that must not exceed `upper`."""

    coefficients: tuple[tuple[str, float], ...]
    """With the name of each variable, or `log10_ratio`; none is 0."""

    upper: float

    @classmethod
    def of(cls, coefficients: Mapping[str, float], upper: float) -> "Limit":
        """Without the variables that do not count."""
        return cls(tuple((name, coefficient) for name, coefficient in coefficients.items() if coefficient), upper)


class Constraint(BaseModel, ABC):
    """A rule that is known before anything is tried, unlike a failure, which is learned."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @abstractmethod
    def fault(self, formulation: Formulation) -> str | None:
        """Why the formulation must not be proposed, in one line; `None` where it may."""

    @property
    def depends_on(self) -> AbstractSet[str]:
        """Continuous variables (fields of `Formulation`) that the answer depends on, beside cations and ligand."""
        return frozenset()

    @property
    def depends_on_order(self) -> bool:
        """Whether the answer depends on which cation of a mixture is named first."""
        return False

    def limits(self, members: Combination) -> Sequence[Limit]:  # noqa: ARG002 - what a subclass may ask for
        """What it amounts to for the continuous variables of these members, where it depends on any.

        Nothing more than it says: what it says beside may be missing.
        """
        return ()

    def misfits(self, variables: AbstractSet[str]) -> list[str]:  # noqa: ARG002 - what a subclass may ask for
        """What is wrong with this constraint in a space that has these continuous variables."""
        return []


class CationConstraint(Constraint):
    """A rule about each cation of a formulation."""

    unknown: Unknown = "exclude"
    """What becomes of a cation of which the property is not known: nothing is promised of it, so it is left out."""

    def fault(self, formulation: Formulation) -> str | None:
        """The fault of the first cation that has one."""
        for name in formulation.shares:
            reason = self._cation_fault(cations()[name], formulation)
            if reason is not None:
                return reason
        return None

    @abstractmethod
    def _cation_fault(self, cation: Cation, formulation: Formulation) -> str | None:
        """Why a formulation with this cation must not be proposed."""

    def _not_known(self, cation: Cation, what: str) -> str | None:
        return None if self.unknown == "allow" else f"{cation.name}: {what} is not known"
