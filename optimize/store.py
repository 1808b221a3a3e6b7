"""The store: all that campaigns know, in one SQLite file; every change is one transaction."""

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError

from ionlink.data.errors import InputError
from ionlink.data.observation import Observation
from ionlink.optimize import queries, schema
from ionlink.optimize.candidate import Candidate, FailureOf
from ionlink.optimize.database import open_database
from ionlink.optimize.errors import StoreError, ToldMeanwhile
from ionlink.optimize.exclusion import Exclusion
from ionlink.optimize.made import answered
from ionlink.optimize.migration import DEFAULT_CAMPAIGN, UNKNOWN_LEVEL
from ionlink.optimize.rows import Correction, Proposal, Recorded, candidate_row, now, proposed


@dataclass(frozen=True)
class Round:
    """One call of `ask`."""

    number: int
    asked_at: datetime
    method: str

    reference: Mapping[str, float] | None
    """Reference point of the hypervolume, as desirability by `Objective.scale`; `None` where none was needed."""


def _nothing(_: Observation) -> bool:
    return False


class Store:
    """One campaign's view of a store: its own candidates, rounds and exclusions, and the observations of all.

    A store is kept in memory, or in a SQLite file in WAL mode that survives a kill at any moment. Safe to use from
    several processes: writers wait for each other.
    """

    def __init__(self, path: Path | None = None, campaign: str = DEFAULT_CAMPAIGN) -> None:
        """Open or create the file, and begin the campaign of that name where it has none; raises `StoreError`."""
        self._view(path, open_database(path), campaign)
        self._begin()

    @classmethod
    def existing(cls, path: Path, campaign: str = DEFAULT_CAMPAIGN) -> "Store":
        """Of a campaign that has begun; raises `StoreError` where there is no such file, or no such campaign in it."""
        store = cls.__new__(cls)
        store._view(path, open_database(path, create=False), campaign)
        if campaign not in (known := store.campaigns()):
            store.close()
            raise StoreError(f"{path} has no campaign {campaign}; it has {', '.join(known) or 'none'}")
        return store

    @classmethod
    @contextmanager
    def new(cls, path: Path, campaign: str = DEFAULT_CAMPAIGN) -> Iterator["Store"]:
        """Of a campaign that begins in the one transaction that fills it, and is closed at the end of the `with` block.

        Where that fails, or is killed, the campaign has not begun; other writers wait for the end. Raises `InputError`
        where the file has one of that name.
        """
        store = cls.__new__(cls)
        store._view(path, open_database(path), campaign)
        try:
            with store._as_one():
                if not store._begin():
                    raise InputError(
                        f"{path} has a campaign {campaign} already; give this one another name, or another store"
                    )
                yield store
        finally:
            store.close()

    def _view(self, path: Path | None, engine: Engine, campaign: str) -> None:
        self.path, self._engine, self.campaign = path, engine, campaign
        self._whole: Connection | None = None
        """Of the transaction that all others are part of, while there is one."""

    @contextmanager
    def _as_one(self) -> Iterator[None]:
        """All that the `with` block writes is one transaction."""
        try:
            with self._engine.begin() as self._whole:
                yield
        finally:
            self._whole = None

    def _begin(self) -> bool:
        """Begin the campaign, and whether it had not begun before."""
        row = {"name": self.campaign, "identity": uuid.uuid4().hex, "began_at": now()}
        with self.transaction() as connection:
            begun = connection.execute(sqlite_insert(schema.campaigns).values(row).on_conflict_do_nothing())
        return bool(begun.rowcount)

    def of(self, campaign: str) -> "Store":
        """The view of another campaign in the same store, begun if it is not there; closing either closes both."""
        with self.filling(campaign) as other:
            return other

    @contextmanager
    def filling(self, campaign: str) -> Iterator["Store"]:
        """As `of`, begun in the one transaction that the `with` block makes; where that fails, it has not begun."""
        other = Store.__new__(Store)
        other._view(self.path, self._engine, campaign)
        with other._as_one():
            other._begin()
            yield other

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()

    def campaigns(self) -> tuple[str, ...]:
        """Names of all campaigns in the store, in the order in which they began."""
        with self.transaction() as connection:
            return tuple(connection.scalars(select(schema.campaigns.c.name).order_by(schema.campaigns.c.began_at)))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """For those who read or write several tables as one."""
        if self._whole is not None:
            with self._whole.begin_nested():
                yield self._whole
        else:
            with self._engine.begin() as connection:
                yield connection

    @property
    def campaign_id(self) -> str:
        """Unique name of this campaign, given when it began."""
        with self.transaction() as connection:
            return queries.about(connection, self.campaign)["identity"]

    @property
    def began_at(self) -> datetime:
        """When the campaign began, UTC."""
        with self.transaction() as connection:
            return datetime.fromisoformat(queries.about(connection, self.campaign)["began_at"])

    def fact(self, key: str) -> str | None:
        """What is recorded under `key` for the whole campaign."""
        with self.transaction() as connection:
            return self._fact(connection, key)

    def settle(self, key: str, value: str) -> str:
        """Record a fact unless it is already settled; returns the settled value."""
        row = {"campaign": self.campaign, "key": key, "value": value}
        with self.transaction() as connection:
            connection.execute(sqlite_insert(schema.facts).values(row).on_conflict_do_nothing())
            return str(self._fact(connection, key))

    def _fact(self, connection: Connection, key: str) -> str | None:
        table = schema.facts
        return connection.scalar(select(table.c.value).where(table.c.campaign == self.campaign, table.c.key == key))

    def observations(self, until_round: int | None = None) -> tuple[Observation, ...]:
        """All observations in force in the order they were told, or those before round `until_round + 1` was asked.

        What was corrected later is in force before.
        """
        return tuple(record.observation for record in queries.in_force(self.history(), until_round))

    def history(self) -> tuple[Recorded, ...]:
        """All observations that were ever told, those that were corrected as well, in the order they were told."""
        with self.transaction() as connection:
            return tuple(queries.recorded(connection, self.campaign))

    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates in the order of their ids."""
        with self.transaction() as connection:
            return queries.candidates(connection, self.campaign)

    def rounds(self) -> tuple[Round, ...]:
        """All rounds in order."""
        with self.transaction() as connection:
            return tuple(Round(**row) for row in queries.rounds(connection, self.campaign))

    def exclusions(self) -> tuple[Exclusion, ...]:
        """Pairs that turned out to be impossible, in the order in which they did."""
        with self.transaction() as connection:
            return tuple(exclusion for exclusion, _ in queries.exclusions(connection, self.campaign))

    def exclude(self, exclusion: Exclusion) -> None:
        """Never propose this pair again; the first reason given stays."""
        with self.transaction() as connection:
            number = queries.last_round(connection, self.campaign)
            row = {"campaign": self.campaign, "round": number, **exclusion.model_dump()}
            connection.execute(sqlite_insert(schema.exclusions).values(row).on_conflict_do_nothing())

    def last_observation(self) -> int:
        """Id of what was told last; 0 where nothing was."""
        with self.transaction() as connection:
            return queries.last_observation(connection)

    def add_round(
        self,
        number: int,
        method: str,
        reference: Mapping[str, float] | None,
        proposals: Sequence[Proposal],
        told_before: int | None = None,
    ) -> tuple[Candidate, ...]:
        """Record a round with its candidates; raises `StoreError` if another process asked at the same time.

        It knew what was told up to the observation of that id, by default up to now.
        """
        try:
            with self.transaction() as connection:
                told = queries.last_observation(connection) if told_before is None else told_before
                row = {"number": number, "asked_at": now(), "method": method, "reference": reference}
                connection.execute(insert(schema.rounds).values(campaign=self.campaign, told_before=told, **row))
                first = len(queries.candidates(connection, self.campaign)) + 1
                added = [proposed(proposal, n, number) for n, proposal in enumerate(proposals, start=first)]
                rows = [{"campaign": self.campaign, **candidate_row(candidate)} for candidate in added]
                connection.execute(insert(schema.candidates), rows)
                return tuple(added)
        except IntegrityError as error:
            raise StoreError(f"round {number} was asked for by another process meanwhile; ask again") from error

    def tell(
        self,
        observations: Sequence[Observation],
        settles: Callable[[Observation], bool] = _nothing,
        *,
        made_for: Sequence[int | None] | None = None,
        ids: Collection[int] = (),
        corrections: Sequence[Correction] = (),
        reason: str = "",
        failures: Mapping[int, str] = MappingProxyType({}),
        told_before: int | None = None,
    ) -> tuple[int, tuple[Candidate, ...]]:
        """Record observations; open candidates become done by what is new and `settles`, or by their `ids`.

        What was told before is recognised and not stored twice; equal observations told together are repeats, and
        kept. Of each of the observations, `made_for` has the id of the candidate that it is of, where that is said;
        none by default. The `corrections` are told for that `reason`. Returns how many were new, and the candidates
        that became done. Of candidates of which nothing could be observed, `failures` has the reasons. Raises
        `StoreError` where another process corrected first, `ToldMeanwhile` where another one told anything after the
        observation with the id `told_before`, and `InputError` where a candidate cannot have failed; nothing is stored
        then.
        """
        with self.transaction() as connection:
            if told_before is not None and queries.last_observation(connection) != told_before:
                raise ToldMeanwhile("another process told something meanwhile; tell again")
            names = [None] * len(observations) if made_for is None else made_for
            news = set(queries.learn(connection, self.campaign, observations, names))
            corrected = {queries.supersede(connection, self.campaign, correction, reason) for correction in corrections}
            candidates = queries.candidates(connection, self.campaign)
            known = queries.recorded(connection, self.campaign)
            force = queries.in_force(known)
            telling = {record.id for record in force if record.id in news | corrected and settles(record.observation)}
            gone = {record.candidate for record in known if record.withdrawn} - {record.candidate for record in force}
            named = (c.id for c in candidates if c.is_open and c.id in ids and c.id not in gone)
            done = {*answered(candidates, known, telling), *named}
            for candidate_id in done:
                queries.set_status(connection, self.campaign, candidate_id, "done")
            for candidate_id, why in failures.items():
                queries.fail(connection, self.campaign, candidate_id, why, "formulation")
            after = queries.candidates(connection, self.campaign)
            return len(news) + len(corrected), tuple(c for c in after if c.id in done)

    def withdraw(self, records: Iterable[Recorded], reason: str) -> None:
        """Say of observations that they do not hold, and why.

        Raises `StoreError` where another process was first, and changes nothing then.
        """
        with self.transaction() as connection:
            for record in records:
                queries.withdraw(connection, self.campaign, record, reason)

    def catch_up(self, settles: Callable[[Observation], bool]) -> None:
        """Pending candidates become done of which something that settles them was observed since they were asked for.

        What the campaign itself is told does so at once; this is for what another one of the store was told.
        """
        with self.transaction() as connection:
            candidates = queries.candidates(connection, self.campaign)
            waiting = {candidate.id for candidate in candidates if candidate.status == "pending"}
            known = queries.recorded(connection, self.campaign) if waiting else []
            telling = {record.id for record in queries.in_force(known) if settles(record.observation)}
            for candidate_id in waiting.intersection(answered(candidates, known, telling)):
                queries.set_status(connection, self.campaign, candidate_id, "done")

    def fail(self, candidate_id: int, reason: str, failure_of: FailureOf) -> None:
        """Say that a candidate failed; raises `InputError` where it is done or excluded by now."""
        with self.transaction() as connection:
            queries.fail(connection, self.campaign, candidate_id, reason, failure_of)

    def retry(self, candidate_ids: Iterable[int]) -> None:
        """Let candidates that failed wait again; raises `InputError` where one has not, and changes nothing then."""
        with self.transaction() as connection:
            for candidate_id in candidate_ids:
                queries.retry(connection, self.campaign, candidate_id)

    def settle_levels(self, level: str) -> None:
        """Give candidates of a store from before they had a level that of their campaign."""
        table = schema.candidates
        unknown = (table.c.campaign == self.campaign, table.c.level == UNKNOWN_LEVEL)
        with self.transaction() as connection:
            connection.execute(update(table).where(*unknown).values(level=level))


@contextmanager
def opened(path: Path | None, campaign: str = DEFAULT_CAMPAIGN) -> Iterator[Store]:
    """A store that is closed at the end of the `with` block."""
    store = Store(path, campaign)
    try:
        yield store
    finally:
        store.close()
