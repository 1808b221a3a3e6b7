"""A hunch: what a chemist wants to be tried first, before the space is explored."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, field_validator

from ionlink.data.formulation import Formulation
from ionlink.data.naming import cation_name
from ionlink.optimize.combination import Combination
from ionlink.optimize.sameness import is_among
from ionlink.optimize.space import DesignSpace


class Start(BaseModel):
    """What comes first, as long as no model rests on the campaign's own level.

    Formulations, then each of some cations once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    formulations: tuple[Formulation, ...] = ()
    """In this order."""

    cations: tuple[str, ...] = ()
    """In this order, each on the ligand and at the ratio that the space filling chooses: alone where the space allows
    that, else as the first cation of a mixture, else as the second."""

    @field_validator("cations")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cation_name(name) for name in names))

    def is_tried(self, tried: Sequence[Formulation], space: DesignSpace) -> bool:
        """Whether all of it was, but for what a space does not allow (any more)."""
        formulations = (f for f in self.formulations if not space.fault(f))
        cations = (name for name in self.cations if not _nowhere(name, space))
        return all(is_among(wanted, tried) for wanted in formulations) and all(
            any(prominence(name, f) for f in tried) for name in cations
        )

    def faults(self, space: DesignSpace) -> list[str]:
        """One line for each formulation or cation that the space does not allow."""
        reasons = ((f, space.fault(f)) for f in self.formulations)
        found = [f"formulations: {f} cannot be proposed: {reason}" for f, reason in reasons if reason]
        return found + [f"cations: {name} {reason}" for name in self.cations if (reason := _nowhere(name, space))]


def prominence(cation: str, members: Formulation | Combination) -> int:
    """How well it would be tried: 3 where it comes alone, 2 as the first of two cations, 1 as the second, else 0."""
    if cation == members.cation:
        return 3 if members.second_cation is None else 2
    return int(cation == members.second_cation)


def _nowhere(cation: str, space: DesignSpace) -> str | None:
    """Why no formulation of a space has a cation; `None` where one has, or where the space is too large to look."""
    choices = [choice for choice in space.cation_choices if cation in choice]
    if not choices:
        return "is not in the space"
    if not space.is_read:
        return None
    reason = None
    for first, second in choices:
        for ligand in space.ligands:
            combination = Combination(first, ligand, second)
            if space.pool is not None and combination not in space.combinations:
                continue
            reason = space.combination_fault(combination)
            if reason is None:
                return None
    return f"cannot be proposed: {reason}"
