"""A table told under another name: whether it is a copy of what was told before, and would count twice."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ionlink.data.copied_rows import copied_from
from ionlink.data.lab_table import LabResult
from ionlink.optimize.rows import Recorded
from ionlink.optimize.samples import Samples


def copied(samples: Samples, results: Sequence[LabResult]) -> Iterator[str]:
    """For each earlier source that a table without sources seems to be a copy of, a line that says so.

    A row that names a candidate is of a sample of its own beside what was told before that was asked for.
    """
    known = {record.observation for record in samples.history}
    for copy in copied_from(results, _by_source(samples.history), known, samples.may_share):
        source = copy.first.observation.source
        yield (
            f"{copy.equal} of {copy.rows} rows equal what was told from {source} "
            f"({copy.first.told_at:%Y-%m-%d %H:%M} UTC), and would count a second time, since the table names no "
            f"source; give it a column `source`: {source} where these are the same measurements, another name where "
            "they are repeats"
        )


def _by_source(history: Sequence[Recorded]) -> list[list[Recorded]]:
    """What was told and not withdrawn, together what is from one source."""
    found = defaultdict(list)
    for record in history:
        if not record.withdrawn:
            found[record.observation.source].append(record)
    return list(found.values())
