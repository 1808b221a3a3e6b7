import os
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from ionlink.data import Formulation, Observation
from ionlink.optimize import Exclusion, Prediction, Store, StoreError
from ionlink.optimize.rows import Proposal
from ionlink.optimize.store import opened

FE = Formulation(cation="Fe3+", ligand="PAA", ratio=60)
MG = Formulation(cation="Mg2+", ligand="PAA", ratio=12.3)
SEEN = Observation(formulation=FE, outcome="density", value=1.2, level="lab", source="notebook 3")

finite = st.floats(allow_nan=False, allow_infinity=False)
observations = st.builds(
    Observation,
    formulation=st.builds(
        Formulation,
        cation=st.sampled_from(["Fe3+", "Mg2+"]),
        ligand=st.just("PAA"),
        ratio=st.none() | st.floats(min_value=1e-3, max_value=1e6),
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


def proposal(formulation=FE, refusal=None):
    return Proposal(formulation, "test", {"density": Prediction(mean=1.1, standard_deviation=0.1)}, refusal)


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
        store.tell([SEEN], [FE])
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
    _, done = store.tell([SEEN], [Formulation(cation="Mg2+", ligand="PAA", ratio=12.31)])
    assert [c.formulation for c in done] == [MG]
    assert [c.status for c in store.candidates()] == ["pending", "done"]


def test_a_failed_candidate_stays_failed_when_told():
    store = Store()
    (candidate,) = store.add_round(1, "test", None, [proposal(FE)])
    store.set_status(candidate.id, "failed", "it exploded")
    assert store.tell([SEEN], [FE])[1] == ()
    assert store.candidates()[0].reason == "it exploded"


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


def test_a_store_of_another_version_is_refused(tmp_path):
    file = tmp_path / "store.sqlite"
    Store(file).close()
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE facts SET value = '99' WHERE key = 'schema'"))
    engine.dispose()
    with pytest.raises(StoreError, match="schema 99"):
        Store(file)


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
