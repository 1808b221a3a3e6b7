"""What the shipped tables state, and whether it holds together: values, bounds, rankings, categories."""

import csv
import re
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest

from ionlink.data import categories, evidence_marks, observations, outcomes, rankings
from ionlink.data.csv_table import DATA_FOLDER

MODEL_CASE_DOI = "doi:10.1021/jacs.5c22740"

MODEL_CASE = {
    ("Mg2+", "film_roughness_rq"): 4.65,
    ("Mg2+", "film_roughness_ra"): 3.68,
    ("Mg2+", "electrode_expansion_first"): 13.01,
    ("Mg2+", "electrode_expansion_second"): 14.68,
    ("Zr4+", "film_roughness_rq"): 7.70,
    ("Zr4+", "film_roughness_ra"): 6.00,
    ("Zr4+", "electrode_expansion_first"): 7.95,
    ("Fe3+", "peel_force"): 4.58,
    ("Fe3+", "electrode_expansion_first"): 10.64,
    ("Fe3+", "dimensional_reversibility"): 77.2,
    ("Fe3+", "first_discharge_capacity"): 3145,
    ("Fe3+", "initial_coulombic_efficiency"): 83.3,
    ("Fe3+", "activated_coulombic_efficiency"): 99.1,
    ("Fe3+", "discharge_capacity_cycle_6"): 2814,
    ("Fe3+", "discharge_capacity_cycle_150"): 2642,
    ("Fe3+", "capacity_retention_150"): 93.9,
    ("Fe3+", "capacity_retention_100"): 97.7,
    ("Fe3+", "high_loading_capacity_100"): 2400,
    ("Fe3+", "high_loading_retention_100"): 93.8,
    ("Fe3+", "high_rate_capacity_100"): 2571,
    ("Fe3+", "full_cell_retention_150"): 96,
    ("Fe3+", "fraction_chains_near_cation"): 0.9,
    ("Fe3+", "best_ratio"): 60,
}
"""As printed in doi:10.1021/jacs.5c22740."""

WITHOUT_CATION = {"electrode_expansion_first": 12.70, "discharge_capacity_cycle_150": 2057}
"""What it prints for the binder without cation."""

CITED_PLACE = re.compile(r"\b(section|sections|Fig\.|Table|abstract)\b")
CITED_WORK = re.compile(r"doi:10\.\d{4,9}/\S+|\((19|20)\d\d\)")
LITERATURE_TABLES = sorted(
    path
    for kind in ("observations", "rankings", "categories")
    for path in (DATA_FOLDER / f"{kind}.csv", DATA_FOLDER / f"{kind}_binders.csv")
)


def literature(statements):
    return [known for known in statements if known.level == "literature"]


def of_the_model_case(statements):
    return [known for known in statements if known.source.startswith(MODEL_CASE_DOI)]


def printed():
    """Values of the model case that stand in it as numbers."""
    return {
        (known.formulation.cation, known.outcome): known.value
        for known in of_the_model_case(observations())
        if known.bound == "=" and "derived" not in known.evidence
    }


def sides(statement):
    return (statement.higher, statement.lower) if hasattr(statement, "higher") else (statement.formulation,)


def ordered():
    """Pairs `higher > lower` and `higher ≈ lower` by outcome and ligand."""
    above, alike = defaultdict(set), defaultdict(set)
    for known in literature(rankings()):
        found = above if known.relation == ">" else alike
        found[known.outcome, known.higher.ligand].add((known.higher, known.lower))
    return above, alike


def test_the_numbers_of_the_model_case_are_those_it_prints():
    assert printed() == MODEL_CASE


def test_the_model_case_is_about_its_polymer():
    for known in of_the_model_case([*observations(), *rankings(), *categories()]):
        assert known.level == "literature"
        assert {side.ligand for side in sides(known)} == {"PF-COO"}


def test_the_retention_of_the_model_case_follows_from_its_capacities():
    found = printed()
    ratio = 100 * found["Fe3+", "discharge_capacity_cycle_150"] / found["Fe3+", "discharge_capacity_cycle_6"]
    assert ratio == pytest.approx(found["Fe3+", "capacity_retention_150"], abs=0.05)


def test_changes_relative_to_the_binder_without_cation_follow_from_the_numbers():
    changes = {
        (known.formulation.cation, known.outcome.removesuffix("_change")): known.value
        for known in of_the_model_case(observations())
        if known.bound == "=" and known.outcome.endswith("_change")
    }
    assert len(changes) == 4
    for (cation, outcome), change in changes.items():
        expected = 100 * (MODEL_CASE[cation, outcome] / WITHOUT_CATION[outcome] - 1)
        assert change == pytest.approx(expected, abs=0.06)


def test_an_assumed_ratio_is_marked():
    for known in of_the_model_case([*observations(), *rankings(), *categories()]):
        for side in sides(known):
            assert side.ratio in {60, None}
            assert ("ratio_assumed" in known.evidence) == (side.ratio == 60)


def test_peeling_is_bounded_by_the_highest_force():
    bounds = {
        known.formulation.cation: (known.bound, known.value)
        for known in of_the_model_case(observations())
        if known.outcome == "peel_force" and known.bound != "="
    }
    assert bounds == {"Mg2+": ("<", 4.58), "Zr4+": ("<", 4.58)}


def test_the_lesson_of_the_model_case_is_among_the_rankings():
    stated = {(known.outcome, known.higher.cation, known.relation, known.lower.cation) for known in rankings()}
    assert {("peel_force", "Fe3+", ">", cation) for cation in ("Zr4+", "Mg2+")} <= stated
    assert {("solution_viscosity", "Zr4+", ">", "Ca2+"), ("bridging_fraction", "Fe3+", ">", "Zr4+")} <= stated
    assert {("crosslinker_verdict", "Fe3+", ">", cation) for cation in ("Mg2+", "Ca2+", "In3+", "Zr4+")} <= stated
    assert {("oxygens_within_8_angstrom", cation, ">", "Fe3+") for cation in ("Mg2+", "In3+", "Zr4+")} <= stated


def test_interaction_strength_is_ordered_as_the_source_orders_it():
    """Zr4+ > Fe3+ ≈ In3+ > Mg2+, Ca2+."""
    groups = [{"Zr4+"}, {"Fe3+", "In3+"}, {"Mg2+", "Ca2+"}]
    above, alike = ordered()
    key = ("crosslink_strength", "PF-COO")
    expected = {(a, b) for i, upper in enumerate(groups) for a in upper for lower in groups[i + 1 :] for b in lower}
    assert {(higher.cation, lower.cation) for higher, lower in above[key]} == expected
    assert {(one.cation, other.cation) for one, other in alike[key]} == {("Fe3+", "In3+")}


def test_both_methods_give_a_mode_for_each_of_the_five_cations():
    modes = {
        (known.formulation.cation, known.conditions): known.category
        for known in of_the_model_case(categories())
        if known.outcome == "coordination_mode"
    }
    infrared = {cation: mode for (cation, conditions), mode in modes.items() if conditions == "method=infrared"}
    assert len(modes) == 10
    assert infrared == {
        "Mg2+": "monodentate",
        "Ca2+": "monodentate",
        "Fe3+": "bridging",
        "In3+": "mixed",
        "Zr4+": "mixed",
    }


def test_rankings_contain_no_cycle():
    above, alike = ordered()
    assert above
    for key, pairs in above.items():
        twin = dict(alike[key])  # the lower of an equal pair stands for both
        graph = defaultdict(set)
        for higher, lower in pairs:
            graph[twin.get(lower, lower)].add(twin.get(higher, higher))
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            pytest.fail(f"{key}: {error}")


def test_no_statement_stands_twice():
    for statements in (observations(), rankings(), categories()):
        assert len(set(statements)) == len(statements)
    pairs = [(known.outcome, known.higher, known.lower, known.conditions, known.source) for known in rankings()]
    assert len(set(pairs)) == len(pairs)


def test_rankings_agree_with_the_values_of_the_same_source():
    """Simulations and other sources may contradict them; a report says where."""
    values = {
        (known.formulation, known.outcome, known.source.partition(",")[0]): known.value
        for known in literature(observations())
        if known.bound == "="
    }
    compared = 0
    for known in literature(rankings()):
        source = known.source.partition(",")[0]
        pair = [values.get((side, known.outcome, source)) for side in sides(known)]
        if None not in pair:
            compared += 1
            assert pair[0] > pair[1], known
    assert compared >= 2


def test_bounds_leave_room_for_each_other_and_hold_the_values():
    found = defaultdict(list)
    for known in literature(observations()):
        found[known.formulation, known.outcome, known.conditions, known.source].append(known)
    assert any(len(group) > 1 for group in found.values())
    for key, group in found.items():
        lower = [known.value for known in group if known.bound == ">"]
        upper = [known.value for known in group if known.bound == "<"]
        values = [known.value for known in group if known.bound == "="]
        ascending = [*([max(lower)] if lower else []), *sorted(values), *([min(upper)] if upper else [])]
        assert all(a < b for a, b in pairwise(ascending)), key


def test_every_statement_of_the_literature_names_work_and_place():
    for known in literature([*observations(), *rankings(), *categories()]):
        assert CITED_WORK.search(known.source), known.source
        assert CITED_PLACE.search(known.source), known.source


def test_what_was_read_in_an_abstract_only_is_marked():
    for known in literature([*observations(), *rankings(), *categories()]):
        assert ("abstract_only" in known.evidence) == ("abstract" in known.source), known


def test_no_ratio_is_invented():
    """Only the model case names a ratio; what was read in abstracts has none."""
    for known in literature([*observations(), *rankings(), *categories()]):
        if not known.source.startswith(MODEL_CASE_DOI):
            assert {side.ratio for side in sides(known)} == {None}


@pytest.mark.parametrize("path", LITERATURE_TABLES, ids=lambda path: path.name)
def test_tables_are_plain_and_their_doubts_are_said(path):
    text = path.read_bytes().decode("utf-8")
    assert "\r" not in text
    assert text.endswith("\n")
    for row in csv.DictReader(text.splitlines()):
        explained = {"derived", "proxy", "reference_unstated"} & set(row["evidence"].split(";"))
        assert row["note"] or not explained, row


def test_every_mark_says_why_it_costs_trust():
    assert all(mark.reason.endswith(".") and mark.meaning.endswith(".") for mark in evidence_marks().values())
    assert {name for name, mark in evidence_marks().items() if mark.trust == 1} == {"full_cell"}


@pytest.mark.parametrize("outcome", outcomes().values(), ids=lambda outcome: outcome.name)
def test_related_outcomes_exist_and_kinds_have_no_unit(outcome):
    assert set(outcome.related) <= set(outcomes()) - {outcome.name}
    assert not outcome.categories or (outcome.unit, outcome.lower, outcome.better) == ("1", None, None)


def test_measured_and_simulated_levels_are_joined():
    """A model that learns one from the other finds the pairs in the catalogue."""
    kinds = {name: outcome.kind for name, outcome in outcomes().items()}
    joined = {name for name, outcome in outcomes().items() for other in outcome.related if kinds[other] != kinds[name]}
    assert {"monodentate_fraction", "ftir_splitting", "crosslink_strength", "elastic_modulus", "log_k1"} <= joined
