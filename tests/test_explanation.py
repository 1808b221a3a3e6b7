"""`ionlink.explain` on outcomes whose causes are known, and on what was simulated."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

import ionlink
from ionlink.data import Formulation, InputError, Observation, cations, observations
from ionlink.explanation import Explanation, check_picture, explain, explain_surrogate
from ionlink.explanation_figure import panels, ticks_apart
from ionlink.models import Surrogate
from ionlink.models.descriptor_groups import (
    CHARGE_DENSITY,
    GEOMETRY,
    GROUPS,
    IONIC_RADIUS,
    LIGAND_IDENTITY,
    SPATIAL_CONFIGURATION,
)
from ionlink.models.inputs import LIGAND_COLUMNS

ASKED = Formulation(cation="Fe3+", ligand="alginate", ratio=20)


NAMES = ("Mg2+", "Ca2+", "Sr2+", "Zn2+", "Fe3+", "Al3+", "La3+", "Zr4+")


def surrogate_of(value, names=NAMES, ligands=("PAA", "alginate")) -> Surrogate:
    """Learned from an outcome that depends on formulations as `value` says, with little noise."""
    made = [Formulation(cation=c, ligand=p, ratio=r) for c in names for p in ligands for r in (8, 20, 60)]
    given = {"outcome": "crosslink_strength", "standard_error": 0.05, "level": "lab", "source": "made"}
    return Surrogate.fit([Observation(formulation=f, value=value(f), **given) for f in made])


@pytest.fixture(scope="module")
def by_ligand_and_ratio() -> Explanation:
    """Of an outcome that is a product of ligand and ratio, and owes nothing to the cation."""
    surrogate = surrogate_of(lambda f: (3 if f.ligand == "PAA" else 1) * np.log10(f.ratio))
    return explain_surrogate(surrogate, "crosslink_strength", asked=ASKED)


@pytest.fixture(scope="module")
def strength() -> Explanation:
    return explain(outcome="crosslink_strength", cation="Fe(III)", ligand="PF-COO", ratio=60)


@pytest.fixture(scope="module")
def distance() -> Explanation:
    return explain(outcome="cation_oxygen_distance")


def by_group(explanation):
    return explanation.global_attributions.set_index("group")


def by_part(explanation):
    return explanation.existing_only.set_index("part")


def test_what_does_not_matter_gets_next_to_nothing(by_ligand_and_ratio):
    found = by_group(by_ligand_and_ratio)
    nothing = found.loc[[CHARGE_DENSITY, IONIC_RADIUS], "mean_absolute_attribution"]
    assert (nothing < 0.03 * found.loc[LIGAND_IDENTITY, "mean_absolute_attribution"]).all()
    assert (by_part(by_ligand_and_ratio).loc[["ligand", "ratio"], "lower"] > 0).all()
    assert found.loc[SPATIAL_CONFIGURATION, "lower"] > 0
    assert found.loc[SPATIAL_CONFIGURATION, "leading_descriptor"] == "log10_ratio"


def test_two_ligands_do_not_tell_what_donors_are_from_how_they_are_arranged(by_ligand_and_ratio):
    whole = by_part(by_ligand_and_ratio).loc["ligand"]
    assert by_group(by_ligand_and_ratio).loc[LIGAND_IDENTITY, "lower"] == 0
    assert whole["lower"] > 0.9 * whole["mean_absolute_attribution"]
    parts = by_ligand_and_ratio.spatial_parts.set_index("part")["lower"]
    assert parts["ratio"] > 0 == parts["ligand"]
    said = by_ligand_and_ratio.statements()
    for words_said in ("the ligand (identity and geometry together)", "spatial configuration, mainly by ratio"):
        assert words_said in said[0].lower()
    assert any("by what its donors are or by how they are arranged, these observations do not tell" in x for x in said)


def test_attributions_to_parts_that_exist_add_up_as_well(by_ligand_and_ratio):
    frame = by_ligand_and_ratio.existing_attributions
    assert frame["part"].tolist()[:3] == ["cation", "ligand", "ratio"]
    sums = frame["attribution"].to_numpy().reshape(-1, 3).sum(axis=1) + by_ligand_and_ratio.base
    assert sums == pytest.approx(frame["prediction"].to_numpy()[::3], abs=1e-6)


def test_the_interaction_of_a_product_is_found(by_ligand_and_ratio):
    first, second = by_ligand_and_ratio.interactions.iloc[0], by_ligand_and_ratio.interactions.iloc[1]
    assert {first["group_a"], first["group_b"]} == {LIGAND_IDENTITY, SPATIAL_CONFIGURATION}
    assert first["lower"] > 0
    assert first["strength"] > 10 * second["strength"]


def test_the_effect_of_the_ratio_is_a_line_in_its_logarithm(by_ligand_and_ratio):
    effects = by_ligand_and_ratio.effects
    rows = effects[effects["descriptor"] == "log10_ratio"]
    slope = np.polyfit(rows["value"], rows["effect"], 1)[0]
    assert slope == pytest.approx(2, abs=0.1)  # the mean of 3 and 1
    assert (rows["lower"] <= rows["effect"]).all()
    assert (rows["effect"] <= rows["upper"]).all()


@pytest.mark.parametrize("case", ["by_ligand_and_ratio", "strength", "distance"])
def test_attributions_add_up_to_the_prediction(case, request):
    explanation = request.getfixturevalue(case)
    frame = explanation.attributions
    sums = frame.groupby(np.arange(len(frame)) // len(GROUPS))["attribution"].sum() + explanation.base
    assert sums.to_numpy() == pytest.approx(frame["prediction"].to_numpy()[:: len(GROUPS)], abs=1e-6)
    assert (frame["base"] == explanation.base).all()


def test_the_explained_prediction_is_that_of_the_surrogate(strength):
    shipped = [o for o in observations() if o.level == "screen"]
    surrogate = Surrogate.fit(shipped, outcomes=["crosslink_strength"])
    rows = strength.attributions[::4]
    said = [Formulation(cation=r.cation, ligand=r.ligand, ratio=r.ratio) for r in rows.itertuples()]
    assert surrogate.predict(said)["mean"].to_numpy() == pytest.approx(rows["prediction"].to_numpy(), rel=1e-6)
    assert str(said[0]) == "Fe3+ / PF-COO / 60:1"
    assert rows["asked"].tolist() == [True] + [False] * (len(rows) - 1)


def test_tables_have_the_columns_that_are_promised(strength):
    ends = ["lower", "upper"]
    of_group = ["group", "mean_absolute_attribution", *ends, "unit", "leading_descriptor"]
    assert list(strength.global_attributions) == of_group
    of_formulation = ["cation", "ligand", "ratio", "asked", "group", "attribution", *ends, "base", "prediction", "unit"]
    assert list(strength.attributions) == of_formulation
    of_effect = ["descriptor", "group", "value", "unit", "effect", *ends, "effect_unit", "formulations"]
    assert list(strength.effects) == of_effect
    assert list(strength.interactions) == ["group_a", "group_b", "strength", *ends, "unit"]
    assert set(strength.global_attributions["unit"]) == {"kJ/mol"}
    assert set(strength.effects.loc[strength.effects["descriptor"] == "lennard_jones_radius", "unit"]) == {"angstrom"}


def test_coulomb_attraction_goes_with_charge_not_with_radius(strength):
    found = by_group(strength)
    assert found.loc[CHARGE_DENSITY, "lower"] > found.loc[IONIC_RADIUS, "upper"]
    assert found.loc[CHARGE_DENSITY, "leading_descriptor"] == "charge"


def test_a_simulated_distance_is_of_the_radius_that_was_simulated_and_of_no_name_tag(distance):
    """Electronegativity once told the simulated cations apart, of which a force field knows nothing."""
    parts = distance.existing_only.set_index("part")["mean_absolute_attribution"]
    assert parts["cation"] > 20 * parts.drop("cation").max()
    found = by_group(distance)
    assert found.loc[IONIC_RADIUS, "lower"] > found.loc[CHARGE_DENSITY, "upper"]
    assert found.loc[IONIC_RADIUS, "leading_descriptor"] == "lennard_jones_radius"
    effects = distance.effects.set_index("descriptor")["effect"]
    assert np.diff(effects["lennard_jones_radius"]).min() > 0
    assert np.ptp(effects["cation_molar_mass"]) < 0.1 * np.ptp(effects["lennard_jones_radius"])
    assert "electronegativity" not in effects.index
    assert distance.unseen_cation_q2 > 0.9


def test_where_charge_density_and_radius_tell_the_same_sides_are_not_taken():
    """Of two cations, either tells which it is."""
    surrogate = surrogate_of(lambda f: 3 * cations()[f.cation].octahedral_radius_angstrom, names=("Ca2+", "Al3+"))
    explanation = explain_surrogate(surrogate, "crosslink_strength")
    whole = explanation.existing_only.set_index("part").loc["cation"]
    assert whole["lower"] > 0.9 * whole["mean_absolute_attribution"]
    found = by_group(explanation).loc[[CHARGE_DENSITY, IONIC_RADIUS]]
    assert (found["lower"] == 0).all()
    assert (found["upper"] > 0.9 * whole["mean_absolute_attribution"]).all()
    assert "these observations do not tell" in " ".join(explanation.statements())


def test_a_name_is_not_called_a_property():
    """What a cation has to itself is shared out to charge density and radius, but not said to be theirs."""
    surrogate = surrogate_of(lambda f: float(NAMES.index(f.cation) * 5 % 8))
    explanation = explain_surrogate(surrogate, "crosslink_strength")
    assert explanation.hybrid_uncertainty > 0.5
    said = explanation.statements()
    assert said[0].startswith("The cation (charge density and radius together) moves crosslink strength most")
    assert "charge density, " not in said[0]
    assert "these observations do not tell" in " ".join(said)


def test_no_descriptor_of_a_ligand_is_credited_for_its_name():
    """Four ligands differ in a dozen of descriptors; what sets two apart here goes with none of them."""
    four = ("PAA", "PMAA", "alginate", "pectin")
    surrogate = surrogate_of(lambda f: 1.0 * (f.ligand in {"alginate", "PMAA"}), ligands=four)
    explanation = explain_surrogate(surrogate, "crosslink_strength")
    assert by_part(explanation).loc["ligand", "lower"] > 0.4
    effects = explanation.effects[explanation.effects["descriptor"].isin(LIGAND_COLUMNS)]
    assert effects.groupby("descriptor")["effect"].agg(np.ptp).max() < 0.02


@pytest.fixture(scope="module")
def stability() -> Explanation:
    """Of small molecules, hence without ratios."""
    shipped = [o for o in observations() if o.level == "equilibrium"][::4]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ionlink.models.pooled.ROWS_FOR_NETWORKS", 20)
        patch.setattr("ionlink.models.rival_fits.MOST_ROWS", 20)
        return explain_surrogate(Surrogate.fit(shipped, outcomes=["log_k1"]), "log_k1")


def test_stability_goes_with_what_donors_are_and_with_how_they_are_arranged(stability):
    """Basic donors bind strongly, and the more so the more chelate rings they close."""
    found = by_group(stability).loc[[LIGAND_IDENTITY, SPATIAL_CONFIGURATION]]
    assert (found["lower"] > 0).all()
    assert found.loc[LIGAND_IDENTITY, "leading_descriptor"] in {"acid_pka_sum", "chelate_pka_sum"}
    assert found.loc[SPATIAL_CONFIGURATION, "leading_descriptor"] in GEOMETRY
    ratio = stability.spatial_parts.set_index("part").loc["ratio"]
    assert ratio[["mean_absolute_attribution", "lower", "upper"]].tolist() == [0, 0, 0]
    assert "log10_ratio" not in set(stability.effects["descriptor"])


@pytest.fixture(scope="module")
def one_polymer() -> Explanation:
    """Of one polymer at one ratio, and asked for another ratio."""
    learned = surrogate_of(lambda f: float(cations()[f.cation].charge), ligands=("PAA",)).observations
    surrogate = Surrogate.fit([o for o in learned if o.formulation.ratio == 20])
    asked = Formulation(cation="Fe3+", ligand="PAA", ratio=500)
    return explain_surrogate(surrogate, "crosslink_strength", asked=asked)


def test_what_never_varies_is_said_to_be_unknown(one_polymer, tmp_path):
    fixed = [LIGAND_IDENTITY, SPATIAL_CONFIGURATION]
    sizes = by_group(one_polymer).loc[fixed, ["mean_absolute_attribution", "lower", "upper"]]
    assert (sizes == 0).all(axis=None)
    pairs = one_polymer.interactions
    of_fixed = pairs[pairs["group_a"].isin(fixed) | pairs["group_b"].isin(fixed)]
    assert (of_fixed[["strength", "upper"]] == 0).all(axis=None)
    said = one_polymer.statements()
    assert said[-1].startswith("The same in all of these observations")
    assert said[-1].endswith(": ligand identity, spatial configuration.")
    drawn = words(one_polymer.plot(tmp_path / "why.svg"))
    assert "(does not vary)" in drawn
    assert not re.search(r"\de-\d", drawn)


def test_it_is_said_that_rivals_were_not_sought(stability, distance):
    assert not stability.rivals_sought
    assert "were not looked for" in " ".join(stability.statements())
    assert distance.rivals_sought
    assert "were not looked for" not in " ".join(distance.statements())


def test_it_is_said_what_is_not_explained(stability, distance):
    assert "25 % is of networks, which are not explained" in " ".join(stability.statements())
    assert "networks" not in " ".join(distance.statements())


def test_a_figure_without_ratios_has_no_panel_of_them(stability, tmp_path):
    drawn = words(stability.plot(tmp_path / "why.svg"))
    assert "ratio (donor groups per cation)" not in drawn


def test_the_same_seed_gives_the_same_explanation(by_ligand_and_ratio):
    surrogate = surrogate_of(lambda f: (3 if f.ligand == "PAA" else 1) * np.log10(f.ratio))
    again = explain_surrogate(surrogate, "crosslink_strength", asked=ASKED)
    for name in ("global_attributions", "attributions", "effects", "interactions", "existing_only"):
        assert getattr(again, name).equals(getattr(by_ligand_and_ratio, name)), name


def test_of_many_different_formulations_a_sample_is_explained(monkeypatch):
    monkeypatch.setattr("ionlink.explanation_numbers.MOST_ROWS", 150)
    surrogate = surrogate_of(lambda f: float(cations()[f.cation].charge) + 0.1 * np.log10(f.ratio))
    explanation = explain_surrogate(surrogate, "crosslink_strength", asked=ASKED)
    assert explanation.background == 16
    assert len(explanation.attributions) == 4 * (1 + 16)


def test_noise_is_called_noise_first_of_all_and_in_the_figure(tmp_path):
    random = np.random.default_rng(0)
    explanation = explain_surrogate(surrogate_of(lambda f: float(random.standard_normal())), "crosslink_strength")
    assert explanation.q2 < 0.3
    assert explanation.statements()[0].startswith("The surrogate has learned little of crosslink strength")
    assert "do not build on this explanation" in words(explanation.plot(tmp_path / "why.svg"))


def test_an_extrapolation_is_called_one():
    surrogate = surrogate_of(lambda f: float(cations()[f.cation].charge) + 0.1 * np.log10(f.ratio))
    asked = Formulation(cation="Fe3+", ligand="PF-COO", ratio=500)
    said = " ".join(explain_surrogate(surrogate, "crosslink_strength", asked=asked).statements())
    reason = "no training data on PF-COO; nearest training ligand PAA; ratio outside"
    assert f"outside of what was learned from: {reason}" in said


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"outcome": "crosslink_strenth"}, "'crosslink_strenth' is not known; did you mean crosslink_strength"),
        (
            {"outcome": "peel_force"},
            "no values of 'peel_force' at level 'screen'; there are at level literature$",
        ),
        ({"outcome": "log_k1"}, "no values of 'log_k1' at level 'screen'; there are at level equilibrium$"),
        ({"outcome": "density", "level": "literature"}, "at level 'literature'; there are at level screen$"),
        ({"outcome": "density", "cation": "Fe3+"}, "ligand, ratio missing; give cation, ligand, ratio"),
        ({"outcome": "density", "ph": 5}, "cation, ligand, ratio missing; give cation, ligand, ratio"),
        (
            {"outcome": "density", "cation": "Fe3+", "ligand": "PAA", "ratio": 8, "ph": 17},
            "ph: Input should be less than or equal to 16",
        ),
        ({"outcome": "density", "cation": "Fe9+", "ligand": "PAA", "ratio": 8}, "cation: 'Fe9\\+' is not known"),
        ({"outcome": "density", "level": "moon"}, "no observations at level 'moon'"),
        ({"outcome": "density", "seed": -1}, "seed: -1 is not a whole number from 0 to 2147483647"),
        ({"outcome": "density", "seed": 10**20}, "seed: 100000000000000000000 is not a whole number"),
        ({"outcome": "density", "seed": 1.5}, "seed: 1.5 is not a whole number"),
    ],
)
def test_bad_input_is_named(arguments, fault):
    with pytest.raises(InputError, match=fault) as caught:
        ionlink.explain(**arguments)
    assert len(caught.value.faults) == 1


def test_a_saved_surrogate_is_explained_as_the_one_that_was_saved(by_ligand_and_ratio, tmp_path):
    surrogate = surrogate_of(lambda f: (3 if f.ligand == "PAA" else 1) * np.log10(f.ratio))
    surrogate.save(tmp_path / "lab")
    asked = {"cation": "Fe3+", "ligand": "alginate", "ratio": 20}
    told = ionlink.explain(outcome="crosslink_strength", model=tmp_path / "lab", **asked)
    assert (told.level, told.asked) == ("lab", ASKED)
    assert told.attributions.equals(by_ligand_and_ratio.attributions)


@pytest.mark.parametrize(
    ("kind", "arguments", "fault"),
    [
        ("gaussian-process", {"outcome": "peel_force"}, "has not learned 'peel_force'; it has crosslink_strength"),
        ("gaussian-process", {"level": "screen"}, "model: has learned already; leave out level, which says"),
        ("gaussian-process", {"cation": "Fe3+"}, "ligand, ratio missing; give cation, ligand, ratio"),
        ("ridge", {}, "is no Gaussian process, .* fit one with model 'gaussian-process'"),
    ],
)
def test_a_model_that_cannot_be_explained_so_is_refused(kind, arguments, fault):
    learned = surrogate_of(lambda f: np.log10(f.ratio))
    surrogate = Surrogate.fit(learned.observations, model=kind)
    with pytest.raises(InputError, match=fault) as caught:
        ionlink.explain(model=surrogate, **{"outcome": "crosslink_strength", **arguments})
    assert len(caught.value.faults) == 1


def test_an_outcome_that_was_not_learned_is_named():
    with pytest.raises(InputError, match="has not learned 'density'; it has crosslink_strength"):
        explain_surrogate(surrogate_of(lambda f: f.ratio), "density")


def words(svg):
    """Comments of an SVG file: Matplotlib draws letters as paths and leaves the text in comments."""
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    return " ".join(
        (node.text or "") for node in ElementTree.parse(svg, parser).iter() if node.tag is ElementTree.Comment
    )


@pytest.fixture(scope="module")
def by_ph() -> Explanation:
    """Of an outcome that goes with the pH, at a pH and a mixture that were asked for."""
    made = [
        Formulation(cation=c, ligand=p, ratio=20, ph=ph) for c in NAMES for p in ("PAA", "alginate") for ph in (3, 5, 7)
    ]
    given = {"outcome": "crosslink_strength", "standard_error": 0.05, "level": "lab", "source": "made"}
    surrogate = Surrogate.fit([Observation(formulation=f, value=f.ph, **given) for f in made])
    return explain(
        outcome="crosslink_strength",
        cation="Fe3+",
        ligand="PAA",
        ratio=20,
        second_cation="Al(III)",
        second_fraction=0.25,
        ph=6.5,
        model=surrogate,
    )


def test_what_all_observations_say_is_asked_for():
    given = {"outcome": "elastic_modulus", "level": "lab", "source": "x"}
    points = [Formulation(cation=c, ligand="PAA", ratio=20, ph=ph) for c in NAMES for ph in (3, 5, 7)]
    surrogate = Surrogate.fit([Observation(formulation=f, value=f.ph, **given) for f in points], calibrate=False)
    with pytest.raises(InputError, match="explain: ph missing; give cation, ligand, ratio, ph of one formulation"):
        explain(outcome="elastic_modulus", cation="Fe3+", ligand="PAA", ratio=20, model=surrogate)


def test_a_formulation_is_explained_at_its_conditions(by_ph):
    assert str(by_ph.asked) == "Fe3+ + 25 % Al3+ / PAA / 20:1 / pH 6.5"
    first = by_ph.attributions.iloc[0]
    assert (first["second_cation"], first["second_fraction"], first["ph"]) == ("Al3+", 0.25, 6.5)
    assert first["prediction"] == pytest.approx(6.5, abs=0.3)
    assert set(by_ph.attributions.loc[~by_ph.attributions["asked"], "ph"]) == {3, 5, 7}


def test_a_condition_that_leads_has_a_panel_and_a_name(by_ph, tmp_path):
    assert by_group(by_ph).loc[SPATIAL_CONFIGURATION, "leading_descriptor"] == "ph"
    assert "ph" in panels(by_ph)
    assert "(mainly pH)" in words(by_ph.plot(tmp_path / "why.svg"))


def test_labels_of_ticks_do_not_overlap():
    assert ticks_apart([-12.6, -11.7, -4.0, 0.72, 0.74]) == [-12.6, -4.0, 0.74]
    assert ticks_apart([1, 2, 3, 4]) == [1, 2, 3, 4]
    assert ticks_apart([0.72, 0.74]) == [0.72, 0.74]


def test_the_figure_has_units_and_all_panels(strength, tmp_path):
    drawn = words(strength.plot(tmp_path / "why.svg"))
    for text in (
        *GROUPS[:2],
        "Lennard-Jones radius (Å)",
        "charge (e)",
        "ratio (donor groups per cation)",
        "prediction",
    ):
        assert text in drawn
    assert "mean |attribution| (kJ mol⁻¹)" in drawn
    assert "Fe3+ / PF-COO / 60:1" in drawn


def test_a_figure_of_no_formulation_has_no_waterfall(distance, tmp_path):
    assert "prediction" not in words(distance.plot(tmp_path / "why.svg")).split()
    assert distance.plot(tmp_path / "why.png").read_bytes()[:4] == b"\x89PNG"


def test_the_same_explanation_gives_the_same_bytes(strength, tmp_path):
    first, second = (strength.plot(tmp_path / name).read_bytes() for name in ("a.svg", "b.svg"))
    assert first == second


def test_nothing_is_overwritten(strength, tmp_path):
    there = tmp_path / "why.svg"
    there.write_text("mine")
    with pytest.raises(InputError, match="exists already; choose another name"):
        strength.plot(there)
    assert there.read_text() == "mine"


@pytest.mark.parametrize(("name", "fault"), [("why.pdf", "ends in neither .svg nor .png"), ("no/why.svg", "no folder")])
def test_a_place_where_no_picture_can_be_is_refused(name, fault, tmp_path):
    with pytest.raises(InputError, match=fault):
        check_picture(tmp_path / name)
