"""A table told again under another name does not count twice; repeats that come out equal do."""

import pytest
from toy_campaigns import SPACE

from ionlink.data import Formulation, InputError
from ionlink.optimize import Campaign, Objective
from ionlink.optimize.rows import Proposal

HEADER = "cation,ligand,ratio,outcome,value,unit"
ROWS = [f"Fe3+,PAA,{ratio},peel_force,{value},N" for ratio, value in ((60, 1.9), (40, 2.1), (20, 2.6), (10, 1.2))]


@pytest.fixture
def campaign():
    return Campaign(SPACE, [Objective(outcome="peel_force", goal="maximise")])


@pytest.fixture
def table(tmp_path):
    def write(name, *rows, header=HEADER):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
        return path

    return write


def refused(campaign, path):
    before = campaign.history()
    with pytest.raises(InputError) as caught:
        campaign.tell_file(path)
    assert campaign.history() == before
    return caught.value.faults


def test_a_copy_is_refused_with_the_ways_out(campaign, table):
    campaign.tell_file(table("few.csv", *ROWS))
    (fault,) = refused(campaign, table("few (2).csv", *ROWS[::-1]))
    for part in ("few (2).csv: 4 of 4 rows equal what was told from few.csv (", "column `source`: few.csv where"):
        assert part in fault
    named = [f"{row},{source}" for source in ("few.csv", "the next day") for row in ROWS]
    told = campaign.tell_file(table("few (2).csv", *named, header=f"{HEADER},source"))
    assert (told.stored, told.repeated) == (4, 4), "the same is known, repeats are new"


@pytest.mark.parametrize(
    "rows",
    [
        [*ROWS, "Mg2+,PAA,60,peel_force,1,N"],
        [*ROWS, *(f"Mg2+,PAA,{ratio},peel_force,1,N" for ratio in range(5, 50, 5))],
        [*ROWS[:3], ROWS[3].replace("1.2", "1.3")],
        ROWS[:2],
    ],
    ids=["grown", "grown a lot", "put right", "a part"],
)
def test_a_copy_that_was_changed_is_refused_as_well(campaign, table, rows):
    campaign.tell_file(table("few.csv", *ROWS))
    assert "rows equal what was told from few.csv" in refused(campaign, table("changed.csv", *rows))[0]


def test_two_tables_that_were_joined_are_told_apart(campaign, table):
    for place, row in enumerate(ROWS[:2]):
        campaign.tell_file(table(f"{place}.csv", row))
    faults = refused(campaign, table("joined.csv", *ROWS[:2]))
    assert ["1 of 2 rows equal what was told from" in fault for fault in faults] == [True, True]


def test_repeats_may_come_out_equal_here_and_there(campaign, table):
    campaign.tell_file(table("monday.csv", *ROWS))
    again = [ROWS[0], *(row.replace(",N", "1,N") for row in ROWS[1:])]
    assert campaign.tell_file(table("tuesday.csv", *again)).stored == 4
    assert campaign.tell_file(table("tuesday.csv", *again)).repeated == 4, "the same file is known"


def test_a_sample_of_a_later_candidate_is_no_copy(campaign, table):
    point = Formulation(cation="Fe3+", ligand="PAA", ratio=60)
    campaign.tell_file(table("monday.csv", ROWS[0]))
    campaign.store.add_round(1, "by hand", None, [Proposal(point, "more", {}, "lab", kind="replicate")])
    path = table("tuesday.csv", f"{ROWS[0]},1", header=f"{HEADER},candidate")
    assert campaign.tell_file(path).stored == 1


def test_what_counts_twice_already_may_be_told_again(campaign, table):
    path = table("few.csv", *ROWS)
    campaign.tell_file(path)
    named = [f"{row},few (2).csv" for row in ROWS]
    campaign.tell_file(table("named.csv", *named, header=f"{HEADER},source"))
    assert campaign.tell_file(table("few (2).csv", *ROWS)).repeated == 4
