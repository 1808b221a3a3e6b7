"""Which of what was told before may be of the same sample as a row of a table."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ionlink.data.lab_table import LabResult
from ionlink.data.observation import Observation
from ionlink.optimize.queries import in_force
from ionlink.optimize.rows import Recorded, fingerprint

Named = tuple[Observation, int | None]
"""An observation, and the id of the candidate that it is of, where that is said."""


@dataclass(frozen=True)
class Samples:
    """A row that names a candidate is of a sample made for it.

    That is not one that was told of before the candidate was asked for, nor one that another candidate was named with.
    """

    history: Sequence[Recorded]

    asked: Mapping[int, int]
    """In which round, by the candidate's id."""

    def of(self, result: LabResult) -> tuple[int, int]:
        """The round from which on its sample can have been told of, and its candidate; 0 where it names none."""
        return self.asked.get(result.candidate or 0, 0), result.candidate or 0

    def may_share(self, record: Recorded, result: LabResult) -> bool:
        """Whether both may be of one sample."""
        if record.candidate is not None and result.candidate is not None:
            return record.candidate == result.candidate
        return self._is_since(record, result)

    def renamed(self, results: Sequence[LabResult]) -> Iterator[tuple[Recorded, LabResult]]:
        """Rows that say of another candidate what was told of one, and is no longer in the table for that one."""
        force = {record.id for record in in_force(self.history)}
        for records, rows in self._alike(results):
            known = self._matched(records, rows)
            free = [r for r in records if r.id in force and r.candidate is not None and r.id not in known]
            for row in (row for row in rows if row not in known.values() and row.candidate is not None):
                other = next((record for record in free if self._is_since(record, row)), None)
                if other is not None:
                    free.remove(other)
                    yield other, row

    def told(self, results: Sequence[LabResult]) -> list[Named]:
        """What to tell of the results: equal ones of other samples are told beside them, so that each counts by itself.

        Of equal observations those that are known come first, as they were told.
        """
        found: list[Named] = []
        for records, rows in self._alike(results):
            known = self._matched(records, rows)
            new = [row for row in rows if row not in known.values()]
            last = len(records) if new else max((n for n, r in enumerate(records, 1) if r.id in known), default=0)
            names = (known[r.id].candidate if r.id in known else None for r in records[:last])
            found += [(rows[0].observation, name) for name in names]
            found += [(row.observation, row.candidate) for row in new]
        return found

    def _alike(self, results: Sequence[LabResult]) -> Iterator[tuple[list[Recorded], list[LabResult]]]:
        """Equal observations: those that were told, and the rows."""
        told, rows = defaultdict(list), defaultdict(list)
        for record in sorted(self.history, key=lambda record: record.id):
            told[fingerprint(record.observation)].append(record)
        for result in results:
            rows[fingerprint(result.observation)].append(result)
        for key, its in rows.items():
            yield told[key], its

    def _matched(self, records: Sequence[Recorded], rows: Sequence[LabResult]) -> dict[int, LabResult]:
        """By a record's id the row that says it again; where names tell, by them, the latest candidates first."""
        found: dict[int, LabResult] = {}
        ordered = sorted(rows, key=self.of, reverse=True)
        left = [row for row in ordered if not self._match(records, row, found, named=True)]
        for row in left:
            self._match(records, row, found, named=False)
        return found

    def _match(self, records: Sequence[Recorded], row: LabResult, found: dict[int, LabResult], *, named: bool) -> bool:
        for record in records:
            fits = record.candidate == row.candidate if named else self.may_share(record, row)
            if record.id not in found and fits and self.may_share(record, row):
                found[record.id] = row
                return True
        return False

    def _is_since(self, record: Recorded, result: LabResult) -> bool:
        return record.since >= self.of(result)[0]
