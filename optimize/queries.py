"""What the store's methods read and write within one transaction."""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from ionlink.data.errors import InputError
from ionlink.data.observation import Observation
from ionlink.optimize import schema
from ionlink.optimize.candidate import Candidate, FailureOf, Status
from ionlink.optimize.errors import StoreError
from ionlink.optimize.exclusion import Exclusion
from ionlink.optimize.rows import (
    Correction,
    Lineage,
    Recorded,
    candidate_of,
    fingerprint,
    now,
    observation_row,
    recorded_of,
    withdrawal_row,
)
from ionlink.optimize.sameness import deviation, same_formulation


def last_round(connection: Connection, campaign: str) -> int:
    """How many rounds the campaign asked for."""
    table = schema.rounds
    return int(connection.scalar(select(func.max(table.c.number)).where(table.c.campaign == campaign)) or 0)


def last_observation(connection: Connection) -> int:
    """Largest id of an observation in the file; 0 where there is none."""
    return int(connection.scalar(select(func.max(schema.observations.c.id))) or 0)


def about(connection: Connection, campaign: str) -> dict[str, str]:
    """The campaign's identity and its beginning."""
    table = schema.campaigns
    query = select(table.c.identity, table.c.began_at).where(table.c.name == campaign)
    return dict(connection.execute(query).mappings().one())


def rounds(connection: Connection, campaign: str) -> list[dict[str, Any]]:
    """Number, time, method and reference of all rounds in order."""
    table = schema.rounds
    columns = (table.c.number, table.c.asked_at, table.c.method, table.c.reference)
    query = select(*columns).where(table.c.campaign == campaign).order_by(table.c.number)
    found = [dict(row) for row in connection.execute(query).mappings()]
    return [{**row, "asked_at": datetime.fromisoformat(row["asked_at"])} for row in found]


def candidates(connection: Connection, campaign: str) -> tuple[Candidate, ...]:
    """All candidates of the campaign in the order of their ids."""
    table = schema.candidates
    query = select(table).where(table.c.campaign == campaign).order_by(table.c.id)
    return tuple(candidate_of(row) for row in connection.execute(query))


def exclusions(connection: Connection, campaign: str) -> list[tuple[Exclusion, int]]:
    """Pairs that turned out to be impossible, each with how many rounds were asked for by then."""
    query = select(schema.exclusions).where(schema.exclusions.c.campaign == campaign).order_by(text("rowid"))
    rows = connection.execute(query)
    return [(Exclusion(cation=row.cation, ligand=row.ligand, reason=row.reason), row.round) for row in rows]


def recorded(connection: Connection, campaign: str) -> list[Recorded]:
    """All that the campaign knows, superseded or not, in the order in which it learned it.

    Without a row in `known_from`, it learned an observation when that was told to the file: after as many of its
    rounds as were asked for by then.
    """
    told_before, elsewhere = _rounds_told_before(connection, campaign), _known_from(connection, campaign)
    names = _names(connection, campaign)
    rows, rounds = [], {}
    for row in connection.execute(select(schema.observations).order_by(schema.observations.c.id)):
        number = elsewhere[row.id] if row.id in elsewhere else bisect_left(told_before, row.id)
        if number is not None:
            rows.append(row)
            rounds[row.id] = number
    records = [
        recorded_of(row, lineage, names.get(row.id))
        for row, lineage in zip(rows, _lineages(rows, rounds), strict=True)
        if not row.withdrawal
    ]
    return sorted(records, key=lambda record: record.round)


def _lineages(rows: Sequence[Row[Any]], rounds: Mapping[int, int]) -> Iterator[Lineage]:
    """Of each row, in the order of ids; `rounds` has when each was learned. What supersedes has a larger id."""
    withdrawals, since = {row.id for row in rows if row.withdrawal}, dict(rounds)
    for row in rows:
        new = row.superseded_by
        if new in since:
            since[new] = min(since[new], since[row.id])
        yield Lineage(rounds[row.id], since[row.id], rounds.get(new), new in withdrawals)


def in_force(records: Iterable[Recorded], until_round: int | None = None) -> tuple[Recorded, ...]:
    """Those that nothing superseded, of all or of those learned before round `until_round + 1` was asked."""
    until = math.inf if until_round is None else until_round
    return tuple(
        record
        for record in records
        if record.round <= until and (record.superseded_round is None or record.superseded_round > until)
    )


def learn(
    connection: Connection, campaign: str, observations: Sequence[Observation], made_for: Sequence[int | None]
) -> list[int]:
    """Store what the campaign does not know yet; returns the ids of that.

    Equal observations told together are counted, so that each has a row of its own. Of each, `made_for` has the id of
    the candidate that is named with it; where one was named before, that stays.
    """
    seen: Counter[str] = Counter()
    number, news = last_round(connection, campaign), []
    for observation, candidate in zip(observations, made_for, strict=True):
        key = fingerprint(observation)
        place, is_new = _learn(connection, campaign, observation, seen[key], number)
        if is_new:
            news.append(place)
        if candidate is not None:
            _name(connection, campaign, place, candidate)
        seen[key] += 1
    return news


def supersede(connection: Connection, campaign: str, correction: Correction, reason: str) -> int:
    """Store a correction beside what it corrects, and return its id.

    In every campaign it is of the candidate that this was of, where it can be of that.

    Raises:
        StoreError: that was corrected, or withdrawn, already.

    """
    table = schema.observations
    equal = select(func.count()).select_from(table).where(table.c.fingerprint == fingerprint(correction.observation))
    row = observation_row(correction.observation, connection.execute(equal).scalar_one(), now())
    new = int(connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one())
    for old in correction.supersedes:
        _refuse_superseded(connection, old)
        _put_in_place(connection, new, old, reason)
    if correction.candidate is not None:
        _name(connection, campaign, new, correction.candidate)
    asked, names = schema.candidates, schema.named
    named = (asked.c.campaign == names.c.campaign) & (asked.c.id == names.c.candidate)
    before = select(asked).join(names, named).where(names.c.observation.in_(correction.supersedes))
    for its in connection.execute(before.order_by(names.c.observation)).all():
        if _is_of(connection, its.campaign, correction.observation, candidate_of(its)):
            _name(connection, its.campaign, new, its.id)
    return new


def withdraw(connection: Connection, campaign: str, withdrawn: Recorded, reason: str) -> None:
    """Say that an observation does not hold, and that there is nothing in its place.

    Where another campaign withdrew it, which this one did not know, it knows that from now on.

    Raises:
        StoreError: it was corrected, or withdrawn, already.

    """
    table, elsewhere = schema.observations, schema.known_from
    by = select(table.c.superseded_by).where(table.c.id == withdrawn.id).scalar_subquery()
    hidden = (elsewhere.c.campaign == campaign, elsewhere.c.round.is_(None), elsewhere.c.observation == by)
    is_withdrawal = select(table.c.withdrawal).where(table.c.id == by)
    if connection.scalar(is_withdrawal):
        known = update(elsewhere).where(*hidden).values(round=last_round(connection, campaign))
        if connection.execute(known).rowcount:
            return
    _refuse_superseded(connection, withdrawn.id)
    row = withdrawal_row(withdrawn.observation, withdrawn.id, now())
    new = connection.execute(insert(table).values(row).returning(table.c.id))
    _put_in_place(connection, int(new.scalar_one()), withdrawn.id, reason)


def fail(connection: Connection, campaign: str, candidate_id: int, reason: str, failure_of: FailureOf) -> None:
    """Say that a candidate failed; raises `InputError` without a reason, or where it cannot have, as it stands now."""
    if not reason.strip():
        raise InputError("reason: is empty; say why it failed, it is kept with the candidate")
    table = schema.candidates
    query = select(table).where(table.c.campaign == campaign, table.c.id == candidate_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise InputError(f"candidate: there is no {candidate_id}")
    if fault := candidate_of(row).no_failure:
        raise InputError(f"candidate: {fault}")
    set_status(connection, campaign, candidate_id, "failed", reason, failure_of)


def retry(connection: Connection, campaign: str, candidate_id: int) -> None:
    """Let a candidate that failed wait again; raises `InputError` where it has not, as it stands now."""
    table = schema.candidates
    query = select(table).where(table.c.campaign == campaign, table.c.id == candidate_id)
    row = connection.execute(query).one_or_none()
    if row is None or row.status != "failed":
        is_what = "not there" if row is None else row.status
        raise InputError(f"candidate: {candidate_id} is {is_what}; only what failed can be tried again")
    set_status(connection, campaign, candidate_id, "pending")


def set_status(
    connection: Connection,
    campaign: str,
    candidate_id: int,
    status: Status,
    reason: str | None = None,
    failure_of: FailureOf | None = None,
) -> None:
    """Say what became of a candidate."""
    table = schema.candidates
    ended = None if status == "pending" else last_round(connection, campaign)
    values = {"status": status, "reason": reason, "failure_of": failure_of, "settled_round": ended}
    connection.execute(update(table).where(table.c.campaign == campaign, table.c.id == candidate_id).values(values))


def _learn(
    connection: Connection, campaign: str, observation: Observation, occurrence: int, number: int
) -> tuple[int, bool]:
    """Id of an observation, and whether it is news to the campaign; it is known from now on."""
    table, elsewhere = schema.observations, schema.known_from
    known = connection.scalar(
        select(table.c.id).where(table.c.fingerprint == fingerprint(observation), table.c.occurrence == occurrence)
    )
    if known is None:
        row = observation_row(observation, occurrence, now())
        return connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one(), True
    hidden = (elsewhere.c.campaign == campaign, elsewhere.c.observation == known, elsewhere.c.round.is_(None))
    return known, bool(connection.execute(update(elsewhere).where(*hidden).values(round=number)).rowcount)


def _refuse_superseded(connection: Connection, observation: int) -> None:
    table = schema.observations
    if connection.scalar(select(table.c.superseded_by).where(table.c.id == observation)) is not None:
        what = f"observation {observation} was corrected before, or withdrawn"
        raise StoreError(f"{what}, here or by another campaign of the store; the history says what holds here")


def _put_in_place(connection: Connection, new: int, old: int, reason: str) -> None:
    table = schema.observations
    values = {"superseded_by": new, "superseded_at": now(), "correction": reason}
    connection.execute(update(table).where(table.c.id == old).values(values))


def _is_of(connection: Connection, campaign: str, observation: Observation, candidate: Candidate) -> bool:
    """Whether what names a candidate still can, and is not just what another one had asked for."""
    made, level = observation.formulation, observation.level
    if level != candidate.level or deviation(made, candidate.formulation) > 1:
        return False
    if same_formulation(made, candidate.formulation):
        return True
    others = candidates(connection, campaign)
    return not any(c.level == level and same_formulation(made, c.formulation) for c in others)


def _name(connection: Connection, campaign: str, observation: int, candidate: int) -> None:
    row = {"campaign": campaign, "observation": observation, "candidate": candidate}
    connection.execute(sqlite_insert(schema.named).values(row).on_conflict_do_nothing())


def _names(connection: Connection, campaign: str) -> dict[int, int]:
    table = schema.named
    rows = connection.execute(select(table.c.observation, table.c.candidate).where(table.c.campaign == campaign))
    return {row.observation: row.candidate for row in rows}


def _rounds_told_before(connection: Connection, campaign: str) -> list[int]:
    table = schema.rounds
    query = select(table.c.told_before).where(table.c.campaign == campaign).order_by(table.c.number)
    return list(connection.scalars(query))


def _known_from(connection: Connection, campaign: str) -> dict[int, int | None]:
    table = schema.known_from
    rows = connection.execute(select(table.c.observation, table.c.round).where(table.c.campaign == campaign))
    return {row.observation: row.round for row in rows}
