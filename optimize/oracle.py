"""The protocol through which a campaign reaches whatever can observe a formulation without a person."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation


class Oracle(Protocol):
    """Something that observes formulations in independent replicates: a simulation, or a closed formula in tests.

    It is pickled into worker processes, so its class must be importable there.
    """

    @property
    def level(self) -> str:
        """Level of its observations."""
        ...

    @property
    def protocol(self) -> str:
        """Hash of all that its results depend on; part of every observation."""
        ...

    @property
    def replicates(self) -> int:
        """Independent replicates per formulation."""
        ...

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What it observes."""
        ...

    def refusal(self, formulation: Formulation) -> str | None:
        """Why it cannot observe `formulation` at all; `None` where it can."""
        ...

    def expected_cost(self, formulation: Formulation) -> float | None:
        """What a replicate of it is expected to take; only ratios matter. `None` where that is not known.

        Only asked of what is not refused.
        """
        ...

    def run_replicate(self, formulation: Formulation, replicate: int, directory: Path) -> Mapping[str, float]:
        """Observe once, in a worker process; resumes by itself from what `directory` holds.

        Returns values by outcome in catalogue units; raises with a reason when it fails.
        """
        ...

    def record(self, directory: Path) -> Mapping[str, object]:
        """How the finished replicate in `directory` came about (time, machine, seed …), in JSON's types."""
        ...

    def observations(self, formulation: Formulation, replicates: Sequence[Mapping[str, float]]) -> list[Observation]:
        """Means over at least two replicates with their between-replicate standard errors."""
        ...
