"""What a surrogate is trained on."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from ionlink.data.errors import InputError
from ionlink.data.lab_rows import different
from ionlink.data.lab_table import LAB_LEVEL, read_corrected_results
from ionlink.data.observation import Observation
from ionlink.data.plural import counted
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

    repeated: int = 0
    """Rows of a table that count once with an equal one above."""

    others: tuple[Observation, ...] = ()
    """Rows of a table that are of other levels."""

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
        elsewhere = tuple(o for o in self.others if o.outcome in outcomes)
        return replace(self, observations=tuple(kept), beside=beside, others=elsewhere)

    def left_aside(self, *, learns_everything: bool) -> Iterator[str]:
        """A line for what a table says and the model does not learn from.

        Args:
            learns_everything: Whether the model learns from other levels too.

        """
        if self.repeated:
            yield repeated_line(self.repeated)
        for level, count in sorted(Counter(o.level for o in self.others).items()) if not learns_everything else ():
            yield (
                f"not learned from: {counted(count, 'row')} of level {level}; --level {quote(level)} learns from them, "
                "--model joint from both"
            )


def repeated_line(count: int) -> str:
    """What is said of rows of a lab table that equal one above."""
    rows = f"{counted(count, 'row')} that {'equals' if count == 1 else 'equal'} one above"
    return f"counted once: {rows}; repeats of their own differ in source or candidate"


def table_observations(table: str | Path) -> tuple[tuple[Observation, ...], int]:
    """Observations of a lab table, equal ones once, and how many rows equal one above.

    Raises:
        InputError: the table cannot be read.
    """
    results = read_corrected_results(table)
    found = different(results)
    return tuple(result.observation for result in found), len(results) - len(found)


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
    found, repeated = table_observations(table)
    there = sorted({o.level for o in found})
    wanted = level or (there[0] if len(there) == 1 else LAB_LEVEL)
    own, others = (tuple(o for o in found if (o.level == wanted) is is_own) for is_own in (True, False))
    if not own:
        raise InputError(f"level: {table} has no rows of level '{wanted}'; it has: {', '.join(there) or 'no rows'}")
    shipped = (o for o in everything_known(None) if o.level != wanted)
    return TrainingData(own, str(table), Beside((*others, *shipped)), repeated, others)
