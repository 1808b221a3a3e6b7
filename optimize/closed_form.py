"""A problem with a known answer: outcomes by a formula, for tests, documentation and benchmarks. Not chemistry."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ionlink.data import InputError, cations
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.data.replicates import mean_and_error
from ionlink.optimize.objective import Objective

NOISE = {"chains_per_cation": 0.05, "coulomb_spread": 0.004, "coulomb_per_charge": 8.0}
"""Standard deviation of one replicate by outcome, in the outcome's unit."""

OBJECTIVES = (
    Objective(outcome="chains_per_cation", goal="maximise", reference=2.0),
    Objective(outcome="coulomb_spread", goal="minimise", reference=0.5),
    Objective(outcome="coulomb_per_charge", goal="window", lower=-1500.0, upper=-1400.0, reference=-1100.0),
)
"""Conflicting: a higher ionic potential ties more chains, but less evenly; the window lies between weak and strong."""


FLEXIBILITY = {"PAA": 1.0, "PMAA": 0.8, "PF-COO": 0.2, "gamma-PGA": 0.9, "alginate": 0.4, "CMC": 0.5}
"""What distinguishes the ligands in this problem, between 0 and 1."""


def outcomes_of(formulation: Formulation) -> dict[str, float]:
    """Noise-free outcomes, in catalogue units: smooth in ionic potential, flexibility and log10 of the ratio.

    Raises:
        InputError: the cation has no ionic radius, so no ionic potential.

    """
    potential = cations()[formulation.cation].ionic_potential_e_per_angstrom
    if potential is None:
        raise InputError(f"cation: {formulation.cation} has no ionic radius, which the closed form rests on")
    flexibility = FLEXIBILITY[formulation.ligand]
    log_ratio = math.log10(formulation.known_ratio)
    return {
        "chains_per_cation": 2.3 + 0.2 * potential - 1.5 * (log_ratio - 1.5) ** 2 + 0.4 * flexibility,
        "coulomb_spread": 0.16 + 0.02 * potential + 0.1 * (log_ratio - 1.2) ** 2 - 0.06 * flexibility,
        "coulomb_per_charge": -1100.0 - 60.0 * potential - 60.0 * log_ratio,
    }


@dataclass(frozen=True)
class ClosedFormOracle:
    """Observes `outcomes_of` with Gaussian noise; the same replicate always gives the same values."""

    replicates: int = 3
    noise: float = 1.0
    """Scale of `NOISE`."""

    seed: int = 0
    refused_cations: tuple[str, ...] = ()
    cost_per_ratio: float | None = None
    """A replicate costs this times its ratio, as if rarer cations needed larger boxes; `None` does not tell."""

    @property
    def level(self) -> str:
        """Its own level."""
        return "closed-form"

    @property
    def protocol(self) -> str:
        """Hash of what the values depend on."""
        return hashlib.sha256(f"closed-form 1, noise {self.noise}, seed {self.seed}".encode()).hexdigest()[:12]

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What it observes."""
        return tuple(NOISE)

    def refusal(self, formulation: Formulation) -> str | None:
        """Objects to `refused_cations`, and to cations without ionic radius."""
        unknown = cations()[formulation.cation].ionic_radius_angstrom is None
        refused = unknown or formulation.cation in self.refused_cations
        return f"no formula for {formulation.cation}" if refused else None

    def expected_cost(self, formulation: Formulation) -> float | None:
        """By `cost_per_ratio`."""
        return None if self.cost_per_ratio is None else self.cost_per_ratio * formulation.known_ratio

    def run_replicate(self, formulation: Formulation, replicate: int, directory: Path) -> Mapping[str, float]:  # noqa: ARG002
        """Values with the noise of this replicate; leaves `directory` alone."""
        digest = hashlib.sha256(formulation.model_dump_json().encode()).digest()
        generator = np.random.default_rng([self.seed, replicate, *digest])
        return {
            outcome: value + self.noise * NOISE[outcome] * float(generator.standard_normal())
            for outcome, value in outcomes_of(formulation).items()
        }

    def record(self, directory: Path) -> Mapping[str, object]:  # noqa: ARG002
        """Nothing: it takes no time."""
        return {}

    def observations(self, formulation: Formulation, replicates: Sequence[Mapping[str, float]]) -> list[Observation]:
        """Means with between-replicate standard errors; a single replicate has none."""
        table = {outcome: mean_and_error([values[outcome] for values in replicates]) for outcome in self.outcomes}
        return [
            Observation(
                formulation=formulation,
                outcome=outcome,
                value=value,
                standard_error=error,
                level=self.level,
                source="closed form",
                protocol=self.protocol,
                replicates=len(replicates),
            )
            for outcome, (value, error) in table.items()
        ]
