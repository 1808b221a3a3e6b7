"""The store's SQLite file: opened, created where there is none, brought to the current schema where it is older."""

import sqlite3
import warnings
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, insert, inspect, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from ionlink.optimize import schema
from ionlink.optimize.errors import StoreError, StoreMigrated
from ionlink.optimize.migration import MIGRATED_SCHEMAS, migrate

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another one."""


def open_database(path: Path | None, *, create: bool = True) -> Engine:
    """An engine on the file, or on a new database in memory; every transaction of it waits for other writers.

    Whoever uses it gets `StoreError` where the file cannot be read or written.

    A file of an earlier schema is migrated in place, after a copy of it was put beside it; a `StoreMigrated`
    warning names the copy. Raises `StoreError` for a file of any other schema, or that is no store, and unless it may
    `create` one, where there is none.
    """
    if path and not create and not path.exists():
        raise StoreError(f"{path}: there is no such store; put it back, or correct where it is looked for")
    where = URL.create("sqlite", database=str(path) if path else None)
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_TIMEOUT_S}} if path else {"poolclass": StaticPool}
    engine = create_engine(where, **options)
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin_immediately)
    event.listen(engine, "handle_error", partial(_say_what_is_wrong, path))
    try:
        with engine.begin() as connection:
            found = _schema(connection) or _create(connection, path, create)
        if found in MIGRATED_SCHEMAS and path is not None:
            found = _migrate(engine, path, found)
    except DatabaseError as error:
        engine.dispose()
        raise StoreError(f"{path} cannot be used as a store: {error.orig}") from error
    except StoreError:
        engine.dispose()
        raise
    if found != schema.SCHEMA_VERSION:
        engine.dispose()
        raise StoreError(_refusal(path, found))
    return engine


def _prepare_connection(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3.Connection, untyped in the event
    # The driver's own transaction handling begins too late; SQLAlchemy's events begin them instead.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_immediately(connection: Connection) -> None:
    # A transaction that reads first and writes later would otherwise fail when another writes in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _say_what_is_wrong(path: Path | None, context: ExceptionContext) -> None:
    """Of a file that is locked for too long, full, damaged or no database; other errors are left as they are."""
    error = context.original_exception
    if type(error) in (sqlite3.OperationalError, sqlite3.DatabaseError):
        raise StoreError(f"{path} cannot be used as a store: {error}") from error


def _schema(connection: Connection) -> str | None:
    """Version of the schema; `None` where there are no tables yet."""
    if not inspect(connection).has_table(schema.about.name):
        return None
    return connection.scalar(select(schema.about.c.value).where(schema.about.c.key == "schema"))


def _create(connection: Connection, path: Path | None, allowed: bool) -> str:
    tables = inspect(connection).get_table_names()
    if tables or not allowed:
        what = f"a database of something else, with a table {tables[0]}" if tables else "empty"
        raise StoreError(f"{path} cannot be used as a store: it is {what}")
    schema.metadata.create_all(connection)
    connection.execute(insert(schema.about).values(key="schema", value=schema.SCHEMA_VERSION))
    return schema.SCHEMA_VERSION


def _migrate(engine: Engine, path: Path, found: str) -> str:
    copy = _back_up(path, found)
    with engine.begin() as connection:
        faster = _schema(connection) not in MIGRATED_SCHEMAS
        if not faster:
            migrate(connection)
    if faster:  # another process migrated it, and has its own copy
        copy.unlink()
        return schema.SCHEMA_VERSION
    warnings.warn(
        f"{path} was brought from schema {found} to {schema.SCHEMA_VERSION}; as it was before: {copy}",
        StoreMigrated,
        stacklevel=4,
    )
    return schema.SCHEMA_VERSION


def _back_up(path: Path, found: str) -> Path:
    """A copy of the file beside it, under a name that is free."""
    names = (path.with_name(f"{path.name}.schema-{found}{mark}.bak") for mark in ("", *map(str, range(2, 99))))
    copy = next(name for name in names if not name.exists())
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def _refusal(path: Path | None, found: str) -> str:
    newer = found.isdecimal() and int(found) > int(schema.SCHEMA_VERSION)
    remedy = (
        "it was written by a newer ionlink: upgrade this one (in its folder: git pull, then make install)"
        if newer
        else "it is older than what can be migrated: use the ionlink that wrote it, or begin a new campaign"
    )
    return f"{path} has schema {found}, this version of ionlink reads {schema.SCHEMA_VERSION}; {remedy}"
