import numpy as np
import pytest
from toy_campaigns import SPACE

from ionlink.data import Formulation, InputError, Observation
from ionlink.optimize import Campaign, Objective, Store, StoreError
from ionlink.optimize.corrections import sort_out
from ionlink.optimize.rows import Correction, Proposal

FE = Formulation(cation="Fe3+", ligand="PAA", ratio=60)
HEADER = "cation,ligand,ratio,outcome,value,unit,source"


def force(value, **fields):
    fields = {"formulation": FE, "outcome": "peel_force", "level": "lab", "source": "book 7", **fields}
    return Observation(value=value, **fields)


@pytest.fixture
def campaign():
    return Campaign(SPACE, [Objective(outcome="peel_force", goal="maximise")])


@pytest.fixture
def table(tmp_path):
    def write(*rows, header=HEADER):
        path = tmp_path / "lab.csv"
        path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
        return path

    return write


def values(campaign):
    return sorted(o.value for o in campaign.observations())


def test_a_correction_supersedes_and_everything_stays_in_the_history(campaign):
    campaign.tell([force(1.0, standard_error=0.1)])
    told = campaign.correct(1, value=1.2, reason="the balance was off")
    assert (told.stored, told.corrected) == (1, 1)
    assert campaign.observations() == (force(1.2, standard_error=0.1),)
    old, new = campaign.history()
    assert (old.observation.value, old.superseded_by, old.correction) == (1.0, new.id, "the balance was off")
    assert old.superseded_at >= old.told_at
    assert new.superseded_by is None
    assert campaign.tell([force(1.0, standard_error=0.1)]).repeated == 1, "what is wrong does not come back"
    assert values(campaign) == [1.2]


def test_several_observations_are_corrected_all_or_none(campaign):
    other = FE.model_copy(update={"ratio": 30.0})
    campaign.tell([force(1.0), force(2.0), force(3.0, formulation=other), force(7.0, formulation=other)])
    history = campaign.history()
    with pytest.raises(InputError) as caught:
        campaign.correct_all({1: {"formulation": other}, 2: {"value": 2.0}, 3: {"value": 3.0}}, "other vial")
    assert [fault.split(":")[0].split(",")[0] for fault in caught.value.faults] == ["observation 2", "observation 3"]
    with pytest.raises(InputError, match="would say the same as 1, and both would count"):
        campaign.correct_all({n: {"formulation": other, "value": 5.0} for n in (1, 2)}, "other vial")
    for order in ((1, 4), (4, 1)):
        changes = {1: {"formulation": other}, 4: {"value": 1.0}}
        with pytest.raises(InputError, match="would say the same as"):
            campaign.correct_all({n: changes[n] for n in order}, "other vial")
    with pytest.raises(InputError, match="observation 1: is named twice"):
        campaign.correct_all({1: {"value": 6.0}, history[0].observation: {"value": 8.0}}, "other vial")
    assert campaign.history() == history
    told = campaign.correct_all({1: {"formulation": other}, 2: {"formulation": other}}, "other vial")
    assert told.corrected == 2
    assert {o.formulation for o in campaign.observations()} == {other}


def test_ids_may_be_numpys(campaign):
    one, other, third = campaign.ask(3)
    seen = [force(1.0, formulation=c.formulation) for c in (one, other)]
    assert len(campaign.tell(seen[:1], made_for=np.int64(one.id)).done) == 1
    campaign.tell(seen[1:], made_for=np.array([other.id]), failures={np.int64(third.id): "it gelled"})
    assert [c.status for c in campaign.candidates] == ["done", "done", "failed"]
    assert [record.candidate for record in campaign.history()] == [one.id, other.id]
    first, second = np.array([record.id for record in campaign.history()])
    campaign.correct(first, value=2.0, reason="a slip")
    campaign.withdraw(second, reason="spilt")
    assert values(campaign) == [2.0]
    with pytest.raises(InputError, match="there is no observation 99"):
        campaign.withdraw(np.int64(99), reason="spilt")


def test_a_correction_may_be_corrected_even_back(campaign):
    campaign.tell([force(1.0)])
    campaign.correct(force(1.0), value=1.2, reason="the balance was off")
    campaign.correct(force(1.2), value=1.0, reason="no, it was right", standard_error=0.2)
    assert campaign.observations() == (force(1.0, standard_error=0.2),)
    assert len(campaign.history()) == 3


def test_models_before_a_correction_knew_what_was_told_then(campaign):
    campaign.tell([force(1.0)])
    campaign.ask(1)
    campaign.correct(1, value=1.2, reason="the balance was off")
    assert [o.value for o in campaign.observations(0)] == [1.0]
    assert [o.value for o in campaign.observations(1)] == [1.2]


@pytest.mark.parametrize(("wrong", "said"), [(7, "there is no observation 7"), (force(9.0), "9 N: was never told")])
def test_what_was_never_told_cannot_be_corrected(campaign, wrong, said):
    campaign.tell([force(1.0)])
    with pytest.raises(InputError, match=said):
        campaign.correct(wrong, value=1.2, reason="the balance was off")


def test_all_that_cannot_be_withdrawn_is_named_with_what_became_of_it(campaign):
    campaign.tell([force(1.0), force(2.0), force(3.0)])
    campaign.correct(1, value=1.2, reason="a slip")
    campaign.withdraw(2, reason="spilt")
    with pytest.raises(InputError) as caught:
        campaign.withdraw(1, 2, 3, 3, 9, reason="spilt")
    assert [fault.split(";")[0] for fault in caught.value.faults] == [
        "observation 1: is not in force, since observation 4 is told in its place",
        "observation 2: is not in force, since it was withdrawn",
        "observation 3: is named twice",
        "there is no observation 9",
    ]
    with pytest.raises(InputError, match=r"no observation 8.*\n.*no observation 9"):
        campaign.correct_all({8: {"value": 1.0}, 9: {"value": 1.0}}, "a slip")


def test_a_limit_may_turn_out_to_be_a_value_and_a_value_a_limit(campaign, table):
    campaign.tell([force(0.4, bound="<"), force(3.0, source="book 8")])
    corrects = f"{HEADER},corrects"
    campaign.tell_file(table("Fe3+,PAA,60,peel_force,0.35,N,book 7,<0.4", header=corrects))
    campaign.correct(2, bound=">", reason="the cell tore first")
    assert [(o.value, o.bound) for o in campaign.observations()] == [(0.35, "="), (3.0, ">")]


def test_a_correction_needs_a_reason_and_a_possible_value(campaign):
    campaign.tell([force(1.0)])
    with pytest.raises(InputError, match="reason"):
        campaign.correct(1, value=1.2, reason=" ")
    with pytest.raises(InputError, match="smallest possible"):
        campaign.correct(1, value=-1.0, reason="a sign")
    assert values(campaign) == [1.0]


def test_of_two_corrections_at_once_the_second_is_refused(campaign):
    campaign.tell([force(1.0)])
    campaign.correct(1, value=1.2, reason="one")
    with pytest.raises(StoreError, match="observation 1 was corrected before"):
        campaign.tell([force(5.0)], corrections=[Correction(force(1.3), (1,))], reason="other")
    assert values(campaign) == [1.2], "nothing of it was stored"


def test_another_value_from_the_same_source_is_a_conflict(campaign, table):
    campaign.tell([force(1.9), force(3.0, source="book 8")])
    with pytest.raises(InputError) as caught:
        campaign.tell_file(table("Fe3+,PAA,60,peel_force,2100,mN,book 7", "Mg2+,PAA,60,peel_force,1,N,book 7"))
    conflict, remedy = caught.value.faults
    for part in ("lab.csv: row 2", "Fe3+ / PAA / 60:1", "2.1 N", "1.9 N", "book 7"):
        assert part in conflict
    assert "corrects" in remedy
    assert "--correct" in remedy
    assert values(campaign) == [1.9, 3.0]


@pytest.fixture
def telling_between(campaign, monkeypatch):
    """Lets somebody else tell while a table is judged, so many times."""

    def let(values):
        def sort_out_late(*arguments, **options):
            found = sort_out(*arguments, **options)
            if values:
                campaign.tell([values.pop(0)])
            return found

        monkeypatch.setattr("ionlink.optimize.lab_telling.sort_out", sort_out_late)

    return let


def test_a_table_that_contradicts_what_is_told_at_the_same_moment_is_refused(campaign, table, telling_between):
    telling_between([force(2.1)])
    with pytest.raises(InputError, match=r"1\.9 N here, but was 2\.1 N"):
        campaign.tell_file(table("Fe3+,PAA,60,peel_force,1.9,N,book 7"))
    assert values(campaign) == [2.1]


def test_a_table_is_told_beside_what_others_tell_at_the_same_moment(campaign, table, telling_between):
    telling_between([force(2.1, source="book 8")])
    assert campaign.tell_file(table("Fe3+,PAA,60,peel_force,1.9,N,book 7")).stored == 1
    telling_between([force(float(n), source="book 9") for n in range(9)])
    with pytest.raises(StoreError, match="another process told something meanwhile; tell again"):
        campaign.tell_file(table("Fe3+,PAA,60,peel_force,1.7,N,book 3"))


def test_repeats_are_no_conflict(campaign, table):
    repeats = ["Fe3+,PAA,60,peel_force,1.9,N,book 7", "Fe3+,PAA,60,peel_force,2.1,N,book 7"]
    assert campaign.tell_file(table(*repeats)).stored == 2
    appended = [*repeats, "Fe3+,PAA,60,peel_force,2.0,N,book 7"]
    assert campaign.tell_file(table(*appended)).stored == 1
    assert campaign.tell_file(table(*appended)).repeated == 3
    assert values(campaign) == [1.9, 2.0, 2.1]


def test_a_mixture_is_the_same_whichever_cation_is_named_first(campaign, table):
    header = f"{HEADER},second_cation,second_fraction"
    iron, aluminium = "Fe3+,PAA,60,peel_force,{},N,book 7,Al3+,0.3", "Al3+,PAA,60,peel_force,{},N,book 7,Fe3+,0.7"
    assert campaign.tell_file(table(iron.format(1.9), header=header)).stored == 1
    again = campaign.tell_file(table(aluminium.format(1.9), header=header))
    assert (again.stored, again.repeated) == (0, 1)
    with pytest.raises(InputError, match=r"peel_force is 2\.1 N here, but was 1\.9 N"):
        campaign.tell_file(table(aluminium.format(2.1), header=header))
    assert values(campaign) == [1.9]


def test_that_is_so_of_what_is_told_corrected_and_withdrawn_from_python(campaign):
    iron = FE.model_copy(update={"second_cation": "Al3+", "second_fraction": 0.3})
    assert campaign.tell([force(1.9, formulation=iron)]).stored == 1
    assert campaign.tell([force(1.9, formulation=iron.turned)]).repeated == 1
    with pytest.raises(InputError, match="is as it was told"):
        campaign.correct(1, formulation=iron.turned, reason="the other way round")
    campaign.correct(force(1.9, formulation=iron.turned), value=2.1, reason="the balance was off")
    assert campaign.observations() == (force(2.1, formulation=iron),)
    campaign.withdraw(force(2.1, formulation=iron.turned), reason="it was spilt")
    assert campaign.observations() == ()


def test_a_column_says_what_is_corrected(campaign, table):
    campaign.tell([force(1.9), force(2.1)])
    corrected = table("Fe3+,PAA,60,peel_force,2.3,N,book 7,1.9", header=f"{HEADER},corrects")
    told = campaign.tell_file(corrected)
    assert (told.stored, told.corrected) == (1, 1)
    assert values(campaign) == [2.1, 2.3]
    assert campaign.history()[0].correction == "corrected by lab.csv"
    again = campaign.tell_file(corrected)
    assert (again.stored, again.repeated) == (0, 1)


@pytest.mark.parametrize("source", ["book 7", "another book"])
def test_of_equal_repeats_a_table_corrects_as_many_as_it_has_rows_however_often_it_is_told(campaign, table, source):
    campaign.tell([force(1.4), force(1.4), force(1.4)])
    row = f"Fe3+,PAA,60,peel_force,1.6,N,{source},1.4"
    for rows, corrected in (([row], 1), ([row], 0), ([row, row], 1), ([row, row], 0)):
        told = campaign.tell_file(table(*rows, header=f"{HEADER},corrects"))
        assert (told.corrected, told.repeated) == (corrected, len(rows) - corrected)
    assert values(campaign) == [1.4, 1.6, 1.6]


def test_a_correction_that_was_corrected_is_known_when_it_is_told_again(campaign, table):
    campaign.tell([force(1.4), force(1.4)])
    corrected = table("Fe3+,PAA,60,peel_force,1.6,N,book 7,1.4", header=f"{HEADER},corrects")
    campaign.tell_file(corrected)
    campaign.correct(force(1.6), value=1.7, reason="the balance was off")
    assert campaign.tell_file(corrected).repeated == 1
    assert values(campaign) == [1.4, 1.7]


def test_a_repeat_that_equals_the_right_value_is_no_correction_yet(campaign, table):
    campaign.tell([force(1.4), force(1.6)])
    corrected = table("Fe3+,PAA,60,peel_force,1.6,N,book 7,1.4", header=f"{HEADER},corrects")
    assert campaign.tell_file(corrected).corrected == 1
    assert campaign.tell_file(corrected).repeated == 1
    assert values(campaign) == [1.6, 1.6]


def test_what_was_corrected_twice_contradicts_nothing(campaign, table):
    campaign.tell([force(1.9)])
    campaign.correct(1, value=2.3, reason="a slip")
    rows = ["Fe3+,PAA,60,peel_force,2.5,N,book 7,2.3", "Fe3+,PAA,60,peel_force,3,N,book 7,"]
    assert campaign.tell_file(table(*rows, header=f"{HEADER},corrects")).stored == 2
    assert values(campaign) == [2.5, 3.0]


def test_the_value_that_is_corrected_is_in_the_rows_unit(campaign, table):
    campaign.tell([force(1.9)])
    campaign.tell_file(table("Fe3+,PAA,60,peel_force,2300,mN,another book,1900", header=f"{HEADER},corrects"))
    assert values(campaign) == [2.3]


def test_a_column_corrects_what_is_of_the_candidate_that_the_row_names(campaign, table):
    campaign.store.add_round(1, "by hand", None, [Proposal(FE, "by hand", {}, "lab") for _ in range(3)])
    header, row = f"{HEADER},candidate,corrects", "Fe3+,PAA,63,peel_force,{},N,book 7,{},{}"
    campaign.tell_file(table(row.format(1.9, 1, ""), row.format(1.9, 2, ""), header=header))
    for candidate in (2, 1):
        corrected = table(row.format(2.5, candidate, 1.9), header=header)
        assert [campaign.tell_file(corrected).corrected for _ in range(2)] == [1, 0]
        superseded = [record.candidate for record in campaign.history() if record.superseded_by is not None]
        assert superseded == list(range(candidate, 3))
    assert [(record.observation.value, record.candidate) for record in campaign.history()][2:] == [(2.5, 2), (2.5, 1)]
    with pytest.raises(InputError, match=r"is 1\.9 N of candidate 3; those in force: 2\.5 N of candidate 2, 2\.5 N of"):
        campaign.tell_file(table(row.format(2.5, 3, 1.9), header=header))


def test_correcting_what_was_never_told_is_refused_with_what_there_is(campaign, table):
    campaign.tell([force(1.9)])
    with pytest.raises(InputError, match=r"row 2, corrects: no peel_force .* is 1\.8 N; those in force: 1\.9 N"):
        campaign.tell_file(table("Fe3+,PAA,60,peel_force,2.3,N,book 7,1.8", header=f"{HEADER},corrects"))


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        ([1.0], [1.2], [1.2]),
        ([1.0, 1.1], [1.2, 1.3], [1.2, 1.3]),
        ([1.0, 1.1, 1.4], [1.2], [1.2]),
        ([1.0], [1.2, 1.3], [1.2, 1.3]),
        ([1.0, 1.1], [1.1, 1.3], [1.1, 1.3]),
    ],
)
def test_a_whole_table_may_be_a_correction(campaign, table, before, now, after):
    campaign.tell([force(value) for value in before])
    path = table(*(f"Fe3+,PAA,60,peel_force,{value},N,book 7" for value in now))
    with pytest.raises(InputError):
        campaign.tell_file(path)
    campaign.tell_file(path, correct=True, reason="read off anew")
    assert values(campaign) == after
    assert {r.correction for r in campaign.history() if r.superseded_by} == {"read off anew"}
    assert len(campaign.history()) == len(before) + len(set(now) - set(before))
    assert campaign.tell_file(path, correct=True).stored == 0


def test_a_table_as_it_was_first_may_be_put_back_in_force(campaign, table):
    first = table("Fe3+,PAA,60,peel_force,1.9,N,book 7")
    campaign.tell_file(first)
    campaign.correct(1, value=2.5, reason="a slip")
    assert campaign.tell_file(first).repeated == 1
    assert values(campaign) == [2.5]
    campaign.tell_file(first, correct=True)
    assert values(campaign) == [1.9]


def test_a_candidate_may_be_named_and_made_at_another_ratio(campaign, table):
    (candidate,) = campaign.ask(1)
    point = candidate.formulation
    row = f"{point.cation},{point.ligand},{point.ratio * 1.3},peel_force,1.9,N,book 7"
    (done,) = campaign.tell_file(table(f"{row},{candidate.id}", header=f"{HEADER},candidate")).done
    assert done.id == candidate.id
    assert campaign.observations()[0].formulation.ratio == pytest.approx(point.ratio * 1.3)
    (ranked,) = campaign.ranking().to_dict("records")
    assert (ranked["candidate"], ranked["round"]) == (candidate.id, 1)


def test_what_was_made_is_of_the_candidate_that_is_named(campaign, table):
    known = force(1.0, formulation=Formulation(cation="Fe3+", ligand="PAA", ratio=58))
    campaign.tell([known])
    asked = [Formulation(cation="Fe3+", ligand="PAA", ratio=ratio) for ratio in (50, 62, 70)]
    campaign.store.add_round(1, "by hand", None, [Proposal(point, "by hand", {}, "lab") for point in asked])
    rows = [f"Fe3+,PAA,{ratio},peel_force,1.9,N,book 7,{n}" for ratio, n in ((55, 1), (59, 2), (70, 3))]
    campaign.tell_file(table(*rows, header=f"{HEADER},candidate"))
    campaign.tell([force(2.0, formulation=Formulation(cation="Fe3+", ligand="PAA", ratio=66))])
    ranking = campaign.ranking().set_index("ratio")
    assert ranking["candidate"].dropna().to_dict() == {55: 1, 59: 2, 70: 3}
    assert ranking["round"].to_dict() == {58: 0, 55: 1, 59: 1, 70: 1, 66: 1}, "58 was known before"


def test_what_is_clearly_something_else_is_not_the_candidate(campaign, table):
    asked = Formulation(cation="Fe3+", ligand="PAA", ratio=60, ph=2)
    campaign.store.add_round(1, "by hand", None, [Proposal(asked, "by hand", {}, "lab")])
    rows = [f"Fe3+,PAA,{ratio},peel_force,1.9,N,book 7,1,{ph}" for ratio, ph in ((10, 7), (60, 7), (10, 2), (58, 2.3))]
    with pytest.raises(InputError) as caught:
        campaign.tell_file(table(*rows, header=f"{HEADER},candidate,ph"))
    first, *others = caught.value.faults
    assert first == (
        "lab.csv: row 2, candidate: 1 is Fe3+ / PAA / 60:1 / pH 2, but the row is of Fe3+ / PAA / 10:1 / pH 7; "
        "leave the cell empty if that was made instead"
    )
    assert [fault.partition(",")[0] for fault in others] == ["lab.csv: row 3", "lab.csv: row 4"]
    (done,) = campaign.tell_file(table(rows[-1], header=f"{HEADER},candidate,ph")).done
    assert done.id == 1


def test_a_candidate_that_is_another_one_is_refused(campaign, table):
    (candidate,) = campaign.ask(1)
    other = "Fe3+" if candidate.formulation.cation != "Fe3+" else "Mg2+"
    rows = [f"{other},PAA,60,peel_force,{v},N,book 7,{n}" for v, n in ((1.9, candidate.id), ("much", 99))]
    with pytest.raises(InputError) as caught:
        campaign.tell_file(table(*rows, header=f"{HEADER},candidate"))
    rows = [fault.partition(", ")[0].removeprefix("lab.csv: ") for fault in caught.value.faults]
    assert rows == ["row 2", "row 3", "row 3"]
    assert campaign.pending == (candidate,)


def test_a_level_that_is_put_right_in_the_same_file_moves_the_row(campaign, table):
    plain, header = "Fe3+,PAA,60,peel_force,2.0,N", "cation,ligand,ratio,outcome,value,unit,level"
    campaign.tell_file(table(f"{plain},", header=header))
    moved = table(f"{plain},full-cell", header=header)
    with pytest.raises(InputError, match=r"row 2, level: .* is of .* at level full-cell here, but was of level lab"):
        campaign.tell_file(moved)
    assert campaign.tell_file(moved, correct=True).corrected == 1
    assert [o.level for o in campaign.store.observations()] == ["full-cell"]
    assert campaign.tell_file(moved).repeated == 1


def test_levels_that_differ_in_capitals_are_one_and_in_numbers_two(campaign, table):
    header = "cation,ligand,ratio,outcome,value,unit,level"
    campaign.tell([force(1.0, level="Half-Cell")])
    with pytest.raises(InputError, match="'half-cell' is not known here; did you mean Half-Cell"):
        campaign.tell_file(table("Fe3+,PAA,60,peel_force,2.0,N,half-cell", header=header))
    assert campaign.tell_file(table("Fe3+,PAA,60,peel_force,2.0,N,lab2", header=header)).stored == 1


@pytest.mark.parametrize("wrong", [{"value": float("nan")}, {"value": 2.0, "standard_error": -1.0}])
def test_a_number_that_cannot_be_is_refused_in_a_line(campaign, wrong):
    campaign.tell([force(1.0)])
    with pytest.raises(InputError, match="observation 1, "):
        campaign.correct(1, reason="the balance was off", **wrong)
    assert values(campaign) == [1.0]


PLAIN = "cation,ligand,ratio,outcome,value,unit"


def test_a_ratio_that_is_put_right_in_the_same_file_moves_the_row(campaign, table):
    other = "Mg2+,PAA,60,peel_force,2.0,N"
    campaign.tell_file(table("Fe3+,PAA,80,peel_force,2.0,N", other, header=PLAIN))
    right = table("Fe3+,PAA,8,peel_force,2.0,N", other, header=PLAIN)
    with pytest.raises(
        InputError, match=r"row 2, ratio: peel_force 2 N is of Fe3\+ / PAA / 8:1 here, but was of .* 80:1"
    ):
        campaign.tell_file(right)
    assert campaign.tell_file(right, correct=True).corrected == 1
    assert sorted(o.formulation.ratio for o in campaign.observations()) == [8, 60]
    assert campaign.tell_file(right).repeated == 2


def test_another_batch_under_the_same_name_corrects_nothing(campaign, table):
    campaign.tell_file(table("Fe3+,PAA,80,peel_force,2.0,N", "Mg2+,PAA,60,peel_force,1.0,N", header=PLAIN))
    assert campaign.tell_file(table("Fe3+,PAA,8,peel_force,2.0,N", header=PLAIN)).stored == 1
    assert len(campaign.observations()) == 3


def test_what_was_made_and_where_it_was_observed_can_be_corrected(campaign):
    (candidate,) = campaign.ask(1)
    point = candidate.formulation
    slip = point.model_copy(update={"ratio": point.ratio * 10})
    campaign.tell([force(2.0, formulation=slip, level="half-cell")])
    assert campaign.pending == (candidate,)
    campaign.correct(1, level="lab", reason="the wrong column")
    assert campaign.pending == (candidate,)
    told = campaign.correct(2, formulation=point, reason="a digit too many")
    assert [done.id for done in told.done] == [candidate.id]
    assert campaign.observations() == (force(2.0, formulation=point),)


def test_what_is_not_of_its_candidate_any_more_does_not_name_it(campaign):
    (candidate,) = campaign.ask(1)
    campaign.tell([force(2.0, formulation=candidate.formulation)], made_for=candidate.id)
    other = candidate.formulation.model_copy(
        update={"cation": "Fe3+" if candidate.formulation.cation != "Fe3+" else "Mg2+"}
    )
    campaign.correct(1, formulation=other, reason="the other vial")
    assert [record.candidate for record in campaign.history()] == [candidate.id, None]
    assert campaign.missing() == {candidate.id: ("peel_force",)}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, "say what else is right"),
        ({"value": 1.0}, "say what else is right"),
        ({"level": "LAB "}, "did you mean lab"),
    ],
)
def test_a_correction_says_something_else(campaign, changes, fault):
    campaign.tell([force(1.0)])
    with pytest.raises(InputError, match=fault):
        campaign.correct(1, reason="a slip", **changes)


def test_what_a_simulation_was_of_cannot_be_corrected():
    campaign = Campaign(SPACE, [Objective(outcome="peel_force", goal="maximise")], level="screen", protocol="abc")
    campaign.tell([force(1.0, level="screen", protocol="abc")])
    with pytest.raises(InputError, match="observation 1, formulation: is of a simulation"):
        campaign.correct(1, formulation=FE.model_copy(update={"ratio": 8}), reason="a slip")
    with pytest.raises(InputError, match="screen is simulated"):
        campaign.correct(1, level="screen", reason="a slip")


def test_what_is_withdrawn_counts_no_more_and_stays_in_the_history(campaign):
    (candidate,) = campaign.ask(1)
    point = candidate.formulation
    campaign.tell([force(1.0), force(2.0, formulation=point)])
    campaign.ask(1)
    campaign.withdraw(1, force(2.0, formulation=point), reason="spilt")
    assert campaign.observations() == ()
    assert [(r.correction, r.withdrawn and r.superseded_round) for r in campaign.history()] == [("spilt", 2)] * 2
    assert len(campaign.observations(1)) == 2, "models of then knew it"
    assert campaign.missing() == {candidate.id: ("peel_force",)}
    assert campaign.tell([force(1.0)]).repeated == 1
    assert campaign.observations() == (), "told again, it stays withdrawn"
    assert campaign.tell([force(1.0, source="book 8")]).stored == 1


def test_what_is_withdrawn_cannot_be_corrected_nor_withdrawn_again(campaign):
    campaign.tell([force(1.0), force(2.0)])
    with pytest.raises(InputError, match="reason"):
        campaign.withdraw(1, reason=" ")
    with pytest.raises(InputError, match="observation 9"):
        campaign.withdraw(1, 9, reason="spilt")
    assert len(campaign.observations()) == 2, "nothing of it was withdrawn"
    record = campaign.history()[0]
    campaign.withdraw(1, reason="spilt")
    with pytest.raises(InputError, match="observation 1: is not in force"):
        campaign.correct(1, value=3.0, reason="a slip")
    for late in (
        lambda: campaign.store.withdraw([record], "spilt"),
        lambda: campaign.tell([], corrections=[Correction(force(3.0), (1,))], reason="a slip"),
    ):
        with pytest.raises(StoreError, match="observation 1 was corrected before, or withdrawn"):
            late()


def test_a_correction_that_is_withdrawn_does_not_bring_back_what_it_corrected(campaign):
    campaign.tell([force(1.0)])
    campaign.correct(1, value=1.2, reason="the balance was off")
    campaign.withdraw(2, reason="it was broken")
    assert campaign.observations() == ()


def test_a_fork_from_before_a_withdrawal_knows_what_was_known_then(campaign):
    campaign.ask(1)
    campaign.tell([force(1.0)])
    campaign.ask(1)
    campaign.withdraw(1, reason="spilt")
    for n, store in enumerate((campaign.store, Store())):
        known = [campaign.fork(f"until {k}, {n}", k, store).observations() for k in (0, 1, 2)]
        assert [len(observations) for observations in known] == [0, 1, 0]
    assert campaign.observations() == ()


def test_what_moved_to_another_level_counts_there_alone(campaign):
    (candidate,) = campaign.ask(1)
    campaign.tell([force(2.0, formulation=candidate.formulation), force(1.0)], made_for=[candidate.id, None])
    campaign.ask(1)
    campaign.correct(1, level="half-cell", reason="the wrong column")
    assert [o.value for o in campaign.joined_observations()] == [1.0]
    assert campaign.ranking()["peel_force"].tolist() == [1.0]
    assert campaign.missing() == {candidate.id: ("peel_force",)}
    assert [o.value for o in campaign.joined_observations(1)] == [2.0, 1.0], "it was taken to be of lab then"


def test_progress_knows_what_was_withdrawn_later(campaign):
    campaign.ask(1)
    campaign.tell([force(1.0), force(2.0)])
    campaign.ask(1)
    campaign.withdraw(force(2.0), reason="spilt")
    assert [len(campaign.joined_observations(k)) for k in (0, 1, 2)] == [0, 2, 1]


def test_a_table_that_corrects_does_not_bring_back_what_was_withdrawn(campaign, table):
    point = "Fe3+,PAA,60,peel_force"
    campaign.tell_file(table(f"{point},1.0,N", f"{point},2.0,N", header=PLAIN))
    campaign.withdraw(1, reason="spilt")
    campaign.tell_file(table(f"{point},1.0,N", f"{point},2.2,N", header=PLAIN), correct=True)
    assert values(campaign) == [2.2]


def test_what_was_corrected_by_hand_did_not_move(campaign, table):
    first, other = "Fe3+,PAA,80,peel_force,2.0,N", "Mg2+,PAA,60,peel_force,1.0,N"
    campaign.tell_file(table(first, other, header=PLAIN))
    campaign.correct(1, formulation=FE.model_copy(update={"ratio": 8}), reason="a zero too many")
    grown = table(first, other, "Fe3+,PAA,20,peel_force,2.0,N", header=PLAIN)
    assert campaign.tell_file(grown).stored == 1
    assert sorted(o.formulation.ratio for o in campaign.observations()) == [8, 20, 60]


@pytest.mark.parametrize("how", [{"header": f"{PLAIN},corrects"}, {"header": PLAIN, "correct": True}])
def test_a_value_that_changed_did_not_move(campaign, table, how):
    correct, header = how.get("correct", False), how["header"]
    campaign.tell_file(table("Fe3+,PAA,80,peel_force,2.0,N", "Mg2+,PAA,60,peel_force,1.0,N", header=PLAIN))
    wrong, none = ("", "") if correct else (",2.0", ",")
    rows = (f"Fe3+,PAA,80,peel_force,3.0,N{wrong}", f"Mg2+,PAA,60,peel_force,1.0,N{none}")
    campaign.tell_file(table(*rows, f"Fe3+,PAA,20,peel_force,2.0,N{none}", header=header), correct=correct)
    old = campaign.history()[0]
    assert {r.id: r.observation.value for r in campaign.history()}[old.superseded_by] == 3.0
    assert values(campaign) == [1.0, 2.0, 3.0]


def test_a_level_that_is_put_right_beside_a_named_source_moves_the_row(campaign, table):
    plain, header = "Fe3+,PAA,60,peel_force,2.0,N,book 7", f"{HEADER},level"
    campaign.tell_file(table(f"{plain},", header=header))
    moved = table(f"{plain},full-cell", header=header)
    with pytest.raises(InputError, match=r"full-cell here, but was of level lab .* from the same source, book 7"):
        campaign.tell_file(moved)
    campaign.tell_file(moved, correct=True)
    assert [o.level for o in campaign.store.observations()] == ["full-cell"]


def test_what_was_withdrawn_settles_nothing(campaign):
    (candidate,) = campaign.ask(1)
    told = force(2.0, formulation=candidate.formulation.model_copy(update={"ratio": candidate.formulation.ratio * 1.2}))
    campaign.tell([told])
    campaign.withdraw(1, reason="spilt")
    again = campaign.tell([told], made_for=candidate.id)
    assert (again.done, again.withdrawn, campaign.pending) == ((), 1, (candidate,))


def test_of_equal_repeats_each_is_withdrawn_by_itself(campaign):
    campaign.tell([force(1.0), force(1.0)])
    campaign.withdraw(force(1.0), reason="spilt")
    assert (campaign.tell([force(1.0), force(1.0)]).withdrawn, values(campaign)) == (1, [1.0])
    campaign.tell([force(2.0), force(2.0)])
    campaign.withdraw(force(2.0), force(2.0), reason="spilt")
    assert values(campaign) == [1.0]


def test_a_fork_withdraws_what_was_withdrawn_after_it_parted(campaign):
    campaign.ask(1)
    campaign.tell([force(1.0)])
    campaign.ask(1)
    campaign.withdraw(1, reason="spilt")
    fork = campaign.fork("before", 1)
    with pytest.raises(StoreError, match="or by another campaign of the store"):
        fork.correct(1, value=2.0, reason="a slip")
    fork.withdraw(1, reason="spilt, it is true")
    assert fork.observations() == ()


def test_what_is_put_right_is_of_the_candidate_that_asked_for_just_that(campaign):
    points = [FE, FE.model_copy(update={"ratio": 80})]
    campaign.store.add_round(1, "by hand", None, [Proposal(point, "by hand", {}, "lab") for point in points])
    campaign.tell([force(2.0, formulation=FE)], made_for=1)
    assert [done.id for done in campaign.correct(1, formulation=points[1], reason="the other vial").done] == [2]
    assert [record.candidate for record in campaign.history()] == [1, None]


def test_what_is_there_already_is_not_told_twice_by_moving(campaign):
    campaign.tell([force(1.0), force(1.0, level="full-cell")])
    with pytest.raises(InputError, match="observation 2 says so already"):
        campaign.correct(1, level="full-cell", reason="the wrong column")


def test_a_note_on_other_levels_is_of_what_counts(campaign):
    told = [force(1.0, level="half-cell")]
    campaign.tell(told)
    campaign.correct(1, level="lab", reason="the wrong column")
    assert campaign.tell(told).elsewhere == {}


@pytest.mark.parametrize(("value", "slip"), [("0.0015", True), ("0.05", True), ("0.4", False), ("0", False)])
def test_a_slip_towards_zero_is_pointed_out_as_well(campaign, table, value, slip):
    campaign.tell([force(1 + n / 10, source=f"book {n}") for n in range(11)])
    assert len(campaign.tell_file(table(f"Mg2+,PAA,60,peel_force,{value},N,book 7")).unusual) == slip


def test_a_slip_of_units_is_pointed_out(campaign, table):
    few = table(*(f"Fe3+,PAA,{10 + n},peel_force,{1 + n / 10},N" for n in range(5)), header=PLAIN)
    assert campaign.tell_file(few).unusual == ()
    campaign.tell([force(2.0)])
    told = campaign.tell_file(table("Mg2+,PAA,60,peel_force,1490,N,book 7", "Al3+,PAA,60,peel_force,3.5,N,book 7"))
    (line,) = told.unusual
    assert line.startswith(
        "lab.csv: row 2: Mg2+ / PAA / 60:1, peel_force 1490 N is far from all 6 that were known, 1 to 2 N"
    )
    assert told.stored == 2, "it may be true"
    again = table("Mg2+,PAA,60,peel_force,1490,N,book 7", "Al3+,PAA,60,peel_force,3.5,N,book 7")
    assert campaign.tell_file(again).unusual == (), "it is said once"
