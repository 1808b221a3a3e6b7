"""What must not be proposed: single pairs, and whatever a known constraint objects to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ionlink.data.formulation import Formulation
from ionlink.data.naming import cation_name, ligand_or_molecule_name
from ionlink.optimize.combination import Combination
from ionlink.optimize.constraint import Constraint

Pair = tuple[str, str]
"""A cation and a ligand."""


class Exclusion(BaseModel):
    """A cation that must not be proposed on a ligand, alone or with another one, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cation: str
    ligand: str
    reason: str = Field(min_length=1)

    @field_validator("cation")
    @classmethod
    def _known_cation(cls, name: str) -> str:
        return cation_name(name)

    @field_validator("ligand")
    @classmethod
    def _known_ligand(cls, name: str) -> str:
        return ligand_or_molecule_name(name)


@dataclass(frozen=True)
class Rules:
    """Exclusions and constraints of a design space; the latter told apart by what they depend on."""

    exclusions: tuple[Exclusion, ...]
    constraints: tuple[Constraint, ...]

    variables: frozenset[str]
    """Continuous variables that differ among the formulations of one combination."""

    def excluded(self, combination: Combination) -> str | None:
        """Why the combination is excluded, if it is."""
        reasons = (self._reasons.get((cation, combination.ligand)) for cation in combination.cations)
        return next((reason for reason in reasons if reason is not None), None)

    def combination_fault(self, combination: Combination, probes: Iterable[Formulation]) -> str | None:
        """Why no formulation of a combination may be proposed, as far as some of them (`probes`) tell."""
        reason = self.excluded(combination)
        if reason is not None or not self.constraints:
            return reason
        reasons: list[str] = []
        for formulation in probes:
            found = None if reasons else first_fault(self.on_members, formulation)
            if found is not None:
                return found
            found = first_fault(self.on_variables, formulation)
            if found is None:
                return None
            reasons.append(found)
        return reasons[0]

    def fault(self, formulation: Formulation) -> str | None:
        """Why an exclusion or a constraint objects to a formulation."""
        return self.excluded(Combination.of(formulation)) or first_fault(self.constraints, formulation)

    @cached_property
    def on_members(self) -> tuple[Constraint, ...]:
        """Constraints that say the same of all formulations of a combination."""
        return tuple(c for c in self.constraints if not c.depends_on & self.variables)

    @cached_property
    def on_variables(self) -> tuple[Constraint, ...]:
        """The others."""
        return tuple(c for c in self.constraints if c.depends_on & self.variables)

    @cached_property
    def _reasons(self) -> Mapping[Pair, str]:
        return {(e.cation, e.ligand): e.reason for e in self.exclusions}


def first_fault(constraints: Iterable[Constraint], formulation: Formulation) -> str | None:
    """What the first constraint that objects says."""
    return next((reason for c in constraints if (reason := c.fault(formulation)) is not None), None)
