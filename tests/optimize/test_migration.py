import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from toy_campaigns import SPACE

from ionlink.data import Formulation, Observation
from ionlink.optimize import Campaign, Store, StoreError, StoreMigrated, database, migration
from ionlink.optimize.closed_form import OBJECTIVES
from ionlink.optimize.store import opened

OLD = (Path(__file__).parent / "support" / "store_of_schema_2.sql").read_text("utf-8")


@pytest.fixture
def old(tmp_path):
    """A store as version 2 of the schema left it: two rounds, each status, observations of two levels, repeats."""
    file = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(OLD)
    return file


def dump(file):
    with closing(sqlite3.connect(file)) as connection:
        return "\n".join(connection.iterdump())


def test_everything_is_still_there(old):
    with pytest.warns(StoreMigrated), opened(old) as store:
        assert store.campaigns() == ("main",)
        assert store.campaign_id == "50d960c5aab740f79ce39225a50dcd37"
        assert store.began_at.isoformat() == "2026-11-26T17:14:02.373525+00:00"
        assert store.fact("protocol") == "abc"
        assert [(e.cation, e.ligand, e.reason) for e in store.exclusions()] == [("Zr4+", "PAA", "no parameters")]
        assert [r.number for r in store.rounds()] == [1, 2]
        assert [c.status for c in store.candidates()] == ["done", "failed", "done", "excluded", "pending"]
        assert [c.settled_round for c in store.candidates()] == [1, 1, 2, 1, None]
        assert store.candidates()[1].failure_of == "formulation"
        assert [len(store.observations(k)) for k in (0, 1, 2)] == [1, 4, 6]
        literature, *_, last = store.observations()
        assert (literature.formulation.ratio, literature.bound, literature.evidence) == (None, "<", ("figure",))
        assert last.formulation == Formulation(cation="Ca2+", ligand="PF-COO", ratio=6.65)


def test_it_goes_on(old):
    with pytest.warns(StoreMigrated):
        store = Store(old)
    campaign = Campaign(SPACE, OBJECTIVES, seed=1, store=store)
    assert {c.level for c in campaign.candidates} == {"lab"}
    assert campaign.tell(store.observations()).stored == 0, "what was told before is recognised"
    assert [c.id for c in campaign.ask(2)] == [6, 7]
    store.close()
    Store(old).close()  # no warning: it is migrated once


def test_stores_in_which_nothing_could_be_withdrawn_lose_nothing(tmp_path):
    file = tmp_path / "store.sqlite"
    campaign = Campaign(SPACE, OBJECTIVES, seed=1, store=Store(file))
    (candidate,) = campaign.ask(1)
    told = Observation(formulation=candidate.formulation, outcome="peel_force", value=1, level="lab", source="book")
    campaign.tell([told], made_for=candidate.id)
    before = campaign.to_json()
    campaign.store.close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("ALTER TABLE observations DROP COLUMN withdrawal")
        connection.execute("UPDATE facts SET value = '4' WHERE key = 'schema'")
    with pytest.warns(StoreMigrated, match="from schema 4"), opened(file) as store:
        campaign = Campaign(SPACE, OBJECTIVES, seed=1, store=store)
        assert campaign.to_json() == before
        campaign.withdraw(told, reason="spilt")
        assert campaign.observations() == ()


def test_what_it_was_lies_beside_it_and_is_never_overwritten(old):
    before = dump(old)
    copy = old.with_name("store.sqlite.schema-2.bak")
    copy.write_text("something of the user's")
    with pytest.warns(StoreMigrated, match=r"schema-22\.bak"):
        Store(old).close()
    assert copy.read_text() == "something of the user's"
    assert dump(old.with_name("store.sqlite.schema-22.bak")) == before


def test_a_migration_that_fails_leaves_it_as_it_was(old, monkeypatch):
    before = dump(old)

    def fails(connection):
        migration.migrate(connection)
        raise IntegrityError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr(database, "migrate", fails)
    with pytest.raises(StoreError, match="disk full"):
        Store(old)
    assert dump(old) == before


@pytest.mark.parametrize(
    ("version", "remedy"), [("99", "git pull, then make install"), ("1", "the ionlink that wrote")]
)
def test_other_versions_are_refused_with_what_to_do(old, version, remedy):
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE facts SET value = ? WHERE key = 'schema'", (version,))
    with pytest.raises(StoreError, match=f"schema {version}.*{remedy}"):
        Store(old)
    assert list(old.parent.glob("*.bak")) == []


def test_of_two_processes_one_migrates(old, monkeypatch):
    back_up = database._back_up

    def overtaken(path, found):
        copy = back_up(path, found)
        monkeypatch.setattr(database, "_back_up", back_up)
        Store(path).close()
        return copy

    monkeypatch.setattr(database, "_back_up", overtaken)
    with pytest.warns(StoreMigrated) as told, opened(old) as store:
        assert len(store.candidates()) == 5
    assert len(told) == 1
    assert len(list(old.parent.glob("*.bak"))) == 1
