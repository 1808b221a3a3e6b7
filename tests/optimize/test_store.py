import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, inspect, text

from ionlink.data import Formulation, Observation
from ionlink.optimize import Exclusion, Prediction, Store, StoreError
from ionlink.optimize.rows import Proposal
from ionlink.optimize.store import opened

FE = Formulation(cation="Fe3+", ligand="PAA", ratio=60)
MG = Formulation(cation="Mg2+", ligand="PAA", ratio=12.3)
SEEN = Observation(formulation=FE, outcome="density", value=1.2, level="lab", source="notebook 3")


def counts(_):
    """An aim that counts whatever is observed."""
    return True


finite = st.floats(allow_nan=False, allow_infinity=False)
observations = st.builds(
    Observation,
    formulation=st.builds(
        Formulation,
        cation=st.sampled_from(["Fe3+", "Mg2+"]),
        ligand=st.just("PAA"),
        ratio=st.none() | st.floats(min_value=1e-3, max_value=1e6),
        ph=st.none() | st.floats(min_value=1, max_value=13),
    ),
    outcome=st.just("density"),
    value=finite,
    standard_error=st.none() | st.floats(min_value=0, allow_infinity=False),
    bound=st.sampled_from(["=", "<", ">"]),
    level=st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1),
    source=st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1),
    conditions=st.none() | st.just("cell=half; current=0.2C"),
    evidence=st.lists(st.sampled_from(["figure", "half_cell"]), unique=True).map(tuple),
    protocol=st.none() | st.just("abc"),
    replicates=st.none() | st.integers(1, 9),
)


def proposal(formulation=FE, refusal=None, **fields):
    return Proposal(
        formulation, "test", {"density": Prediction(mean=1.1, standard_deviation=0.1)}, "lab", refusal, **fields
    )


@given(st.lists(observations, max_size=5))
def test_observations_come_back_as_they_were(told):
    with opened(None) as store:
        assert store.tell(told)[0] == len(told)
        assert store.observations() == tuple(told)


def test_telling_again_stores_nothing_but_repeats_told_together_count():
    store = Store()
    assert store.tell([SEEN, SEEN])[0] == 2
    assert store.tell([SEEN])[0] == 0
    assert store.tell([SEEN, SEEN, SEEN])[0] == 1
    assert len(store.observations()) == 3


def test_all_of_it_survives_on_disk(tmp_path):
    with opened(tmp_path / "store.sqlite") as store:
        store.add_round(1, "space filling", {"density": -1.0}, [proposal(), proposal(MG, "no parameters")])
        store.tell([SEEN], counts)
        store.exclude(Exclusion(cation="Ti4+", ligand="PAA", reason="no parameters"))
        identity, began = store.campaign_id, store.began_at
    with opened(tmp_path / "store.sqlite") as store:
        assert (store.campaign_id, store.began_at) == (identity, began)
        done, excluded = store.candidates()
        assert (done.status, done.formulation, done.predicted["density"].mean) == ("done", FE, 1.1)
        assert (excluded.status, excluded.reason) == ("excluded", "no parameters")
        assert store.rounds()[0].reference == {"density": -1.0}
        assert store.observations() == (SEEN,)
        assert store.exclusions()[0].cation == "Ti4+"


def test_only_settled_formulations_are_done():
    store = Store()
    store.add_round(1, "test", None, [proposal(FE), proposal(MG)])
    near = SEEN.model_copy(update={"formulation": Formulation(cation="Mg2+", ligand="PAA", ratio=12.31)})
    _, done = store.tell([SEEN, near], lambda observation: observation == near)
    assert [c.formulation for c in done] == [MG]
    assert [c.status for c in store.candidates()] == ["pending", "done"]


def test_what_is_told_of_a_failed_candidate_makes_it_done():
    store = Store()
    (candidate,) = store.add_round(1, "test", None, [proposal(FE)])
    store.fail(candidate.id, "it exploded", "formulation")
    (done,) = store.tell([SEEN], counts)[1]
    assert (done.status, done.reason, done.failure_of) == ("done", None, None)


def test_observations_know_the_round_they_were_told_in():
    store = Store()
    store.tell([SEEN])
    store.add_round(1, "test", None, [proposal()])
    store.tell([SEEN.model_copy(update={"value": 2.0})])
    assert [o.value for o in store.observations(0)] == [1.2]
    assert len(store.observations(1)) == 2


def test_two_processes_cannot_ask_for_the_same_round():
    store = Store()
    store.add_round(1, "test", None, [proposal()])
    with pytest.raises(StoreError, match="meanwhile"):
        store.add_round(1, "test", None, [proposal(MG)])
    assert len(store.candidates()) == 1


def test_what_is_settled_stays():
    store = Store()
    assert store.settle("protocol", "abc") == "abc"
    assert store.settle("protocol", "xyz") == "abc"


def test_a_file_that_is_no_store_is_refused(tmp_path):
    file = tmp_path / "store.sqlite"
    file.write_text("a letter home, long enough to be mistaken for something else" * 30)
    with pytest.raises(StoreError, match="cannot be used as a store"):
        Store(file)


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "store.sqlite"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE plants (name TEXT)"))
    with pytest.raises(StoreError, match="cannot be used as a store: it is a database of something else"):
        Store(file)
    assert inspect(engine).get_table_names() == ["plants"]
    engine.dispose()


def test_a_store_of_another_version_is_refused(tmp_path):
    file = tmp_path / "store.sqlite"
    Store(file).close()
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE facts SET value = '99' WHERE key = 'schema'"))
    engine.dispose()
    with pytest.raises(StoreError, match="schema 99"):
        Store(file)


@pytest.mark.parametrize("name", ["is it iron?", "100% Fe", "a%20b", "no. #3"])
def test_a_store_lies_where_its_path_says(tmp_path, name):
    (tmp_path / name).mkdir()
    store = Store(tmp_path / name / "store.sqlite")
    store.settle("protocol", "abc")
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "store.sqlite").is_file()
    with opened(tmp_path / name / "store.sqlite") as again:
        assert again.fact("protocol") == "abc"


def test_another_writer_that_keeps_a_store_for_too_long_is_told_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr("ionlink.optimize.database.BUSY_TIMEOUT_S", 0.1)
    file = tmp_path / "store.sqlite"
    with opened(file) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"store\.sqlite cannot be used as a store: database is locked"):
            store.tell([SEEN])
        other.execute("ROLLBACK")
        assert store.tell([SEEN])[0] == 1


FULL = """
import resource, sys
from pathlib import Path
from ionlink.optimize import Store, StoreError
store = Store(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    store.settle("protocol", "x" * 10**5)
except StoreError as error:
    sys.exit(0 if "cannot be used as a store: disk" in str(error) else 1)
"""


def test_a_disk_without_room_is_told_in_a_line(tmp_path):
    assert subprocess.run([sys.executable, "-c", FULL, tmp_path / "store.sqlite"], check=False).returncode == 0


WRITER = """
import sys
from pathlib import Path
from ionlink.data import Formulation, Observation
from ionlink.optimize import Store
store = Store(Path(sys.argv[1]))
fe = Formulation(cation="Fe3+", ligand="PAA", ratio=60)
for k in range(10**6):
    seen = {"formulation": fe, "value": k, "level": "lab", "source": "w"}
    store.tell([Observation(outcome=o, **seen) for o in ("density", "peel_force")])
    print(k, flush=True)
"""


def test_what_was_told_survives_a_kill_and_nothing_is_half_told(tmp_path):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path / "s.sqlite"], stdout=subprocess.PIPE, text=True)
    confirmed = [writer.stdout.readline() for _ in range(20)]
    time.sleep(0.01)
    os.kill(writer.pid, signal.SIGKILL)
    confirmed += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    with opened(tmp_path / "s.sqlite") as store:
        values = [o.value for o in store.observations()]
    complete = [line for line in confirmed if line.endswith("\n")]
    assert len(complete) >= 20
    assert len(values) >= 2 * len(complete)
    assert values == sorted([*range(len(values) // 2)] * 2)


def test_campaigns_of_one_store_share_what_was_observed_and_nothing_else(tmp_path):
    with opened(tmp_path / "s.sqlite", "one") as one:
        two = one.of("two")
        one.add_round(1, "test", None, [proposal()])
        one.tell([SEEN], counts)
        one.exclude(Exclusion(cation="Ti4+", ligand="PAA", reason="no parameters"))
        one.settle("protocol", "abc")
        two.add_round(1, "test", None, [proposal(MG), proposal(FE)])
        assert two.observations() == two.observations(0) == one.observations() == (SEEN,)
        assert one.observations(0) == ()
        assert [c.id for c in two.candidates()] == [1, 2]
        assert {c.status for c in two.candidates()} == {"pending"}
        assert (two.exclusions(), two.fact("protocol")) == ((), None)
        assert one.campaign_id != two.campaign_id
        assert two.tell([SEEN], counts) == (0, ()), "it was known before it was asked for"
        again = SEEN.model_copy(update={"value": 1.3})
        assert [c.id for c in two.tell([again], counts)[1]] == [2]
    with opened(tmp_path / "s.sqlite", "two") as two:
        assert two.campaigns() == ("one", "two")
        assert [c.status for c in two.candidates()] == ["pending", "done"]


def test_conditions_may_be_open_for_some_candidates_of_a_round():
    mixture = Formulation(cation="Fe3+", ligand="PAA", ratio=60, second_cation="Al3+", second_fraction=0.25, ph=4.5)
    store = Store()
    store.add_round(1, "test", None, [proposal(FE), proposal(mixture)])
    assert [c.formulation for c in store.candidates()] == [FE, mixture]


def test_a_candidate_waits_for_its_own_level():
    store = Store()
    store.add_round(1, "test", None, [proposal(), Proposal(FE, "test", {}, "explicit", kind="level")])
    explicit = SEEN.model_copy(update={"level": "explicit"})
    assert [c.level for c in store.tell([explicit], counts)[1]] == ["explicit"]
    assert [c.level for c in store.tell([SEEN], counts)[1]] == ["lab"]


def test_only_something_new_answers_for_a_replicate():
    store = Store()
    store.tell([SEEN])
    store.add_round(1, "test", None, [proposal(kind="replicate", replicates=2)])
    assert store.tell([SEEN], counts) == (0, ())
    again = SEEN.model_copy(update={"value": 1.25})
    (done,) = store.tell([SEEN, again], counts)[1]
    assert (done.status, done.replicates, done.kind) == ("done", 2, "replicate")


def test_a_replicate_that_failed_is_not_done_by_the_next_one():
    store = Store()
    store.tell([SEEN])
    failed, _ = store.add_round(1, "test", None, [proposal(kind="replicate"), proposal(kind="replicate")])
    store.fail(failed.id, "it broke", "formulation")
    again = SEEN.model_copy(update={"value": 1.25})
    assert [c.id for c in store.tell([again], counts)[1]] == [2]
    assert [c.id for c in store.tell([again], counts, ids=[failed.id])[1]] == [1]


def test_why_a_candidate_was_proposed_is_kept():
    why = {"gain": 0.5, "beats": [1, 2], "because": {"density": "uncertain"}}
    (candidate,) = Store().add_round(1, "test", None, [proposal(why=why)])
    assert candidate.why == why


ASKER = """
import sys
from pathlib import Path
from ionlink.data import Formulation, Observation
from ionlink.optimize import Store
from ionlink.optimize.rows import Proposal
name = sys.argv[2]
store = Store(Path(sys.argv[1]), name)
for number in range(1, 31):
    point = Formulation(cation="Fe3+", ligand="PAA", ratio=number)
    store.add_round(number, "test", None, [Proposal(point, "test", {}, "lab")] * 2)
    seen = Observation(formulation=point, outcome="density", value=number, level="lab", source=name)
    store.tell([seen], lambda _: True)
"""


def test_two_campaigns_that_run_at_once_stay_apart(tmp_path):
    file = tmp_path / "s.sqlite"
    askers = [subprocess.Popen([sys.executable, "-c", ASKER, file, name]) for name in ("one", "two")]
    assert [asker.wait() for asker in askers] == [0, 0]
    with opened(file, "one") as one:
        two = one.of("two")
        for store in (one, two):
            assert [c.id for c in store.candidates()] == list(range(1, 61))
            assert {c.status for c in store.candidates()} == {"done"}
        assert one.observations() and set(one.observations()) == set(two.observations())
        assert len(one.observations()) == 60
        for number in range(31):
            own = [o for o in one.observations(number) if o.source == "one"]
            assert [o.value for o in own] == list(range(1, number + 1)), "each knows its own by its own rounds"
