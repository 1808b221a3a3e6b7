"""Where a surrogate's predictions hold: a simple and honest applicability domain."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from ionlink.data import cations, ligands
from ionlink.data.binding_site import binding_sites
from ionlink.data.formulation import SHARE_DIGITS, Formulation
from ionlink.features.formulation_descriptors import describe_any_ligand
from ionlink.features.ligand_descriptors import LIGAND_DESCRIPTORS
from ionlink.models.nearest import CACHED, nearest_cation, nearest_ligand

Matrix: TypeAlias = NDArray[np.float64]

CHARGES = {1: "monovalent", 2: "divalent", 3: "trivalent", 4: "tetravalent"}
SITES = "sites_"
"""How the descriptors begin that count a ligand's binding sites of one kind."""

CONDITION_MEANINGS = {
    "second_fraction": "share of a second cation",
    "ph": "pH",
    "temperature_k": "temperature",
}

STEPS = {"ratio": math.log(2), "second_fraction": 0.5, "ph": 1.0, "temperature_k": 10.0}
"""How far apart values usually are, where one alone was seen, which does not say: a choice. Of ratios the logarithm."""


class Outside(NamedTuple):
    """A property of a formulation that no training formulation has."""

    reason: str

    seen: int | None
    """How many different values of it were seen; `None` where it is not known of the formulation, or of any."""

    share: float = 1.0
    """How far outside it is, in the mean distance between the values that were seen; at most 1."""


class Novelty(NamedTuple):
    """What of a formulation no training formulation has."""

    cation: bool
    ligand: bool

    donor: bool = False
    """Whether the ligand binds by a kind of donor that no training ligand binds by."""

    outside: tuple[tuple[int, float], ...] = ()
    """Of charges, kinds of ligands (polymer or molecule), ratios and conditions of which it is the first to have this
    value: how many different ones were seen, and how far outside of them it is (`Outside.share`)."""


class Verdict(NamedTuple):
    """What a domain says of a formulation."""

    objection: str
    """Why a prediction is an extrapolation, in one line; empty where it is none."""

    novelty: Novelty

    def beside(self, outside: Outside | None) -> "Verdict":
        """With one more property."""
        if outside is None:
            return self
        more = () if outside.seen is None else ((outside.seen, outside.share),)
        novelty = self.novelty._replace(outside=(*self.novelty.outside, *more))
        return Verdict("; ".join(filter(None, (self.objection, outside.reason))), novelty)


class Domain(BaseModel):
    """What one outcome was trained on: its cations, its ligands and its range of ratios."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cations: frozenset[str]
    ligands: frozenset[str]

    ratio_lower: float | None
    """Donor groups per cation; `None` where the training data do not know their ratios."""

    ratio_upper: float | None
    """Donor groups per cation; `None` where the training data do not know their ratios."""

    without_ratio: bool = False
    """Whether some training formulations have no ratio, as small molecules have none."""

    sites: Mapping[str, frozenset[str]] = {}
    """By cation, the kinds of basic donor sites that it was seen with."""

    left_open: frozenset[str] = frozenset()
    """pH and temperature, where some training formulations do not say them and others do."""

    conditions: Mapping[str, tuple[float, float]] = {}
    """Smallest and largest value of each condition that training formulations have; share 0 where one is no mixture."""

    different: Mapping[str, int] = {}
    """How many different values the training formulations have of the ratio and of each condition."""

    simulated: bool = False
    """Whether cations are known by their parameters in simulations, which some have not."""

    @classmethod
    def of(cls, formulations: Sequence[Formulation], *, simulated: bool = False) -> "Domain":
        """Span of the training formulations."""
        ratios = [f.ratio for f in formulations if f.ratio is not None]
        conditions = _condition_values(formulations)
        return cls(
            cations=frozenset(name for f in formulations for name in f.shares),
            ligands=frozenset(f.ligand for f in formulations),
            ratio_lower=min(ratios, default=None),
            ratio_upper=max(ratios, default=None),
            without_ratio=len(ratios) < len(formulations),
            sites=_sites_by_cation(formulations),
            left_open=frozenset(name for name, values in conditions.items() if len(values) < len(formulations)),
            conditions={name: (min(values), max(values)) for name, values in conditions.items()},
            different={name: len(set(values)) for name, values in {"ratio": ratios, **conditions}.items() if values},
            simulated=simulated,
        )

    def objection(self, formulation: Formulation) -> str:
        """Why a prediction for `formulation` is an extrapolation, in one line; empty where it is none.

        Of a cation or ligand without training data: what of its kind was never seen, and which of the training data is
        nearest to it in descriptors that are scaled to their ranges over the knowledge base. None of this asks for a
        model: it says what a prediction can rest on.
        """
        return self.verdict(formulation).objection

    def verdict(self, formulation: Formulation) -> Verdict:
        """The objection, and what of a formulation was never seen."""
        return self.verdict_on_pair(formulation).beside(self.outside_ratio(formulation.ratio))

    def verdict_on_pair(self, formulation: Formulation) -> Verdict:
        """Of cations, ligand and conditions, whatever the ratio."""
        new_cations = [name for name in formulation.shares if name not in self.cations]
        beyond = [name for name in new_cations if self.simulated and _has_no_parameters(name)]
        known_cations = [name for name in formulation.shares if name in self.cations]
        known_ligand = formulation.ligand in self.ligands
        new_sites = [] if known_ligand else _unseen_sites(formulation.ligand, self.ligands)
        outside = (
            *(x for name in new_cations for x in _unseen_charge(name, self.cations)),
            *_unseen_architecture(formulation.ligand, self.ligands),
        )
        reasons = [
            *(f"no training data on {name}" for name in new_cations),
            *(f"no simulation tells of {name}, which has no Lennard-Jones radius" for name in beyond),
            *([] if known_ligand else [f"no training data on {formulation.ligand}"]),
            *(x.reason for x in outside),
            *(new_sites or (r for name in known_cations for r in self._unseen_with(name, formulation.ligand))),
        ]
        nearest = [
            *(f"cation {nearest_cation(name, self.cations)}" for name in new_cations if name not in beyond),
            *([] if known_ligand else [f"ligand {nearest_ligand(formulation.ligand, self.ligands)}"]),
        ]
        if nearest:
            reasons.append(f"nearest training {', '.join(nearest)}")
        seen = tuple((x.seen, x.share) for x in outside if x.seen is not None)
        novelty = Novelty(bool(new_cations), not known_ligand, _binds_anew(formulation.ligand, self.ligands), seen)
        found = Verdict("; ".join(reasons), novelty)
        return reduce(Verdict.beside, self._outside_conditions(formulation), found)

    def _unseen_with(self, cation: str, ligand: str) -> list[str]:
        """A cation may be known from one kind of donor only: that says little of another."""
        seen = self.sites.get(cation)
        basic = _basic_sites(ligand)
        if seen is None or not basic or seen & set(basic):
            return []
        only = ", ".join(sorted(seen)) or "ligands that have none of known pKa"
        return [f"{cation} was never seen with {' or '.join(basic)}, only with {only}"]

    def outside_ratio(self, ratio: float | None) -> Outside | None:
        """What is new about a ratio, in donor groups per cation; `None` where nothing is."""
        if ratio is None and self.without_ratio:
            return None
        if self.ratio_lower is None or self.ratio_upper is None:
            return Outside("no training data with a known ratio", None)
        if ratio is None:
            return Outside(f"ratio is not given, trained was {_range(self.ratio_lower, self.ratio_upper)}", None)
        if not self.ratio_lower <= ratio <= self.ratio_upper:
            share = float(self.share_outside(np.array([ratio]))[0])
            return Outside(f"ratio {_beyond(self.ratio_lower, self.ratio_upper)}", self.different["ratio"], share)
        return None

    def share_outside(self, ratio: Matrix) -> Matrix:
        """How far outside of what was seen each of `n` ratios is, as `Outside.share`, on a log scale; 0 within."""
        if self.ratio_lower is None or self.ratio_upper is None:
            return np.zeros(len(ratio))
        ends = math.log(self.ratio_lower), math.log(self.ratio_upper)
        return _share_outside("ratio", np.log(ratio), *ends, self.different["ratio"])

    def _outside_conditions(self, formulation: Formulation) -> Iterator[Outside]:
        asked = _conditions_of(formulation)
        for name, meaning in CONDITION_MEANINGS.items():
            lower, upper = self.conditions.get(name, (None, None))
            if lower is None or upper is None:
                if name in asked:
                    yield Outside(f"no training data with a known {meaning}", None)
            elif name not in asked:
                if lower < upper and name not in self.left_open:
                    yield Outside(f"{meaning} is not given, trained was {_range(lower, upper)}", None)
            elif not lower <= asked[name] <= upper:
                share = _share_outside(name, np.array([asked[name]]), lower, upper, self.different[name])
                mixed = name == "second_fraction" and upper == 0
                reason = (
                    "no mixture of cations among the training data" if mixed else f"{meaning} {_beyond(lower, upper)}"
                )
                yield Outside(reason, self.different[name], float(share[0]))


def _has_no_parameters(cation: str) -> bool:
    return cations()[cation].lennard_jones_radius_angstrom is None


def _range(lower: float, upper: float) -> str:
    return f"{lower:.5g}" if lower == upper else f"{lower:.5g} to {upper:.5g}"


def _share_outside(name: str, values: Matrix, lower: float, upper: float, seen: int) -> Matrix:
    """Distance from a range of so many different values, in their mean distance from each other; at most 1."""
    distance = np.fmax(np.fmax(lower - values, values - upper), 0.0)
    spacing = (upper - lower) / (seen - 1) if upper > lower else STEPS[name]
    return np.minimum(distance / spacing, 1.0)


def _beyond(lower: float, upper: float) -> str:
    return f"{'outside' if lower < upper else 'is not'} the trained {_range(lower, upper)}"


def _conditions_of(formulation: Formulation) -> dict[str, float]:
    """Conditions of a formulation that are known; the share is of the rarer cation, 0 where it is no mixture."""
    share = formulation.second_fraction or 0.0
    known = {
        "second_fraction": round(min(share, 1.0 - share), SHARE_DIGITS),
        "ph": formulation.ph,
        "temperature_k": formulation.temperature_k,
    }
    return {name: value for name, value in known.items() if value is not None}


def _condition_values(formulations: Sequence[Formulation]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for formulation in formulations:
        for name, value in _conditions_of(formulation).items():
            found.setdefault(name, []).append(value)
    return found


@lru_cache(CACHED)
def _unseen_charge(cation: str, trained: frozenset[str]) -> list[Outside]:
    charge, seen = cations()[cation].charge, {cations()[other].charge for other in trained}
    if charge in seen:
        return []
    return [Outside(f"no {CHARGES.get(charge, f'{charge}-valent')} cation among the training data", len(seen))]


@lru_cache(CACHED)
def _unseen_architecture(ligand: str, trained: frozenset[str]) -> list[Outside]:
    """Descriptors know a polymer by its repeat unit: where only molecules were seen, nothing says what chains do."""
    polymer = ligand in ligands()
    if any((other in ligands()) == polymer for other in trained):
        return []
    return [Outside(f"no {'polymer' if polymer else 'small molecule'} among the training data", 1)]


@lru_cache(CACHED)
def _unseen_sites(ligand: str, trained: frozenset[str]) -> list[str]:
    seen = _seen(_sites, trained)
    unseen = [site for site in _sites(ligand) if site not in seen]
    return [f"no training ligand with donor site {', '.join(unseen)}"] if unseen else []


@lru_cache(CACHED)
def _sites(ligand: str) -> tuple[str, ...]:
    """Kinds of binding sites that a ligand has."""
    values = zip((x.name for x in LIGAND_DESCRIPTORS), describe_any_ligand(ligand), strict=True)
    return tuple(name.removeprefix(SITES) for name, value in values if name.startswith(SITES) and value > 0)


@lru_cache(CACHED)
def _basic_sites(ligand: str) -> tuple[str, ...]:
    """Kinds of binding sites of a ligand that have a pKa."""
    return tuple(site for site in _sites(ligand) if binding_sites()[site].pka)


@lru_cache(CACHED)
def _binds_anew(ligand: str, trained: frozenset[str]) -> bool:
    return not _seen(donors_of, trained).issuperset(donors_of(ligand))


@lru_cache(CACHED)
def _seen(kinds: Callable[[str], tuple[str, ...]], trained: frozenset[str]) -> frozenset[str]:
    return frozenset[str]().union(*map(kinds, trained))


def donors_of(ligand: str) -> tuple[str, ...]:
    """Kinds of binding sites that a ligand binds by: those that have a pKa, of one that has none of these all."""
    return _basic_sites(ligand) or _sites(ligand)


def _sites_by_cation(formulations: Iterable[Formulation]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for formulation in formulations:
        for cation in formulation.shares:
            found.setdefault(cation, set()).update(_basic_sites(formulation.ligand))
    return {cation: frozenset(sites) for cation, sites in found.items()}
