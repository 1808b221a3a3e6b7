"""The two tables that `ionlink simulate-table` writes: what was observed, and how each replicate came about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ionlink.cli.simulation_batch import Wanted
    from ionlink.data.formulation import Formulation
    from ionlink.data.observation import Observation
    from ionlink.optimize.replicate_batch import ReplicateBatch
    from ionlink.simulate import MolecularDynamicsOracle

FEWEST_REPLICATES = 2
"""With fewer there is no standard error, and what is written early would change most."""

MERGE_PATIENCE_S = 60.0
"""So long another process may take to merge its own with the same table."""

RECORD_COLUMNS = (
    *("cation", "ligand", "ratio", "level", "protocol", "replicate", "seed", "atoms"),
    *("wall_s", "cpu_s", "platform", "threads", "hardware", "converged", "attempts", "failure"),
)
"""Then follows a column for each outcome that any replicate has, in its catalogue unit."""


@dataclass(frozen=True)
class Tables:
    """Where the tables go."""

    observations: Path
    record: Path | None
    merge: bool = False
    """Whether what the tables hold of other runs stays in them."""

    def refuse_foreign(self) -> None:
        """See that nothing is written anew but tables of simulations, such as what a laboratory wrote by hand.

        Raises:
            InputError: with each file that is none.

        """
        from ionlink.data import InputError, outcomes
        from ionlink.data.observation_table import OBSERVATION_COLUMNS, OBSERVATION_OPTIONAL

        columns: dict[Path, tuple[Sequence[str], Sequence[str]]]
        columns = {self.observations: (OBSERVATION_COLUMNS, OBSERVATION_OPTIONAL)}
        if self.record is not None:
            columns[self.record] = (RECORD_COLUMNS, tuple(outcomes()))
        if others := [path for path, its in columns.items() if path.exists() and not _is_of_simulations(path, *its)]:
            raise InputError(
                f"{path}: exists, and is no table of simulations; name a file that does not" for path in others
            )

    def refuse_existing(
        self, oracle: "MolecularDynamicsOracle", batch: "ReplicateBatch[Formulation]", wanted: "Wanted"
    ) -> None:
        """See that nothing would be overwritten but tables of what is finished, as a call before left them.

        Raises:
            InputError: with each file that holds something else.

        """
        from ionlink.data import InputError

        texts = self._texts(oracle, wanted, finished_observations(oracle, batch, wanted))
        if others := [path for path, text in texts.items() if path.exists() and not _holds(path, text)]:
            raise InputError(
                f"{path}: exists, and is no table of what is finished here; name a file that does not, or say "
                "--partial, which writes it anew, or --merge, which keeps what it holds of other runs"
                for path in others
            )

    def write(
        self, oracle: "MolecularDynamicsOracle", batch: "ReplicateBatch[Formulation]", wanted: "Wanted"
    ) -> "list[Observation]":
        """Write both, whole, of what is finished; a reader meanwhile sees the old ones or the new ones.

        Returns:
            What is finished, without what was kept of a table.

        Raises:
            InputError: a table to merge with is faulty; neither has been touched then.
            Locked: another process merges with them, and does not come to an end.

        """
        from ionlink.data.whole_file import write_whole

        found = finished_observations(oracle, batch, wanted)
        with self._alone():
            for path, text in self._texts(oracle, wanted, found).items():
                write_whole(path, text)
        return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While a table is merged with, no other process does: what it adds meanwhile would be lost."""
        from ionlink.optimize.lock import changing

        with ExitStack() as locks:
            # In one order, so that no two processes wait for each other.
            for path in sorted(path for path in (self.observations, self.record) if path and self.merge):
                locks.enter_context(changing(path, MERGE_PATIENCE_S))
            yield

    def _texts(
        self, oracle: "MolecularDynamicsOracle", wanted: "Wanted", found: "Sequence[Observation]"
    ) -> dict[Path, str]:
        from ionlink.cli.simulation_merge import merged_observations, merged_records
        from ionlink.data.observation_writing import observation_table

        noted = merged_observations(self.observations, found) if self.merge else [(seen, None) for seen in found]
        texts = {self.observations: observation_table(noted)}
        if self.record is not None:
            rows = record_rows(oracle, wanted)
            merged = merged_records(self.record, rows, RECORD_COLUMNS) if self.merge else rows
            texts[self.record] = record_table(merged)
        return texts


def _is_of_simulations(path: Path, required: Sequence[str], optional: Sequence[str]) -> bool:
    """Whether it is such a table, of which every row names the protocol of a simulation: no laboratory has one."""
    from ionlink.data import InputError
    from ionlink.data.csv_table import read_rows

    try:
        return path.is_file() and all("protocol" in row.cells for row in read_rows(path, required, optional))
    except InputError:
        return False


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes().decode("utf-8", "replace").splitlines() == text.splitlines()


def finished_observations(
    oracle: "MolecularDynamicsOracle", batch: "ReplicateBatch[Formulation]", wanted: "Wanted"
) -> "list[Observation]":
    """What is observed of all formulations with enough finished replicates, in the order that was asked for."""
    return [
        observation
        for formulation, count in wanted.replicates.items()
        if len(batch.results(formulation)) >= min(count, FEWEST_REPLICATES)
        for observation in oracle.observations(formulation, batch.results(formulation))
    ]


def record_rows(oracle: "MolecularDynamicsOracle", wanted: "Wanted") -> list[Mapping[str, object]]:
    """One row for each replicate that is finished or has failed."""
    return [row for place in wanted.places() if (row := _row(oracle, *place)) is not None]


def record_table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows of replicates as CSV; what was not recorded is an empty cell."""
    from ionlink.data.spreadsheet import csv_text

    outcomes = dict.fromkeys(name for row in rows for name in row if name not in RECORD_COLUMNS)
    return csv_text((*RECORD_COLUMNS, *outcomes), rows)


def _row(
    oracle: "MolecularDynamicsOracle", formulation: "Formulation", replicate: int, place: Path
) -> Mapping[str, object] | None:
    from ionlink.optimize.failure import failure_of
    from ionlink.optimize.replicate import finished_record, finished_result

    known = {
        **formulation.model_dump(),
        "level": oracle.level,
        "protocol": oracle.protocol,
        "replicate": replicate,
    }
    values = finished_result(oracle, formulation, replicate, place)
    if values is not None:
        record = finished_record(place)
        own = {key: record.get(key) for key in ("seed", "atoms", "wall_s", "cpu_s", "platform", "threads", "hardware")}
        joined = {key: _joined(record.get(key)) for key in ("converged", "attempts")}
        return {**known, **own, **joined, **values}
    failure = failure_of(place)
    return None if failure is None else {**known, "failure": f"{failure.kind}: {failure.reason}"}


def _joined(cells: object) -> str | None:
    """A list as one cell: one entry for each step of the protocol, `?` where it was not recorded."""
    if not isinstance(cells, Iterable):
        return None
    return ";".join("?" if cell is None else str(int(cell)) for cell in cells)
