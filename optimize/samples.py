"""Which of what was told before may be of the same sample as a row of a table."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ionlink.data.lab_table import LabResult
from ionlink.data.observation import Observation
from ionlink.optimize.rows import Recorded, fingerprint


@dataclass(frozen=True)
class Samples:
    """A row that names a candidate is of a sample made for it, not of one that was told of before it was asked for."""

    history: Sequence[Recorded]

    asked: Mapping[int, int]
    """In which round, by the candidate's id."""

    def since(self, result: LabResult) -> int:
        """The round from which on its sample can have been told of; 0 where the row names no candidate."""
        return self.asked.get(result.candidate or 0, 0)

    def may_share(self, record: Recorded, result: LabResult) -> bool:
        """Whether both may be of one sample."""
        return self._first_told[record.id] >= self.since(result)

    def equals(self, results: Sequence[LabResult]) -> list[Observation]:
        """Observations of other samples that equal some of the results: told beside them, each counts by itself."""
        alike = defaultdict(list)
        for result in results:
            alike[fingerprint(result.observation)].append(result)
        told = defaultdict(list)
        for record in self.history:
            told[fingerprint(record.observation)].append(record)
        found = []
        for key, rows in alike.items():
            rows.sort(key=self.since)
            others = (sum(not self.may_share(record, row) for record in told[key]) for row in rows)
            # What rows of earlier candidates say again is among the others already.
            found += [rows[0].observation] * max(0, *(count - place for place, count in enumerate(others)))
        return found

    @cached_property
    def _first_told(self) -> Mapping[int, int]:
        """The round by the record's id; a correction is of the sample of what it corrects."""
        rounds = {record.id: record.round for record in self.history}
        for record in sorted(self.history, key=lambda record: record.id):
            if record.superseded_by is not None:
                rounds[record.superseded_by] = min(rounds[record.superseded_by], rounds[record.id])
        return rounds
