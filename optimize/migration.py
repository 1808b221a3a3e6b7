"""From earlier schemas to the current one: 2 held one campaign, 3 no names of candidates, 4 nothing withdrawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text, update

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.optimize import schema
from ionlink.optimize.rows import observation_row

MIGRATED_SCHEMAS = ("2", "3", "4")

DEFAULT_CAMPAIGN = "main"
"""Name of the one campaign of a store that was never told a name."""

UNKNOWN_LEVEL = ""
"""Level of a candidate from before candidates had one; the campaign that opens the store knows it."""

NAMELESS_ROUNDS_FACT = "rounds_without_names"
"""Of a campaign: how many rounds it had when its store began to keep which candidates observations were named with."""

_REPLACED = ("candidates", "rounds", "observations", "exclusions")

_Row = Mapping[str, Any]


def migrate(connection: Connection) -> None:
    """Bring all tables to the current schema, within the transaction of `connection`."""
    version = schema.about.c
    found = connection.scalar(select(version.value).where(version.key == "schema"))
    if found == "2":
        _split_campaign_from_file(connection)
    else:
        schema.metadata.create_all(connection)
        connection.exec_driver_sql("ALTER TABLE observations ADD COLUMN withdrawal BOOLEAN")
    if found in ("2", "3"):
        _note_rounds_without_names(connection)
    connection.execute(update(schema.about).where(version.key == "schema").values(value=schema.SCHEMA_VERSION))


def _note_rounds_without_names(connection: Connection) -> None:
    table = schema.rounds
    rounds = select(table.c.campaign, func.max(table.c.number)).group_by(table.c.campaign)
    for campaign, number in connection.execute(rounds).all():
        row = {"campaign": campaign, "key": NAMELESS_ROUNDS_FACT, "value": str(number)}
        connection.execute(insert(schema.facts).values(row))


def _split_campaign_from_file(connection: Connection) -> None:
    """From schema 2."""
    for name in _REPLACED:
        connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO old_{name}")
    schema.metadata.create_all(connection)
    _move_facts(connection)
    observations = _old(connection, "observations", "id")
    rounds = _old(connection, "rounds", "number")
    _insert(connection, schema.observations, [_observation(row) for row in observations])
    _insert(connection, schema.rounds, [_round(row, observations) for row in rounds])
    _insert(connection, schema.candidates, [_candidate(r, observations) for r in _old(connection, "candidates", "id")])
    _insert(connection, schema.exclusions, [{**row, "round": 0} for row in _old(connection, "exclusions", "rowid")])
    for name in _REPLACED:
        connection.exec_driver_sql(f"DROP TABLE old_{name}")


def _move_facts(connection: Connection) -> None:
    """The campaign's facts leave the file's; its identity and its beginning become columns."""
    facts = {row["key"]: row["value"] for row in _rows(connection, "SELECT * FROM facts")}
    campaign = {"name": DEFAULT_CAMPAIGN, "identity": facts.pop("campaign"), "began_at": facts.pop("began_at")}
    del facts["schema"]
    connection.execute(insert(schema.campaigns).values(campaign))
    _insert(connection, schema.facts, [{"key": key, "value": value} for key, value in facts.items()])
    connection.execute(delete(schema.about).where(schema.about.c.key != "schema"))


def _observation(row: _Row) -> dict[str, Any]:
    # The fingerprint is computed anew: it used to depend on which fields an observation has.
    place = {name: row[name] for name in Formulation.model_fields if name in row}
    fields = {name: row[name] for name in Observation.model_fields if name in row}
    observation = Observation.model_validate({**fields, "formulation": place})
    return {"id": row["id"], **observation_row(observation, row["occurrence"], row["told_at"])}


def _round(row: _Row, observations: Sequence[_Row]) -> dict[str, Any]:
    before = [o["id"] for o in observations if o["round"] < row["number"]]
    return {**row, "told_before": max(before, default=0)}


def _candidate(row: _Row, observations: Sequence[_Row]) -> dict[str, Any]:
    return {
        **row,
        "level": UNKNOWN_LEVEL,
        "replicates": 1,
        "kind": "new",
        "failure_of": "formulation" if row["status"] == "failed" else None,
        "settled_round": None if row["status"] == "pending" else _settled_round(row, observations),
    }


def _settled_round(candidate: _Row, observations: Sequence[_Row]) -> int:
    """After how many rounds it was first observed; its own where that cannot be told."""
    key = [candidate[name] for name in ("cation", "ligand", "ratio")]
    observed = [o["round"] for o in observations if [o["cation"], o["ligand"], o["ratio"]] == key]
    return int(min((number for number in observed if number >= candidate["round"]), default=candidate["round"]))


def _old(connection: Connection, name: str, order: str) -> list[_Row]:
    return _rows(connection, f"SELECT * FROM old_{name} ORDER BY {order}", schema.metadata.tables[name])


def _rows(connection: Connection, query: str, like: Any = None) -> list[_Row]:  # noqa: ANN401 - a table or nothing
    """Rows as mappings; JSON columns are read as in the table of today."""
    types = {c.name: c.type for c in like.columns if c.name in _JSON} if like is not None else {}
    return [dict(row) for row in connection.execute(text(query).columns(**types)).mappings()]


_JSON = {"reference", "predicted", "evidence"}


def _insert(connection: Connection, table: Any, rows: Sequence[_Row]) -> None:  # noqa: ANN401 - SQLAlchemy's Table
    if rows:
        shared = {"campaign": DEFAULT_CAMPAIGN} if "campaign" in table.c else {}
        connection.execute(insert(table), [{**row, **shared} for row in rows])
