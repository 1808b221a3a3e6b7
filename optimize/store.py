"""The store: all that a campaign knows, in one SQLite file; every change is one transaction."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import StaticPool

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.optimize import schema
from ionlink.optimize.candidate import Candidate, Status
from ionlink.optimize.errors import StoreError
from ionlink.optimize.rows import Proposal, candidate_of, candidate_row, now, observation_of, observation_rows
from ionlink.optimize.space import Exclusion, same_formulation

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another one."""


@dataclass(frozen=True)
class Round:
    """One call of `ask`."""

    number: int
    asked_at: datetime
    method: str

    reference: Mapping[str, float] | None
    """Reference point of the hypervolume, as desirability by outcome; `None` where none was needed."""


class Store:
    """Observations, candidates, rounds and exclusions of one campaign.

    Kept in memory, or in a SQLite file in WAL mode that survives a kill at any moment. Safe to use from
    several processes: writers wait for each other.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        where = f"sqlite:///{path}" if path else "sqlite://"
        options: dict[str, Any] = {"connect_args": {"timeout": BUSY_TIMEOUT_S}} if path else {"poolclass": StaticPool}
        self._engine = create_engine(where, **options)
        event.listen(self._engine, "connect", _prepare_connection)
        event.listen(self._engine, "begin", _begin_immediately)
        try:
            self._open()
        except DatabaseError as error:
            raise StoreError(f"{path} cannot be used as a store: {error.orig}") from error

    def _open(self) -> None:
        with self._engine.begin() as connection:
            schema.metadata.create_all(connection)
            _set_fact(connection, "schema", schema.SCHEMA_VERSION)
            _set_fact(connection, "campaign", uuid.uuid4().hex)
            _set_fact(connection, "began_at", now())
        if self.fact("schema") != schema.SCHEMA_VERSION:
            raise StoreError(
                f"{self.path} has schema {self.fact('schema')}, this version of ionlink reads {schema.SCHEMA_VERSION}"
            )

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()

    @property
    def campaign_id(self) -> str:
        """Unique name of this campaign, given when the store was made."""
        return str(self.fact("campaign"))

    @property
    def began_at(self) -> datetime:
        """When the store was made, UTC."""
        return datetime.fromisoformat(str(self.fact("began_at")))

    def fact(self, key: str) -> str | None:
        """What is recorded under `key` for the whole campaign."""
        with self._engine.begin() as connection:
            return connection.scalar(select(schema.facts.c.value).where(schema.facts.c.key == key))

    def settle(self, key: str, value: str) -> str:
        """Record a fact unless it is already settled; returns the settled value."""
        with self._engine.begin() as connection:
            _set_fact(connection, key, value)
            return str(connection.scalar(select(schema.facts.c.value).where(schema.facts.c.key == key)))

    def observations(self, until_round: int | None = None) -> tuple[Observation, ...]:
        """All observations in the order they were told, or those told before round `until_round + 1` was asked."""
        query = select(schema.observations).order_by(schema.observations.c.id)
        if until_round is not None:
            query = query.where(schema.observations.c.round <= until_round)
        with self._engine.begin() as connection:
            return tuple(observation_of(row) for row in connection.execute(query))

    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates in the order of their ids."""
        with self._engine.begin() as connection:
            return _candidates(connection)

    def rounds(self) -> tuple[Round, ...]:
        """All rounds in order."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(schema.rounds).order_by(schema.rounds.c.number)).all()
        return tuple(Round(r.number, datetime.fromisoformat(r.asked_at), r.method, r.reference) for r in rows)

    def exclusions(self) -> tuple[Exclusion, ...]:
        """Pairs that turned out to be impossible."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(schema.exclusions)).all()
        return tuple(Exclusion(cation=r.cation, ligand=r.ligand, reason=r.reason) for r in rows)

    def exclude(self, exclusion: Exclusion) -> None:
        """Never propose this pair again; the first reason given stays."""
        statement = sqlite_insert(schema.exclusions).values(exclusion.model_dump()).on_conflict_do_nothing()
        with self._engine.begin() as connection:
            connection.execute(statement)

    def add_round(
        self, number: int, method: str, reference: Mapping[str, float] | None, proposals: Sequence[Proposal]
    ) -> tuple[Candidate, ...]:
        """Record a round with its candidates; raises `StoreError` if another process asked at the same time."""
        try:
            with self._engine.begin() as connection:
                row = {"number": number, "asked_at": now(), "method": method, "reference": reference}
                connection.execute(insert(schema.rounds).values(row))
                connection.execute(insert(schema.candidates), [candidate_row(number, p) for p in proposals])
                return tuple(c for c in _candidates(connection) if c.round == number)
        except IntegrityError as error:
            raise StoreError(f"round {number} was asked for by another process meanwhile; ask again") from error

    def tell(
        self, observations: Sequence[Observation], settled: Sequence[Formulation] = ()
    ) -> tuple[int, tuple[Candidate, ...]]:
        """Record observations; pending candidates among the `settled` formulations become done.

        What was told before is recognised and not stored twice; equal observations told together are
        repeats, and kept. Returns how many were new, and the candidates that became done.
        """
        with self._engine.begin() as connection:
            before = _count(connection)
            rows = observation_rows(observations, _last_round(connection))
            if rows:
                connection.execute(sqlite_insert(schema.observations).on_conflict_do_nothing(), rows)
            done = [c for c in _candidates(connection) if c.status == "pending" and _is_among(c, settled)]
            for candidate in done:
                _set_status(connection, candidate.id, "done", None)
            return _count(connection) - before, tuple(c.model_copy(update={"status": "done"}) for c in done)

    def set_status(self, candidate_id: int, status: Status, reason: str | None) -> None:
        """Say what became of a candidate."""
        with self._engine.begin() as connection:
            _set_status(connection, candidate_id, status, reason)


def _prepare_connection(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3.Connection, untyped in the event
    # The driver's own transaction handling begins too late; SQLAlchemy's events begin them instead.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_immediately(connection: Connection) -> None:
    # A transaction that reads first and writes later would otherwise fail when another writes in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def opened(path: Path | None) -> Iterator[Store]:
    """A store that is closed at the end of the `with` block."""
    store = Store(path)
    try:
        yield store
    finally:
        store.close()


def _set_fact(connection: Connection, key: str, value: str) -> None:
    connection.execute(sqlite_insert(schema.facts).values(key=key, value=value).on_conflict_do_nothing())


def _count(connection: Connection) -> int:
    return int(connection.scalar(select(func.count()).select_from(schema.observations)) or 0)


def _last_round(connection: Connection) -> int:
    return int(connection.scalar(select(func.max(schema.rounds.c.number))) or 0)


def _set_status(connection: Connection, candidate_id: int, status: Status, reason: str | None) -> None:
    table = schema.candidates
    connection.execute(update(table).where(table.c.id == candidate_id).values(status=status, reason=reason))


def _is_among(candidate: Candidate, formulations: Sequence[Formulation]) -> bool:
    return any(same_formulation(candidate.formulation, formulation) for formulation in formulations)


def _candidates(connection: Connection) -> tuple[Candidate, ...]:
    rows = connection.execute(select(schema.candidates).order_by(schema.candidates.c.id))
    return tuple(candidate_of(row) for row in rows)
