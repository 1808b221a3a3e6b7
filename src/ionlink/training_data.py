"""What a surrogate is trained on, and a hash that says whether it was the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ionlink.data import read_lab_table
from ionlink.data.errors import InputError
from ionlink.data.observation import Observation
from ionlink.known import known_observations


@dataclass(frozen=True)
class TrainingData:
    """Observations of one level."""

    observations: tuple[Observation, ...]

    source: str
    """Where they were taken from, in words."""

    @property
    def hash(self) -> str:
        """SHA-256 of the observations, whatever their order: the one that a registered model carries."""
        from ionlink.models.provenance import data_sha256

        return data_sha256(self.observations)

    @property
    def level(self) -> str:
        """Level of all of them."""
        return self.observations[0].level

    def of(self, outcomes: Sequence[str]) -> "TrainingData":
        """Those of `outcomes`; `InputError` where nothing was observed of one."""
        known = {o.outcome for o in self.observations}
        absent = [name for name in outcomes if name not in known]
        if absent:
            there = ", ".join(sorted(known))
            raise InputError(f"outcome: {name} was not observed in {self.source}; observed: {there}" for name in absent)
        return TrainingData(tuple(o for o in self.observations if o.outcome in outcomes), self.source)


def training_data(*, level: str | None = None, campaign: Path | None = None, table: Path | None = None) -> TrainingData:
    """Observations of a lab table, of a campaign, or of the knowledge base.

    Raises:
        InputError: where there are none of that level, or a table or campaign cannot be read.
    """
    if table is not None:
        found = read_lab_table(table)
        if not found:
            raise InputError(f"--table: {table} has no rows")
        return TrainingData(tuple(found), str(table))
    source = "the knowledge base" if campaign is None else str(campaign)
    return TrainingData(tuple(known_observations(campaign, level)), source)
