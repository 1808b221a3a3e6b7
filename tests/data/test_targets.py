"""Named sets of objectives: what the field wants, in catalogue units, with its source."""

import math

from ionlink.data import outcomes, targets


def numbers(preset):
    return {target.outcome: (target.goal, target.lower, target.upper) for target in targets()[preset]}


def test_the_presets_are_there():
    assert set(targets()) == {
        "elastomeric-binder",
        "high-voltage-cathode",
        "sei-stabilising",
        "silicon-anode",
        "balanced-network",
    }


def test_the_elastomeric_binder_is_soft_and_lasts():
    assert numbers("elastomeric-binder") == {
        "elastic_modulus": ("window", None, 0.5),
        "strain_at_break": ("window", 250, None),
        "capacity_fade_200": ("window", None, 5),
        "self_healing_time": ("window", None, 10),
        "initial_coulombic_efficiency": ("window", 92, None),
    }


def test_the_balanced_network_is_the_shipped_campaign():
    import tomllib
    from importlib.resources import files

    preset = tomllib.loads((files("ionlink") / "presets" / "model-case.toml").read_text(encoding="utf-8"))
    wanted = {
        (o["outcome"], o["goal"], o.get("lower"), o.get("upper"), o.get("reference")) for o in preset["objectives"]
    }
    found = {(t.outcome, t.goal, t.lower, t.upper, t.reference) for t in targets()["balanced-network"]}
    assert found == wanted


def test_goals_fit_the_direction_of_the_outcome_and_windows_have_an_edge():
    for target in (target for preset in targets().values() for target in preset):
        better = outcomes()[target.outcome].better
        edges = (target.lower is not None, target.upper is not None)
        assert any(edges) == (target.goal == "window"), target
        assert better is None or target.goal != ("minimise" if better == "higher" else "maximise"), target
        assert not (better == "higher" and edges[1]), f"{target}: more would be better"
        assert not (better == "lower" and edges[0]), f"{target}: less would be better"


def test_numbers_are_possible_values():
    for target in (target for preset in targets().values() for target in preset):
        outcome = outcomes()[target.outcome]
        lowest = -math.inf if outcome.lower is None else outcome.lower
        highest = math.inf if outcome.upper is None else outcome.upper
        for number in (target.lower, target.upper, target.reference):
            assert number is None or lowest <= number <= highest, target


def test_no_outcome_stands_twice_in_a_set_and_every_target_has_a_place_in_its_source():
    for preset in targets().values():
        names = [target.outcome for target in preset]
        assert len(set(names)) == len(names)
        assert all("section" in target.source for target in preset)
