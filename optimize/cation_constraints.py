"""Known constraints on cations: hydrolysis, soluble salts, redox stability, toxicity."""

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from ionlink.data import cations
from ionlink.data.cation import Cation
from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.naming import cation_name
from ionlink.optimize.combination import Combination
from ionlink.optimize.constraint import CationConstraint, Limit

TOXICITY_CLASSES = ("1", "2A", "2B", "3", "other")
"""Of ICH Q3D(R2), from toxic by every route to of no concern."""

LITHIUM = "Li+"


class Hydrolysis(CationConstraint):
    """No cation that hydrolyses at the pH, because it would precipitate as hydroxide or oxide.

    The share of M among M and MOH that is MOH, by the first hydrolysis constant *K of M + H₂O = MOH + H⁺
    (`log_k_hydrolysis`, P. L. Brown and C. Ekberg, doi:10.1002/9783527656189), is x = 1 / (1 + 10^(−log *K − pH)): one
    half where the pH is −log *K. Polynuclear species and solids begin close by; neither they nor the protection by a
    strongly binding ligand are in it, so `most_hydrolysed` says how much is borne.
    """

    kind: Literal["hydrolysis"] = "hydrolysis"

    ph: float | None = Field(default=None, ge=-2, le=16)
    """pH of formulations that do not say theirs."""

    most_hydrolysed: float = Field(default=0.5, gt=0, lt=1)
    """Largest share of the cation that may be hydrolysed."""

    @property
    def depends_on(self) -> AbstractSet[str]:
        """The pH."""
        return frozenset({"ph"})

    def misfits(self, variables: AbstractSet[str]) -> list[str]:
        """A pH must come from somewhere."""
        if self.ph is None and "ph" not in variables:
            return ["hydrolysis: there is no pH; give one here (ph = 5), or a range of them to the space"]
        return []

    def limits(self, members: Combination) -> Sequence[Limit]:
        """The highest pH of each cation."""
        beyond = math.log10((1 - self.most_hydrolysed) / self.most_hydrolysed)
        constants = (cations()[name].log_k_hydrolysis for name in members.cations)
        return tuple(Limit.of({"ph": 1.0}, -log_k - beyond) for log_k in constants if log_k is not None)

    def _cation_fault(self, cation: Cation, formulation: Formulation) -> str | None:
        ph = self.ph if formulation.ph is None else formulation.ph
        if ph is None:
            return "hydrolysis: the formulation has no pH"
        if cation.log_k_hydrolysis is None:
            return self._not_known(cation, "its hydrolysis constant")
        share = hydrolysed_share(cation.log_k_hydrolysis, ph)
        if share <= self.most_hydrolysed or math.isclose(share, self.most_hydrolysed):
            return None
        return (
            f"{cation.name}: {100 * share:.3g} % is hydrolysed at pH {ph:g} (log *K {cation.log_k_hydrolysis:g}), "
            f"more than {100 * self.most_hydrolysed:g} %"
        )

    def __str__(self) -> str:
        return "hydrolysis" if self.ph is None else f"hydrolysis at pH {self.ph:g}"


def hydrolysed_share(log_k_hydrolysis: float, ph: float) -> float:
    """Share of a cation that has lost a proton of its water, between 0 and 1, by mass action of the first step."""
    return float(1.0 / (1.0 + 10.0 ** (-log_k_hydrolysis - ph)))


class Solubility(CationConstraint):
    """Only cations of which the table of cations has a salt that dissolves well in water (`soluble_salt`).

    A cation without an entry may well have such a salt: it is left out all the same, unless `others` names it. To allow
    all that is not known would allow every cation.
    """

    kind: Literal["solubility"] = "solubility"
    unknown: Literal["exclude"] = "exclude"

    others: tuple[str, ...] = ()
    """Further cations of which the user has a soluble salt."""

    @field_validator("others")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(cation_name(name) for name in names)

    def _cation_fault(self, cation: Cation, formulation: Formulation) -> str | None:  # noqa: ARG002
        if cation.soluble_salt is not None or cation.name in self.others:
            return None
        return (
            f"{cation.name}: is left out, because the knowledge base has no soluble salt of it; "
            "if you have one, name the cation in others of the constraint solubility"
        )

    def __str__(self) -> str:
        return "solubility"


class Redox(CationConstraint):
    """Only cations that an electrode leaves alone between two potentials.

    By standard potentials in water at 25 °C (`reduction_potential` and `oxidation_potential`, sources in the table of
    cations), so a guide for other solvents: a cation is reduced where the electrode goes below its own potential, and
    oxidised where it goes above that of what its oxidation gives. One in the highest state of its element is not.
    """

    kind: Literal["redox"] = "redox"

    lowest_v: float | None = None
    """Lowest potential of the electrode, such as of an anode that is charged."""

    highest_v: float | None = None
    """Highest potential of the electrode."""

    against: Literal["SHE", "Li+/Li"] = "SHE"
    """Electrode that both are measured against; Li⁺/Li lies at the table's own potential of Li⁺."""

    @model_validator(mode="after")
    def _a_window(self) -> Self:
        if self.lowest_v is None and self.highest_v is None:
            raise InputError("redox: no limit is given; give lowest_v, highest_v, or both")
        if self.lowest_v is not None and self.highest_v is not None and self.lowest_v >= self.highest_v:
            raise InputError(f"redox: lowest_v ({self.lowest_v:g}) must be below highest_v ({self.highest_v:g})")
        return self

    def _cation_fault(self, cation: Cation, formulation: Formulation) -> str | None:  # noqa: ARG002
        reduced, oxidised = cation.reduction_potential_v, _oxidation_potentials_v().get(cation.name)
        if self.lowest_v is not None:
            if reduced is None:
                return self._not_known(cation, "its reduction potential")
            if reduced > self._she(self.lowest_v):
                return f"{cation.name}: is reduced below {reduced:g} V vs SHE; lowest_v is {self._seen(self.lowest_v)}"
        if self.highest_v is None or cation.in_highest_state:
            return None
        if oxidised is None:
            return self._not_known(cation, "its oxidation potential")
        if oxidised < self._she(self.highest_v):
            return f"{cation.name}: is oxidised above {oxidised:g} V vs SHE; highest_v is {self._seen(self.highest_v)}"
        return None

    def _she(self, volts: float) -> float:
        """A potential against the standard hydrogen electrode."""
        return volts if self.against == "SHE" else volts + (cations()[LITHIUM].reduction_potential_v or 0.0)

    def _seen(self, volts: float) -> str:
        return f"{volts:g} V vs {self.against}"

    def __str__(self) -> str:
        limits = [f"{v:g}" for v in (self.lowest_v, self.highest_v) if v is not None]
        return f"redox at {' to '.join(limits)} V vs {self.against}"


@cache
def _oxidation_potentials_v() -> dict[str, float]:
    """By cation, the lowest potential of a couple that it is the reduced form of."""
    found = {c.name: c.oxidation_potential_v for c in cations().values() if c.oxidation_potential_v is not None}
    for cation in cations().values():
        if cation.reduction_product is not None and cation.reduction_potential_v is not None:
            lowest = min(found.get(cation.reduction_product, float("inf")), cation.reduction_potential_v)
            found[cation.reduction_product] = lowest
    return found


class Toxicity(CationConstraint):
    """Only cations whose element is in a class of ICH Q3D(R2) that is mild enough."""

    kind: Literal["toxicity"] = "toxicity"

    worst: Literal["1", "2A", "2B", "3", "other"]
    """Worst class that is borne; `1` is toxic by every route, `other` an element without a limit of its own."""

    def _cation_fault(self, cation: Cation, formulation: Formulation) -> str | None:  # noqa: ARG002
        if cation.toxicity_class is None:
            return self._not_known(cation, "the toxicity class of its element")
        if TOXICITY_CLASSES.index(cation.toxicity_class) >= TOXICITY_CLASSES.index(self.worst):
            return None
        return f"{cation.name}: its element is in toxicity class {cation.toxicity_class}, worse than {self.worst}"

    def __str__(self) -> str:
        return f"toxicity class {self.worst} or milder"
