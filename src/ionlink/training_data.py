"""What a surrogate is trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ionlink.data import read_lab_table
from ionlink.data.errors import InputError
from ionlink.data.lab_table import LAB_LEVEL
from ionlink.data.observation import Observation
from ionlink.known import Known, everything_known
from ionlink.models.beside import Beside


@dataclass(frozen=True)
class TrainingData:
    """Observations of one level."""

    observations: tuple[Observation, ...]

    source: str
    """Where they were taken from, in words."""

    beside: Beside
    """What else is known, for a model that learns from other levels too."""

    @property
    def beside_of_others(self) -> tuple[Observation, ...]:
        """What is known beside them at other levels, or by other protocols."""
        first = self.observations[0]
        return tuple(o for o in self.beside.observations if (o.level, o.protocol) != (first.level, first.protocol))

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
        kept, others = ([o for o in self.observations if (o.outcome in outcomes) is own] for own in (True, False))
        beside = Beside((*others, *self.beside.observations), self.beside.rankings)
        return TrainingData(tuple(kept), self.source, beside)


def training_data(*, level: str | None = None, campaign: Path | None = None, table: Path | None = None) -> TrainingData:
    """Observations of a lab table, of a campaign, or of the knowledge base.

    Raises:
        InputError: where there are none of that level, or a table or campaign cannot be read.
    """
    if table is not None:
        return _of_table(table, level)
    source = "the knowledge base" if campaign is None else str(campaign)
    known = Known.of(campaign, level)
    return TrainingData(known.observations, source, known.beside)


def _of_table(table: Path, level: str | None) -> TrainingData:
    """Of a level, by default `lab`, or the only one that the table has."""
    found = read_lab_table(table)
    there = sorted({o.level for o in found})
    wanted = level or (there[0] if len(there) == 1 else LAB_LEVEL)
    own, others = (tuple(o for o in found if (o.level == wanted) is is_own) for is_own in (True, False))
    if not own:
        raise InputError(f"level: {table} has no rows of level '{wanted}'; it has: {', '.join(there) or 'no rows'}")
    shipped = (o for o in everything_known(None) if o.level != wanted)
    return TrainingData(own, str(table), Beside((*others, *shipped)))
