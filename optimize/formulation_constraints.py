"""Known constraints on whole formulations: charge balance, price, members, linear limits."""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from ionlink.data import cations, ligands
from ionlink.data.donor_group import donor_group
from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.naming import cation_name, ligand_or_molecule_name
from ionlink.optimize.combination import Combination
from ionlink.optimize.constraint import Constraint, Limit, Unknown

ROUNDING = 1e-9
"""Share of the largest term by which a sum may exceed its limit."""


class ChargeBalance(Constraint):
    """Charge of the cations per negative charge of the donor groups, between two limits.

    It is z̄ / (r p): z̄ the mean charge of the cations by amount of substance, r the ratio (donor groups per cation), p
    the protons that a donor group loses before it binds (1 for a carboxylate, 2 for a catechol; of a small molecule the
    descriptor `acidic_protons`). At 1 each negative charge has its positive one; above, the cations need other anions
    beside the polymer's.
    """

    kind: Literal["charge_balance"] = "charge_balance"

    lower: float = Field(default=0.0, ge=0)
    upper: float = Field(default=1.0, gt=0)

    unknown: Unknown = "exclude"
    """What becomes of a ligand without acidic donor groups, or of a formulation without a ratio."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.lower >= self.upper:
            raise InputError(f"charge_balance: lower ({self.lower:g}) must be below upper ({self.upper:g})")
        return self

    @property
    def depends_on(self) -> AbstractSet[str]:
        """Ratio and share of the second cation."""
        return frozenset({"ratio", "second_fraction"})

    def limits(self, members: Combination) -> Sequence[Limit]:
        """Both, times the negative charge; without one nothing depends on the variables."""
        charge, *second = (cations()[name].charge for name in members.cations)
        more = second[0] - charge if second else 0.0
        protons = _acidic_protons(members.ligand)
        if not protons > 0:
            return ()
        return (
            Limit.of({"second_fraction": more, "ratio": -self.upper * protons}, -charge),
            Limit.of({"second_fraction": -more, "ratio": self.lower * protons}, charge),
        )

    def fault(self, formulation: Formulation) -> str | None:
        """Why the charges do not match."""
        charge = sum(share * cations()[name].charge for name, share in formulation.shares.items())
        protons = _acidic_protons(formulation.ligand)
        if formulation.ratio is None or not protons > 0:
            missing = "ratio" if formulation.ratio is None else "acidic donor group"
            return None if self.unknown == "allow" else f"charge balance: {formulation} has no {missing}"
        balance = charge / (formulation.ratio * protons)
        if self.lower <= balance <= self.upper or any(math.isclose(balance, x) for x in (self.lower, self.upper)):
            return None
        side = f"above {self.upper:g}" if balance > self.upper else f"below {self.lower:g}"
        return f"charge balance: {balance:.3g} charges of cations per negative charge of {formulation.ligand}, {side}"

    def __str__(self) -> str:
        return f"charge balance {self.lower:g} to {self.upper:g}"


@lru_cache(10_000)
def _acidic_protons(ligand: str) -> float:
    """Of a donor group of a polymer, or of a whole molecule; 0 where it has none."""
    if polymer := ligands().get(ligand):
        return donor_group(polymer.donor_group).acidic_protons
    from ionlink.features.ligand_descriptors import LIGAND_DESCRIPTORS, describe_molecule

    place = [descriptor.name for descriptor in LIGAND_DESCRIPTORS].index("acidic_protons")
    protons = describe_molecule(ligand)[place]
    return 0.0 if math.isnan(protons) else protons


class Price(Constraint):
    """A cap on the price of the cations, by the user's own list; none is shipped.

    Of a mixture the mean by amount of substance.
    """

    kind: Literal["price"] = "price"

    prices: Mapping[str, float]
    """Price by cation, all in one unit per amount of substance, such as EUR/mol."""

    cap: float = Field(ge=0)
    """Highest price that is borne, in the same unit."""

    unknown: Unknown = "exclude"
    """What becomes of a cation that is not in the list."""

    @field_validator("prices")
    @classmethod
    def _known(cls, prices: Mapping[str, float]) -> Mapping[str, float]:
        found: dict[str, float] = {}
        faults: list[str] = []
        for name, price in prices.items():
            if not (math.isfinite(price) and price >= 0):
                faults.append(f"{name}: {price:g} is no price; give a finite number, at least 0")
            try:
                found[cation_name(name)] = price
            except InputError as error:
                faults.extend(error.faults)
        if faults:
            raise InputError(faults)
        return found

    @property
    def depends_on(self) -> AbstractSet[str]:
        """The share of the second cation."""
        return frozenset({"second_fraction"})

    def limits(self, members: Combination) -> Sequence[Limit]:
        """The cap, where all prices are known."""
        if len(members.cations) < 2 or not self.prices.keys() >= set(members.cations):
            return ()
        first, second = (self.prices[name] for name in members.cations)
        return (Limit.of({"second_fraction": second - first}, self.cap - first),)

    def fault(self, formulation: Formulation) -> str | None:
        """Why it costs too much."""
        unlisted = [name for name in formulation.shares if name not in self.prices]
        if unlisted:
            return None if self.unknown == "allow" else f"{unlisted[0]}: its price is not in the list"
        price = sum(share * self.prices[name] for name, share in formulation.shares.items())
        if price <= self.cap or math.isclose(price, self.cap):
            return None
        return f"{' + '.join(formulation.shares)}: costs {price:.4g}, more than {self.cap:g}"

    def __str__(self) -> str:
        return f"price at most {self.cap:g}"


class Members(Constraint):
    """Cations and ligands that are fixed, or that must not come."""

    kind: Literal["members"] = "members"

    only_cations: tuple[str, ...] = ()
    """Where any are given, no other cation comes."""

    without_cations: tuple[str, ...] = ()

    only_ligands: tuple[str, ...] = ()
    """Where any are given, no other ligand comes."""

    without_ligands: tuple[str, ...] = ()

    @field_validator("only_cations", "without_cations")
    @classmethod
    def _cations(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(cation_name(name) for name in names)

    @field_validator("only_ligands", "without_ligands")
    @classmethod
    def _ligands(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(ligand_or_molecule_name(name) for name in names)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.only_cations or self.without_cations or self.only_ligands or self.without_ligands):
            raise InputError(
                "members: none are named; give only_cations, without_cations, only_ligands, without_ligands"
            )
        return self

    def fault(self, formulation: Formulation) -> str | None:
        """Which member is not wanted."""
        for name in formulation.shares:
            if name in self.without_cations or (self.only_cations and name not in self.only_cations):
                return f"{name}: is not among the cations that are wanted"
        name = formulation.ligand
        if name in self.without_ligands or (self.only_ligands and name not in self.only_ligands):
            return f"{name}: is not among the ligands that are wanted"
        return None

    def __str__(self) -> str:
        named = {
            "only": (*self.only_cations, *self.only_ligands),
            "without": (*self.without_cations, *self.without_ligands),
        }
        return "members " + "; ".join(f"{word} {', '.join(names)}" for word, names in named.items() if names)


class Linear(Constraint):
    """A weighted sum of continuous variables that must not exceed a limit.

    The share of a second cation counts as 0 where there is none. Of a mixture that may come in either order, it is
    enough that one is within the limit.
    """

    kind: Literal["linear"] = "linear"

    coefficients: Mapping[Literal["ratio", "log10_ratio", "second_fraction", "ph", "temperature_k"], float] = Field(
        min_length=1
    )
    """By variable, in its own unit."""

    upper: float

    @property
    def depends_on(self) -> AbstractSet[str]:
        """The variables with a coefficient."""
        return frozenset("ratio" if name == "log10_ratio" else name for name in self.coefficients)

    @property
    def depends_on_order(self) -> bool:
        """Where the share of the second cation counts."""
        return "second_fraction" in self.depends_on

    def misfits(self, variables: AbstractSet[str]) -> list[str]:
        """Each variable must be one of the space."""
        return [
            f"linear: {name} is no variable of the space; it has {', '.join(sorted(variables)) or 'none'}"
            for name in sorted(self.depends_on - variables)
        ]

    def limits(self, members: Combination) -> Sequence[Limit]:
        """Itself."""
        absent = {"second_fraction"} if members.second_cation is None else set()
        return (Limit.of({n: c for n, c in self.coefficients.items() if n not in absent}, self.upper),)

    def fault(self, formulation: Formulation) -> str | None:
        """By how much the sum is too large."""
        terms: list[float] = []
        for name, coefficient in self.coefficients.items():
            value = _value(formulation, name)
            if value is None:
                return f"linear: {formulation} has no {name}"
            terms.append(coefficient * value)
        total, rounding = sum(terms), ROUNDING * max(map(abs, terms))
        if total <= self.upper + rounding:
            return None
        return f"{self}: it is {total:.4g}"

    def __str__(self) -> str:
        terms = " + ".join(f"{coefficient:g} {name}" for name, coefficient in self.coefficients.items())
        return f"{terms} <= {self.upper:g}"


def _value(formulation: Formulation, name: str) -> float | None:
    if name == "log10_ratio":
        return None if formulation.ratio is None else math.log10(formulation.ratio)
    if name == "second_fraction":
        return formulation.second_fraction or 0.0
    value: float | None = getattr(formulation, name)
    return value
