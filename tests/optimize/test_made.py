"""Which observation is of which candidate, where it counts: standing, progress, why, and what is still missing."""

import json
import sqlite3
from contextlib import closing
from functools import partial

import pytest

from ionlink.data import Formulation, InputError, Observation
from ionlink.optimize import Campaign, DesignSpace, Level, Objective, RatioRange, Store
from ionlink.optimize.made import as_made
from ionlink.optimize.rows import Proposal

SPACE = DesignSpace(cations=("Fe3+", "Mg2+", "Zr4+"), ligands=("PAA",), ratio=RatioRange(lower=5, upper=150))
OBJECTIVES = (
    Objective(outcome="peel_force", goal="maximise", reference=0),
    Objective(outcome="film_roughness_rq", goal="minimise", reference=100),
)
HEADER = "candidate,cation,ligand,ratio,outcome,value,unit,source"
PEEL, ROUGHNESS = "peel_force,{},N,book", "film_roughness_rq,{},nm,book"


def iron(ratio, **conditions):
    return Formulation(cation="Fe3+", ligand="PAA", ratio=ratio, **conditions)


def seen(outcome, value, formulation, **fields):
    return Observation(
        **{"outcome": outcome, "value": value, "formulation": formulation, "level": "lab", "source": "book", **fields}
    )


def asked(campaign, *formulations, **fields):
    number = len(campaign.store.rounds()) + 1
    proposals = [Proposal(f, "by hand", {}, "lab", **fields) for f in formulations]
    return campaign.store.add_round(number, "by hand", None, proposals)


@pytest.fixture
def campaign():
    return Campaign(SPACE, OBJECTIVES, seed=1)


@pytest.fixture
def tell(campaign, tmp_path):
    def told(*rows, header=HEADER, **options):
        (tmp_path / "lab.csv").write_text("\n".join([header, *rows]) + "\n", "utf-8")
        return campaign.tell_file(tmp_path / "lab.csv", **options)

    return told


class TestSamplesOfACandidate:
    """Each outcome may come from a sample of its own, each weighed out a little off."""

    @pytest.fixture(autouse=True)
    def told(self, campaign, tell):
        asked(campaign, iron(27), iron(60))
        tell(
            f"1,Fe3+,PAA,28.1,{PEEL.format(2.5)}",
            f"1,Fe3+,PAA,26,{ROUGHNESS.format(20)}",
            f"2,Fe3+,PAA,62,{PEEL.format(1)}",
        )

    def test_they_are_one_row_that_counts(self, campaign):
        first, second = campaign.ranking().to_dict("records")
        assert (first["candidate"], first["complete"], first["on_front"]) == (1, True, True)
        assert first["ratio"] == pytest.approx((28.1 * 26) ** 0.5, rel=1e-3), "their mean"
        assert (second["candidate"], second["complete"], second["ratio"]) == (2, False, 62)
        assert campaign.pareto()["candidate"].tolist() == [1]
        assert campaign.hypervolume() == pytest.approx(2.5 * 80)
        assert campaign.hypervolume(0) == 0

    def test_the_model_learns_from_what_was_made(self, campaign):
        assert [o.formulation.ratio for o in campaign.observations()] == [28.1, 26, 62]

    def test_a_row_without_a_name_is_joined_where_it_is_the_same_in_practice(self, campaign):
        campaign.tell([seen("film_roughness_rq", 30.0, iron(61.8))])
        assert campaign.ranking()["complete"].tolist() == [True, True], "as 62 was made"
        assert campaign.ranking()["candidate"].tolist() == [1, 2]

    def test_a_replicate_joins_what_it_repeats(self, campaign, tell):
        asked(campaign, iron(62), kind="replicate")
        tell(f"3,Fe3+,PAA,58,{ROUGHNESS.format(30)}")
        row = campaign.ranking().set_index("candidate").loc[2]
        assert (row["film_roughness_rq"], row["complete"]) == (30, True)
        assert as_made(campaign.candidate(3), campaign.made()) == as_made(campaign.candidate(2), campaign.made())

    def test_a_correction_stays_with_its_candidate(self, campaign):
        campaign.correct(2, value=25.0, reason="a slip")
        first = campaign.ranking().to_dict("records")[0]
        assert (first["candidate"], first["film_roughness_rq"]) == (1, 25)

    def test_names_go_along_when_it_moves_or_forks(self, campaign):
        for other in (Campaign.from_json(campaign.to_json()), campaign.fork("again"), campaign.fork("then", 1)):
            assert other.ranking().equals(campaign.ranking())
            assert [r.candidate for r in other.history()] == [1, 1, 2]
        assert campaign.fork("before", 0).history() == ()

    def test_the_same_table_again_changes_nothing(self, campaign, tell):
        before = campaign.history()
        row = f"1,Fe3+,PAA,28.1,{PEEL.format(2.5)}"
        assert (tell(row).stored, tell(row).repeated) == (0, 1)
        assert campaign.history() == before

    def test_a_name_that_changes_is_a_contradiction_or_a_correction(self, campaign, tell):
        asked(campaign, iron(33))
        campaign.tell([seen("peel_force", 2.0, iron(30))], made_for=1)
        asked_with_it = Formulation(cation="Fe3+", ligand="PAA", ratio=30)
        row = f"3,Fe3+,PAA,30,{PEEL.format(2.0)}"
        with pytest.raises(InputError, match=r"row 2, candidate: .* 2 N is of 3 here, but was of 1 \(told"):
            tell(row)
        assert tell(row, correct=True).corrected == 1
        made = as_made(campaign.candidate(3), campaign.made())
        assert made is not None and made.formulations == (asked_with_it,)
        assert tell(row).stored == 0


class TestAReplicateOfJoinedSamples:
    """It asks for what they count as together, which none of them may be."""

    def test_it_joins_them_though_their_mean_is_near_none(self, campaign, tell):
        asked(campaign, iron(50), iron(60))
        tell(*(f"1,Fe3+,PAA,{ratio},{PEEL.format(value)}" for ratio, value in ((62.5, 1), (49, 2), (67.5, 3))))
        (again,) = asked(campaign, iron(campaign.made()[0].formulation.ratio), kind="replicate")
        tell(f"3,Fe3+,PAA,62,{ROUGHNESS.format(30)}", f",Fe3+,PAA,50,{PEEL.format(5)}")
        (made,) = campaign.made()
        assert [c.id for c in made.candidates] == [1, 3]
        assert (len(made.records), made.formulations[-1]) == (5, iron(50))
        assert again.formulation == iron(59.13), "the same in practice as what candidate 2 asked for"
        assert campaign.missing() == {}

    def test_it_leaves_them_to_the_candidate_that_left_a_condition_open(self, campaign):
        asked(campaign, iron(27))
        campaign.tell([seen("peel_force", 2.0, iron(27, ph=6.3))])
        asked(campaign, iron(27, ph=6.3), kind="replicate")
        campaign.tell([seen("film_roughness_rq", 20.0, iron(27, ph=6.5))])
        (row,) = campaign.ranking().to_dict("records")
        assert (row["candidate"], row["ph"], campaign.missing()) == (1, 6.4, {})
        assert campaign.pending == ()

    def test_what_nothing_had_asked_for_is_repeated_too(self, campaign):
        campaign.tell([seen("peel_force", 2.0, iron(ratio)) for ratio in (60, 61)])
        asked(campaign, iron(60.5), kind="replicate")
        campaign.tell([seen("film_roughness_rq", 20.0, iron(64))], made_for=1)
        assert campaign.ranking()["candidate"].tolist() == [1]


def test_two_candidates_of_which_the_same_was_measured_each_keep_theirs(campaign, tell):
    asked(campaign, iron(27), iron(30))
    rows = [f"{n},Fe3+,PAA,28.5,{PEEL.format(2)}" for n in (1, 2)]
    assert tell(*rows).stored == 2
    assert [r.candidate for r in campaign.history()] == [1, 2]
    assert tell(*reversed(rows)).stored == 0
    assert [r.candidate for r in campaign.history()] == [1, 2]


def test_a_name_that_is_told_otherwise_is_refused(campaign):
    asked(campaign, iron(27), iron(30), iron(33))
    value = seen("peel_force", 2.0, iron(30))
    campaign.tell([value], made_for=1)
    with pytest.raises(InputError, match=r"made_for: .*peel_force 2 is of 2 here, but was of 1 .*name their sources"):
        campaign.tell([seen("density", 1.0, iron(30)), value], made_for=2)
    assert [c.status for c in campaign.candidates] == ["done", "pending", "pending"]
    assert len(campaign.history()) == 1, "nothing of it was stored"
    assert campaign.tell([value, value], made_for=[2, 1]).stored == 1
    for names in ([1, 2], [2, 1], [None, 2]):
        assert campaign.tell([value, value], made_for=names).stored == 0
    assert [r.candidate for r in campaign.history()] == [1, 2]


def test_a_name_may_be_told_later(campaign, tell):
    asked(campaign, iron(27))
    assert tell(f",Fe3+,PAA,30,{PEEL.format(2)}").done == ()
    (done,) = tell(f"1,Fe3+,PAA,30,{PEEL.format(2)}").done
    assert (done.id, campaign.ranking()["candidate"].tolist()) == (1, [1])


def test_somebody_elses_sample_is_not_the_candidates(campaign, tell):
    (candidate,) = asked(campaign, iron(27))
    tell(f",Fe3+,PAA,37.8,{PEEL.format(9)}", f"1,Fe3+,PAA,27.81,{PEEL.format(2)}")
    made = as_made(candidate, campaign.made())
    assert made is not None and made.formulation == iron(27.81)
    assert campaign.ranking().set_index("ratio")["candidate"].dropna().to_dict() == {27.81: 1}


class TestAConditionThatTheSpaceDoesNotVary:
    """A measured pH, or a temperature, says more of a sample than was asked for."""

    def test_it_is_what_was_asked_for(self, campaign):
        asked(campaign, iron(27), iron(60))
        told = [seen("peel_force", 2.0, iron(27, ph=3.2)), seen("film_roughness_rq", 20.0, iron(27, ph=3.4))]
        assert [c.id for c in campaign.tell(told).done] == [1]
        (row,) = campaign.ranking().to_dict("records")
        assert (row["candidate"], row["complete"], row["ph"]) == (1, True, 3.3)
        assert [c.id for c in campaign.tell([seen("peel_force", 1.0, iron(60, temperature_k=298))]).done] == [2]

    def test_what_was_known_before_stands_by_itself(self, campaign):
        campaign.tell([seen("peel_force", value, iron(27, ph=value)) for value in (2.0, 7.0)])
        asked(campaign, iron(27))
        assert campaign.ranking()["candidate"].isna().tolist() == [True, True]

    def test_a_condition_that_was_asked_for_must_be_met(self, campaign):
        asked(campaign, iron(27, ph=3))
        for ph in (None, 7):
            assert campaign.tell([seen("peel_force", 2.0, iron(27, ph=ph))]).done == ()


class TestWhatWasToldBefore:
    """It settles nothing that was asked for later, however often it is told."""

    OLD = (f",Fe3+,PAA,27,{PEEL.format(2)},5", f",Mg2+,PAA,27,{PEEL.format(2)},")
    MAGNESIUM = Formulation(cation="Mg2+", ligand="PAA", ratio=27)

    @pytest.fixture(autouse=True)
    def known(self, campaign, tell):
        self.tell = partial(tell, header=f"{HEADER},ph")
        self.tell(*self.OLD)
        asked(campaign, iron(27), self.MAGNESIUM)

    def test_the_table_with_new_rows_may_be_told_again(self, campaign):
        campaign.fail(campaign.candidate(2), "gelled")
        told = self.tell(*self.OLD, f",Zr4+,PAA,27,{ROUGHNESS.format(9)},")
        assert (told.stored, told.done) == (1, ())
        assert [c.status for c in campaign.candidates] == ["pending", "failed"]
        assert campaign.candidate(2).reason == "gelled"

    def test_what_is_new_settles_and_so_does_a_name(self, campaign):
        assert [c.id for c in self.tell(*self.OLD, f",Mg2+,PAA,27,{PEEL.format(3)},").done] == [2]
        assert [c.id for c in campaign.tell([seen("peel_force", 2.0, iron(27, ph=5))], made_for=1).done] == [1]

    def test_a_correction_is_as_old_as_what_it_corrects(self, campaign):
        for formulation in (iron(27, ph=5), self.MAGNESIUM):
            wrong = seen("peel_force", 2.0, formulation)
            assert campaign.correct(wrong, value=3.0, reason="a slip").done == ()
        by_ph = campaign.ranking().set_index("ph")["candidate"]
        assert by_ph.isna()[5.0], "the sample with a pH still stands by itself"

    def test_nor_does_a_correction_by_another_campaign(self, campaign):
        other = Campaign(SPACE, OBJECTIVES, seed=1, store=campaign.store.of("other"))
        other.correct(seen("peel_force", 2.0, self.MAGNESIUM), value=3.0, reason="a slip")
        assert len(Campaign(SPACE, OBJECTIVES, seed=1, store=campaign.store).pending) == 2


def test_what_is_put_with_a_candidate_settles_it(campaign, tell):
    asked(campaign, iron(27))
    assert tell("1,Fe3+,PAA,30,density,1.2,g/cm3,book").done == (), "density does not count"
    assert [c.id for c in tell(f",Fe3+,PAA,30,{PEEL.format(2)}").done] == [1]
    assert campaign.ranking()["candidate"].tolist() == [1]


class TestSharedStore:
    """What one campaign was told settles what another one waits for."""

    @pytest.fixture
    def other(self, campaign):
        return Campaign(SPACE, OBJECTIVES, seed=1, store=campaign.store.of("other"))

    def test_it_is_done_when_the_other_one_looks(self, campaign, other):
        for one in (campaign, other):
            asked(one, iron(27), iron(60))
        campaign.tell([seen("peel_force", 2.0, iron(27)), seen("density", 1.0, iron(60))])
        again = Campaign(SPACE, OBJECTIVES, seed=1, store=other.store)
        assert [c.status for c in again.candidates] == ["done", "pending"], "density does not count"
        assert again.ranking()["candidate"].tolist() == [1]

    def test_it_is_done_before_the_other_one_asks(self, campaign, other):
        asked(other, iron(27))
        campaign.tell([seen("peel_force", 2.0, iron(27))])
        other.ask(1)
        assert [c.status for c in other.candidates] == ["done", "pending"]

    def test_what_was_known_before_settles_nothing(self, campaign, other):
        campaign.tell([seen("peel_force", 2.0, iron(27))])
        asked(other, iron(27))
        assert [c.id for c in Campaign(SPACE, OBJECTIVES, store=other.store).pending] == [1]

    def test_another_protocol_of_a_cheaper_level_settles_nothing(self, campaign):
        def by(protocol):
            levels = (Level(name="screen", cost=0.1, protocol=protocol), Level(name="lab"))
            return Campaign(SPACE, OBJECTIVES, seed=1, store=campaign.store, levels=levels)

        campaign.store.add_round(1, "by hand", None, [Proposal(iron(27), "by hand", {}, "screen")])
        other = Campaign(SPACE, OBJECTIVES, store=campaign.store.of("other"), level="screen", protocol="Y")
        other.tell([seen("peel_force", 2.0, iron(27), level="screen", protocol="Y")])
        assert [c.status for c in by("X").candidates] == ["pending"]
        told = [seen("peel_force", 2.0, iron(27), level="screen", protocol="Y", source="again")]
        assert by("X").tell(told).done == ()
        assert [c.status for c in by("Y").candidates] == ["done"]

    def test_a_name_is_of_its_own_campaign(self, campaign, other, tell):
        for one in (campaign, other):
            asked(one, iron(27))
        tell(f"1,Fe3+,PAA,30,{PEEL.format(2)}")
        assert campaign.pending == ()
        assert [c.id for c in Campaign(SPACE, OBJECTIVES, store=other.store).pending] == [1]


def test_what_is_missing_of_what_is_done(campaign):
    asked(campaign, iron(27), iron(60), Formulation(cation="Zr4+", ligand="PAA", ratio=60))
    campaign.tell([seen("peel_force", 2.0, iron(27)), seen("film_roughness_rq", 50, iron(60), bound=">")])
    assert campaign.missing() == {1: ("film_roughness_rq",), 2: ("peel_force",)}
    campaign.tell([seen("peel_force", 2.0, iron(60))])
    assert campaign.missing() == {1: ("film_roughness_rq",)}, "a bound was observed, too"


def test_a_store_that_did_not_keep_names_still_knows_what_was_made(tmp_path):
    file = tmp_path / "store.sqlite"
    campaign = Campaign(SPACE, OBJECTIVES, seed=1, store=Store(file))
    asked(campaign, iron(27), iron(60))
    told = [seen("peel_force", 2.0, iron(28.1)), seen("film_roughness_rq", 20.0, iron(26.1))]
    campaign.tell(told, made_for=1)
    before = campaign.ranking()
    campaign.store.close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DROP TABLE named")
        connection.execute("ALTER TABLE observations DROP COLUMN withdrawal")
        connection.execute("UPDATE facts SET value = '3' WHERE key = 'schema'")
    with pytest.warns(match=r"from schema 3 to 5; as it was before: .*schema-3\.bak"):
        campaign = Campaign(SPACE, OBJECTIVES, seed=1, store=Store(file))
    assert {r.candidate for r in campaign.history()} == {None}
    assert campaign.ranking().equals(before)
    assert Campaign.from_json(campaign.to_json()).ranking().equals(before)
    assert campaign.tell(told, made_for=1).stored == 0, "told again, it keeps the names"
    assert {r.candidate for r in campaign.history()} == {1}
    campaign.store.close()


def test_without_a_name_it_is_of_none_where_names_are_kept(campaign):
    (candidate,) = asked(campaign, iron(27))
    campaign.store.tell([], ids=[candidate.id])
    campaign.tell([seen("peel_force", 2.0, iron(30))])
    assert campaign.ranking()["candidate"].isna().tolist() == [True]
    document = json.loads(campaign.to_json())
    document["version"] = 1
    again = Campaign.from_json(json.dumps(document))
    assert again.ranking()["candidate"].tolist() == [1], "a document of before names were kept"
