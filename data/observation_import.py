"""What is wrong with importing observations: what is known already, and what contradicts it, as `tell` sees it."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ionlink.data.copied_rows import copied_from
from ionlink.data.lab_rows import said
from ionlink.data.lab_table import LabResult
from ionlink.data.observation import Observation, sourced_subject
from ionlink.data.observation_writing import written

Known = Mapping[str, Sequence[Observation]]
"""Observations of the other tables, by name of file."""

REMEDY = (
    "import a table that has grown or was put right under its earlier name with --replace; where both are measurements "
    "of their own, name their sources apart"
)


class _Stated(NamedTuple):
    """An observation, and the file of the table that has it."""

    table: str
    observation: Observation


def import_faults(file: str, results: Sequence[LabResult], known: Known) -> list[str]:
    """One line for each row that would count twice or contradict, or for each source that a table is a copy of.

    Rows of one table and source that differ, be it in the standard error or the candidate, are replicates. Equal ones
    are not: a row that stands in a table twice is more often a slip than a measurement that came out the same, and one
    can name its source.
    """
    faults = [*_repeated(results), *_known_already(results, known)]
    return [*faults, REMEDY] if faults else [f"{file}: {fault}" for fault in _copied(results, known)]


def replicates(results: Sequence[LabResult]) -> int:
    """How many rows have the formulation, outcome, level and source of another one."""
    counts = Counter(sourced_subject(result.observation) for result in results)
    return sum(count for count in counts.values() if count > 1)


def _statement(observation: Observation) -> Hashable:
    """What equal observations say alike, whether or not they state a standard error."""
    return sourced_subject(observation), observation.value, observation.bound


def _in_words(observation: Observation) -> str:
    return f"{observation.formulation}, {observation.outcome} is {written(observation)}"


def _repeated(results: Sequence[LabResult]) -> Iterator[str]:
    first: dict[Hashable, LabResult] = {}
    for result in results:
        twin = first.setdefault(said(result), result)
        if twin is not result:
            row, new = twin.where.rpartition(" ")[2], result.observation
            yield f"{result.where}: {_in_words(new)} from {new.source} as in row {row}, and would count twice"


def _known_already(results: Sequence[LabResult], known: Known) -> Iterator[str]:
    told, tables = defaultdict(list), {}
    for table, observations in known.items():
        for observation in observations:
            told[sourced_subject(observation)].append((table, observation))
            tables[_statement(observation)] = table
    for result in results:
        new, before = result.observation, told[sourced_subject(result.observation)]
        if _statement(new) in tables:
            there = tables[_statement(new)]
            yield f"{result.where}: {_in_words(new)} from {new.source} in {there} as well, and would count twice"
        elif before:
            there = ", ".join(f"{written(old)} in {table}" for table, old in before)
            yield f"{result.where}: {_in_words(new)} here, but {there} from the same source, {new.source}"


def _copied(results: Sequence[LabResult], known: Known) -> Iterator[str]:
    """For each table and source that a table without sources seems to be a copy of, a line that says so."""
    for copy in copied_from(results, _by_source(known)):
        yield (
            f"{copy.equal} of {copy.rows} rows equal those of {copy.first.table} from {copy.first.observation.source}, "
            "and would count a second time, since the table names no source; leave them out where these are the same "
            "measurements, and give it a column `source` where they are repeats"
        )


def _by_source(known: Known) -> list[list[_Stated]]:
    """What the tables say, together what one says from one source."""
    found = defaultdict(list)
    for table, observations in known.items():
        for observation in observations:
            found[table, observation.source].append(_Stated(table, observation))
    return list(found.values())
