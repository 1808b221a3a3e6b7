import math

import pytest

from ionlink.data import Formulation
from ionlink.optimize import Costs, Level
from ionlink.optimize.costs import CostRecord

LEVELS = (Level(name="screen", cost=2.0), Level(name="lab", cost=40.0))


def at(ratio, ligand="PAA"):
    return Formulation(cation="Ca2+", ligand=ligand, ratio=ratio)


def by_ratio(formulation):
    return 100.0 * formulation.ratio


def test_what_is_stated_counts_until_something_is_recorded():
    costs = Costs.learned(LEVELS, [], {}, [])
    assert costs.at(at(20), "screen") == 2.0
    assert costs(at(20)) == costs.at(at(20), "lab") == 40.0


def test_what_is_foretold_gives_the_shape_and_what_is_stated_the_height():
    costs = Costs.learned(LEVELS, [], {"screen": by_ratio}, [at(10), at(20), at(40)])
    assert costs.at(at(20), "screen") == pytest.approx(2.0)
    assert costs.at(at(80), "screen") == pytest.approx(8.0)


def test_recorded_times_correct_it_the_more_of_them_there_are():
    def after(count):
        records = [CostRecord(at(20), "screen", 8.0)] * count
        return Costs.learned(LEVELS, records, {"screen": by_ratio}, [at(20)]).at(at(20), "screen")

    assert 2.0 == after(0) < after(1) < after(5) < after(1000)
    assert after(1000) == pytest.approx(8.0, rel=0.01)


def test_one_replicate_that_hung_changes_little():
    records = [*[CostRecord(at(20), "screen", 2.0)] * 10, CostRecord(at(20), "screen", 500.0)]
    assert Costs.learned(LEVELS, records, {"screen": by_ratio}, [at(20)]).at(at(20), "screen") == pytest.approx(2.0)


def test_a_level_is_corrected_by_its_own_times_alone():
    records = [CostRecord(at(20), "screen", 50.0)] * 20
    assert Costs.learned(LEVELS, records, {}, []).at(at(20), "lab") == 40.0


def test_without_a_foretold_shape_ratio_and_ligand_are_learned():
    """Times proportional to the ratio, three times as long on alginate."""
    records = [
        CostRecord(at(ratio, ligand), "screen", factor * ratio / 10)
        for ratio in (5, 10, 20, 40, 80)
        for ligand, factor in (("PAA", 1.0), ("alginate", 3.0))
    ]
    costs = Costs.learned(LEVELS, records, {}, [])
    assert costs.at(at(30), "screen") == pytest.approx(3.0, rel=0.1)
    assert costs.at(at(30, "alginate"), "screen") == pytest.approx(9.0, rel=0.1)


def test_what_is_refused_stays_out_of_reach():
    costs = Costs.learned(
        LEVELS, [], {"lab": lambda f: math.inf if f.ligand == "CMC" else 5.0}, [at(20), at(20, "CMC")]
    )
    assert costs(at(20)) == 40.0
    assert math.isinf(costs(at(20, "CMC")))


def test_stated_costs_share_the_shape_of_the_target():
    costs = Costs.stated(LEVELS, by_ratio)
    assert costs.at(at(20), "lab") == 2000.0
    assert costs.at(at(20), "screen") == 100.0
