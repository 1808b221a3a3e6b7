"""A table told under another name: whether it is a copy of what was told before, and would count twice."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ionlink.data.lab_table import LabResult
from ionlink.data.observation import Observation
from ionlink.optimize.rows import Recorded
from ionlink.optimize.samples import Samples

CHANCE = 1
"""So many rows of a longer table may equal earlier ones without a word: repeats come out equal now and then."""


def copied(samples: Samples, results: Sequence[LabResult]) -> Iterator[str]:
    """For each earlier source that a table without sources seems to be a copy of, a line that says so.

    It seems to be one where all its rows were told before, or where more than half of it, or of what that source
    said, is the same: a copy may have grown, or been put right. A row that names a candidate is of a sample of its own
    beside what was told before that was asked for.
    """
    rows = [result for result in results if not result.names_source and result.corrects is None]
    known = {record.observation for record in samples.history}
    new = [result for result in rows if result.observation not in known]
    told = _by_source(samples.history, rows)
    everywhere = sum(_equals(samples, [record for its in told.values() for record in its], rows))
    for source, its in told.items():
        equal = sum(_equals(samples, its, new))
        whole = equal > 0 and everywhere == len(rows)
        if whole or (equal > CHANCE and 2 * equal > min(len(rows), len(its))):
            yield (
                f"{equal} of {len(rows)} rows equal what was told from {source} ({its[0].told_at:%Y-%m-%d %H:%M} UTC), "
                f"and would count a second time, since the table names no source; give it a column `source`: "
                f"{source} where these are the same measurements, another name where they are repeats"
            )


def _by_source(history: Sequence[Recorded], rows: Sequence[LabResult]) -> dict[str, list[Recorded]]:
    """What was told at the level of the rows, by a source that is none of theirs."""
    levels, sources = ({getattr(row.observation, name) for row in rows} for name in ("level", "source"))
    found = defaultdict(list)
    for record in history:
        seen = record.observation
        if seen.level in levels and seen.source not in sources and not record.withdrawn:
            found[seen.source].append(record)
    return found


def _equals(samples: Samples, told: Sequence[Recorded], rows: Sequence[LabResult]) -> Iterator[bool]:
    """Whether each row equals something told, of which each is taken once, in all but the source."""
    left = defaultdict(list)
    for record in told:
        left[_but_for_source(record.observation)].append(record)
    for row in rows:
        alike = left[_but_for_source(row.observation)]
        taken = next((record for record in alike if samples.may_share(record, row)), None)
        if taken is not None:
            alike.remove(taken)
        yield taken is not None


def _but_for_source(observation: Observation) -> Observation:
    return observation.model_copy(update={"source": ""})
