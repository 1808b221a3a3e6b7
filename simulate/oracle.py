"""Molecular dynamics as an oracle: given a formulation, observations with standard errors, or a reason why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.simulate.analysis import ANALYSED_OUTCOMES
from ionlink.simulate.box import refusal
from ionlink.simulate.protocol import Protocol, load_protocol
from ionlink.simulate.replicate import Progress, simulate_replicate


@dataclass(frozen=True)
class MolecularDynamicsOracle:
    """Simulates a formulation by a protocol in independent replicates.

    Picklable, so that replicates can run in other processes.
    """

    settings: Protocol
    replicates: int
    """Independent boxes for each formulation; their scatter is the standard error, so at least two."""
    threads: int = 1
    """Threads of each replicate."""

    @property
    def level(self) -> str:
        """Level of the observations: the protocol's name."""
        return self.settings.name

    @property
    def protocol(self) -> str:
        """Hash of the protocol, part of every observation."""
        return self.settings.hash

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What is observed."""
        return (*ANALYSED_OUTCOMES, "density", "density_settled")

    def refusal(self, formulation: Formulation) -> str | None:
        """Why the formulation cannot be simulated and what could be done, or `None` where it can."""
        return refusal(formulation, self.settings)

    def run_replicate(
        self, formulation: Formulation, replicate: int, directory: Path, progress: Progress | None = None
    ) -> Mapping[str, float]:
        """Simulate one replicate in `directory`, going on where an earlier call was stopped.

        Raises:
            CannotSimulate, SimulationFailed: see `simulate_replicate`.

        """
        return simulate_replicate(
            formulation, self.settings, replicate, directory, threads=self.threads, progress=progress
        )

    def observations(self, formulation: Formulation, replicates: Sequence[Mapping[str, float]]) -> list[Observation]:
        """Mean of each outcome over the replicates and its between-replicate standard error.

        The error within a run is ten times too small, because the network that a replicate was quenched into stays:
        only replicates that were built and annealed independently tell the uncertainty.
        """
        return [self._observation(formulation, outcome, replicates) for outcome in replicates[0]]

    def _observation(
        self, formulation: Formulation, outcome: str, replicates: Sequence[Mapping[str, float]]
    ) -> Observation:
        values = np.array([replicate[outcome] for replicate in replicates])
        count = len(values)
        return Observation(
            formulation=formulation,
            outcome=outcome,
            value=float(values.mean()),
            standard_error=float(values.std(ddof=1) / np.sqrt(count)) if count > 1 else None,
            level=self.level,
            source=f"molecular dynamics, protocol {self.level} v{self.settings.version}",
            protocol=self.protocol,
            replicates=count,
        )


def molecular_dynamics_oracle(level: str = "screen", replicates: int = 2, threads: int = 1) -> MolecularDynamicsOracle:
    """The oracle of a shipped protocol.

    Raises:
        InputError: there is no such protocol.

    """
    return MolecularDynamicsOracle(load_protocol(level), replicates, threads)
