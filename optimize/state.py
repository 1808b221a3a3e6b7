"""All that a store holds of one campaign, as one value that can be cut, kept elsewhere and put back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, Table, insert, select, update

from ionlink.data.errors import InputError
from ionlink.optimize import queries, schema
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.errors import StoreError
from ionlink.optimize.exclusion import Exclusion
from ionlink.optimize.rows import Recorded, candidate_row, fingerprint, observation_row, withdrawal_row
from ionlink.optimize.store import Round, Store


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class FoundExclusion(_Value):
    """A pair that turned out to be impossible."""

    exclusion: Exclusion

    round: int
    """How many rounds were asked for when it did."""


class State(_Value):
    """A campaign's rounds, candidates, exclusions and facts, and all observations that it knows."""

    identity: str
    """Unique in the world."""

    began_at: datetime
    facts: Mapping[str, str]
    rounds: tuple[Round, ...]
    candidates: tuple[Candidate, ...]
    observations: tuple[Recorded, ...]
    exclusions: tuple[FoundExclusion, ...]

    def until(self, number: int) -> "State":
        """What it was just before round `number + 1` was asked for; what was pending then is pending again.

        Raises:
            InputError: so many rounds were not asked for.

        """
        if not 0 <= number <= len(self.rounds):
            raise InputError(
                f"until_round: {number}; it can be 0 to {len(self.rounds)}, the number of rounds that were asked for"
            )
        observations = [record for record in self.observations if record.round <= number]
        candidates = tuple(_back(c, number) for c in self.candidates if c.round <= number)
        ids = {None, *(candidate.id for candidate in candidates)}
        observations = [r if r.candidate in ids else r.model_copy(update={"candidate": None}) for r in observations]
        changes = {
            "rounds": self.rounds[:number],
            "candidates": candidates,
            "observations": tuple(r if (r.superseded_round or 0) <= number else _in_force(r) for r in observations),
            "exclusions": tuple(found for found in self.exclusions if found.round <= number),
        }
        return self.model_copy(update=changes)

    def without_references(self) -> "State":
        """For other objectives, of which the reference points of the hypervolume say nothing."""
        rounds = tuple(Round(r.number, r.asked_at, r.method, None) for r in self.rounds)
        return self.model_copy(update={"rounds": rounds})


def state_of(store: Store) -> State:
    """What the store holds of its campaign."""
    facts = schema.facts
    with store.transaction() as connection:
        settled = connection.execute(select(facts.c.key, facts.c.value).where(facts.c.campaign == store.campaign))
        found = queries.exclusions(connection, store.campaign)
        return State(
            **queries.about(connection, store.campaign),
            facts={row.key: row.value for row in settled},
            rounds=tuple(Round(**row) for row in queries.rounds(connection, store.campaign)),
            candidates=queries.candidates(connection, store.campaign),
            observations=tuple(queries.recorded(connection, store.campaign)),
            exclusions=tuple(FoundExclusion(exclusion=e, round=number) for e, number in found),
        )


def put_back(state: State, store: Store, *, same: bool) -> None:
    """Fill a campaign that has only begun; it knows what the `state` knows, and of the store's observations no more.

    Where it is the `same` campaign, it keeps identity and beginning.

    Raises:
        InputError: the store's campaign has something in it already.
        StoreError: an observation was corrected otherwise in this store.

    """
    campaign = {"campaign": store.campaign}
    with store.transaction() as connection:
        _refuse_filled(connection, store.campaign)
        if same:
            table = schema.campaigns
            values = {"identity": state.identity, "began_at": state.began_at.isoformat()}
            connection.execute(update(table).where(table.c.name == store.campaign).values(values))
        places = _put_observations(connection, store.campaign, state)
        told = queries.last_observation(connection)
        rounds = [
            {"number": r.number, "asked_at": r.asked_at.isoformat(), "method": r.method, "reference": r.reference}
            for r in state.rounds
        ]
        rows: dict[Table, list[dict[str, Any]]] = {
            schema.rounds: [{**row, "told_before": told} for row in rounds],
            schema.candidates: [candidate_row(candidate) for candidate in state.candidates],
            schema.exclusions: [{**e.exclusion.model_dump(), "round": e.round} for e in state.exclusions],
            schema.facts: [{"key": key, "value": value} for key, value in state.facts.items()],
            schema.named: [
                {"observation": places[r.id], "candidate": r.candidate} for r in state.observations if r.candidate
            ],
        }
        for filled, content in rows.items():
            if content:
                connection.execute(insert(filled), [{**row, **campaign} for row in content])


def _refuse_filled(connection: Connection, campaign: str) -> None:
    tables = (schema.rounds, schema.facts, schema.exclusions, schema.known_from)
    if any(connection.execute(select(t).where(t.c.campaign == campaign).limit(1)).first() for t in tables):
        raise InputError(f"the store has a campaign {campaign} with something in it; give another name or store")


def _put_observations(connection: Connection, campaign: str, state: State) -> dict[int, int]:
    """Id in the store of each observation, by its id in the `state`."""
    table, known_from = schema.observations, schema.known_from
    before = set(connection.scalars(select(table.c.id)))
    places = _places(connection, state)
    for record in state.observations:
        if record.superseded_by is not None:
            _supersede(connection, places[record.id], record, places[record.superseded_by])
    # Without a row here, an observation that is older than the rounds counts as known from the beginning.
    rounds: dict[int, int | None] = dict.fromkeys(before)
    rounds |= {places[record.id]: record.round for record in state.observations}
    rounds |= {places[number]: record.superseded_round for number, record in _withdrawals(state).items()}
    rows = [{"campaign": campaign, "observation": o, "round": n} for o, n in rounds.items() if n != 0]
    if rows:
        connection.execute(insert(known_from), rows)
    return places


def _places(connection: Connection, state: State) -> dict[int, int]:
    """Id in the store of each observation or withdrawal, stored where it is not there yet, by its id in the `state`."""
    places: dict[int, int] = {}
    seen: dict[str, int] = {}
    withdrawals = _withdrawals(state)
    records = {record.id: record for record in state.observations} | withdrawals
    for number, record in sorted(records.items()):
        if number in withdrawals:
            at = record.superseded_at or record.told_at
            row = withdrawal_row(record.observation, places[record.id], at.isoformat())
        else:
            key = fingerprint(record.observation)
            seen[key] = seen.get(key, -1) + 1
            row = observation_row(record.observation, seen[key], record.told_at.isoformat())
        places[number] = _place(connection, row)
    return places


def _withdrawals(state: State) -> dict[int, Recorded]:
    """What was withdrawn, by the id of the withdrawal."""
    ids = ((record.superseded_by, record) for record in state.observations if record.withdrawn)
    return {number: record for number, record in ids if number is not None}


def _place(connection: Connection, row: Mapping[str, Any]) -> int:
    """Id of a row in the store, which has it from now on."""
    table = schema.observations
    alike = (table.c.fingerprint == row["fingerprint"], table.c.occurrence == row["occurrence"])
    found = connection.scalar(select(table.c.id).where(*alike))
    return int(found or connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one())


def _supersede(connection: Connection, old: int, record: Recorded, new: int) -> None:
    table = schema.observations
    there = connection.scalar(select(table.c.superseded_by).where(table.c.id == old))
    if there == new:
        return
    if there is not None:
        what = f"{record.observation.formulation}, {record.observation.outcome}"
        raise StoreError(f"{what} was corrected or withdrawn otherwise in this store; use another store")
    at = record.superseded_at and record.superseded_at.isoformat()
    values = {"superseded_by": new, "superseded_at": at, "correction": record.correction}
    connection.execute(update(table).where(table.c.id == old).values(values))


def _back(candidate: Candidate, number: int) -> Candidate:
    """As it was before round `number + 1`."""
    if candidate.settled_round is None or candidate.settled_round <= number:
        return candidate
    pending = {"status": "pending", "reason": None, "failure_of": None, "settled_round": None}
    return candidate.model_copy(update=pending)


def _in_force(record: Recorded) -> Recorded:
    names = ("superseded_by", "superseded_at", "correction", "superseded_round")
    return record.model_copy(update={**dict.fromkeys(names), "withdrawn": False})
