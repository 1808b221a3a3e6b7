import math
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from ionlink.data import Formulation, InputError, Observation, cations, ligands, observations, stability_constants
from ionlink.models import FitFailed, Surrogate
from ionlink.models.calibration import ROWS_TO_REFIT_FROM, Calibration, student_factor
from ionlink.models.domain import donors_of
from ionlink.models.gaussian_process import MINIMUM_FORMULATIONS
from ionlink.models.row_noise import NOISE_FLOOR
from ionlink.models.validation import leave_one_out, model_fit
from ionlink.optimize.closed_form import NOISE, ClosedFormOracle, outcomes_of

CATIONS = ("Mg2+", "Ca2+", "Sr2+", "Ba2+", "Zn2+", "Ni2+", "Fe3+", "Al3+", "In3+", "La3+", "Y3+", "Zr4+")
UNSEEN = [
    Formulation(cation=c, ligand=p, ratio=r) for c in ("Mg2+", "Fe3+") for p in ("PAA", "alginate") for r in (9, 33)
]


def test_predictions_are_tidy(surrogate):
    frame = surrogate.predict(UNSEEN)
    assert list(frame.columns) == [
        *("cation", "ligand", "ratio", "outcome", "mean", "standard_deviation", "degrees_of_freedom", "lower", "upper"),
        *("unit", "level", "in_domain", "domain_reason"),
    ]
    assert len(frame) == len(UNSEEN) * 3
    assert set(frame["unit"]) == {"1", "kJ/mol/e"}
    assert (frame["level"] == "closed-form").all()
    assert ((frame["lower"] < frame["mean"]) & (frame["mean"] < frame["upper"])).all()


def test_it_is_shown_in_a_line_and_not_with_all_that_it_holds(surrogate):
    outcomes = ", ".join(surrogate.outcomes)
    count = len(surrogate.observations)
    assert repr(surrogate) == f"<Surrogate (pooled) of {outcomes} at level closed-form, from {count} observations>"


def test_nothing_is_predicted_of_nothing(surrogate):
    nothing = pd.DataFrame({"cation": [], "ligand": [], "ratio": []})
    for formulations in ([], nothing):
        with pytest.raises(InputError, match="formulations: none are given; give one or more"):
            surrogate.predict(formulations)
    pd.testing.assert_frame_equal(surrogate.predict(f for f in UNSEEN), surrogate.predict(UNSEEN))


def test_a_table_is_checked_before_it_is_predicted(surrogate):
    table = pd.DataFrame({"cation": ["Fe(III)", "Mg2+"], "ligand": ["poly(acrylic acid)", "PAA"], "ratio": [9, 33]})
    expected = surrogate.predict([Formulation(cation=c, ligand="PAA", ratio=r) for c, r in (("Fe3+", 9), ("Mg2+", 33))])
    pd.testing.assert_frame_equal(surrogate.predict(table), expected)
    for column, wrong, message in [
        ("ratio", [9, -1], "row 2, ratio: -1.0 is not possible"),
        ("ratio", ["a", 33], "row 1, ratio: 'a' is not a number"),
        ("ratio", [math.nan, 33], "row 1, ratio: nan is not"),
        ("cation", ["Fe9+", "Mg2+"], r"row 1, cation: 'Fe9\+' is not known"),
    ]:
        with pytest.raises(InputError, match=message):
            surrogate.predict(table.assign(**{column: wrong}))
    with pytest.raises(InputError, match="column ratio is missing"):
        surrogate.predict(table.drop(columns="ratio"))
    with pytest.raises(InputError, match=r"formulation 1, cation: 'Fe9\+' is not known"):
        surrogate.predict([UNSEEN[0], Formulation(cation="Fe9+", ligand="PAA", ratio=3)])


def test_a_table_of_pairs_is_predicted_where_no_ratio_was_learned(observations):
    silent = [
        o.model_copy(update={"formulation": o.formulation.model_copy(update={"ratio": None})}) for o in observations
    ]
    fitted = Surrogate.fit(silent, outcomes=["coulomb_spread"], calibrate=False)
    expected = fitted.predict([Formulation(cation="Fe3+", ligand="PAA"), Formulation(cation="Ca2+", ligand="CC(=O)O")])
    pairs = pd.DataFrame({"cation": ["Fe3+", "Ca2+"], "ligand": ["PAA", "CC(=O)O"]})
    for table in (pairs, pairs.assign(ratio=math.nan), pairs.assign(ratio=[None, None])):
        pd.testing.assert_frame_equal(fitted.predict(table), expected)


def test_it_learns_what_there_is_to_learn(surrogate):
    frame = surrogate.predict(UNSEEN)
    truth = [outcomes_of(f)[o] for f in UNSEEN for o in surrogate.outcomes]
    score = (frame["mean"] - truth) / frame["standard_deviation"]
    assert (score.abs() < 4).all()
    for outcome, rows in frame.assign(truth=truth).groupby("outcome"):
        error = np.sqrt(((rows["mean"] - rows["truth"]) ** 2).mean())
        assert error < 0.35 * rows["truth"].std(), outcome


def test_a_wider_interval_is_wider(surrogate):
    narrow, wide = (surrogate.predict(UNSEEN, interval=i) for i in (0.5, 0.95))
    assert (wide["upper"] - wide["lower"] > narrow["upper"] - narrow["lower"]).all()
    with pytest.raises(InputError, match="interval"):
        surrogate.predict(UNSEEN, interval=95)


def test_a_cation_with_unknown_properties_gets_an_answer_that_is_less_certain(surrogate):
    known, vanadyl, tin = (
        surrogate.predict([Formulation(cation=c, ligand="PAA", ratio=33)]) for c in ("Fe3+", "VO2+", "Sn2+")
    )
    for frame in (vanadyl, tin):
        assert np.isfinite(frame[["mean", "standard_deviation"]].to_numpy()).all()
        assert not frame["in_domain"].any()
        assert (frame["standard_deviation"].to_numpy() > known["standard_deviation"].to_numpy()).all()


def test_the_domain_is_what_was_trained_on(surrogate):
    asked = [
        Formulation(cation="Fe3+", ligand="PAA", ratio=50),
        Formulation(cation="La3+", ligand="PAA", ratio=50),
        Formulation(cation="Fe3+", ligand="CMC", ratio=1000),
    ]
    frame = surrogate.predict(asked).drop_duplicates(["cation", "ligand"])
    assert frame["in_domain"].tolist() == [True, False, False]
    assert frame["domain_reason"].iloc[1].startswith("no training data on La3+; nearest training cation ")
    assert "CMC" in frame["domain_reason"].iloc[2]
    assert "ratio outside" in frame["domain_reason"].iloc[2]


def test_a_ligand_that_was_never_seen_is_less_certain(formulations, observations):
    only_paa = Surrogate.fit([o for o in observations if o.formulation.ligand == "PAA"], outcomes=["chains_per_cation"])
    known, new = (
        only_paa.predict([Formulation(cation="Fe3+", ligand=p, ratio=20)])["standard_deviation"].item()
        for p in ("PAA", "PF-COO")
    )
    assert new > known


def test_the_same_seed_gives_the_same_surrogate_and_leaves_random_state_alone(observations, surrogate):
    state = torch.random.get_rng_state()
    again = Surrogate.fit(observations)
    assert (torch.random.get_rng_state() == state).all()
    pd.testing.assert_frame_equal(again.predict(UNSEEN), surrogate.predict(UNSEEN), check_exact=True)


def test_without_calibration_the_process_is_the_same_and_is_believed():
    oracle = ClosedFormOracle()
    points = [Formulation(cation=c, ligand=p, ratio=r) for c in CATIONS for p, r in (("PAA", 9), ("CMC", 50))]
    told = [o for f in points for o in oracle.observations(f, [oracle.run_replicate(f, k, Path()) for k in range(3)])]
    told = [
        o.model_copy(update={"value": o.value * (1 + 0.5 * (i % 7 == 0))}) for i, o in enumerate(told)
    ]  # rare jumps
    checked, believed = (
        Surrogate.fit(told, outcomes=["coulomb_spread"], calibrate=calibrate).models["coulomb_spread"].learned
        for calibrate in (True, False)
    )
    assert checked.calibration != Calibration()
    assert believed.calibration is None
    for name, value in believed.gp.state_dict().items():
        assert torch.equal(value, checked.gp.state_dict()[name])


def test_each_kind_of_novelty_has_its_own_factor():
    """Of a new cation, not that of known ones, which is the larger one of the first outcome here."""
    known = [o for o in observations() if o.level == "screen"]
    outcomes = ("oxygens_beyond_8_angstrom", "chains_per_cation")
    checked, believed = (Surrogate.fit(known, outcomes=outcomes, calibrate=c) for c in (True, False))
    asked = [Formulation(cation=c, ligand="PAA", ratio=20) for c in ("Fe3+", "Be2+")]
    wide = [frame["upper"] - frame["lower"] for frame in (checked.predict(asked), believed.predict(asked))]
    wider = (wide[0] / wide[1]).to_numpy()
    found = [checked.models[outcome].learned.calibration for outcome in outcomes]
    assert wider == pytest.approx([*(c.known.factor for c in found), *(c.new_cation.factor for c in found)])
    assert found[0].known.factor > found[0].new_cation.factor


def test_noisy_rows_that_say_so_widen_nothing():
    """From so many rows on parts are left out and learned anew: each error is judged by its row's own noise."""
    random = np.random.default_rng(0)
    points = [
        Formulation(cation=c, ligand=p, ratio=float(r))
        for c in (*CATIONS, "Cu2+", "Mn2+", "Cr3+")
        for p in ("PAA", "CMC", "alginate")
        for r in np.geomspace(8, 60, 6)
    ]
    noise = np.where(random.random(len(points)) < 0.2, 3.0, 0.1)
    rows = [
        Observation(formulation=f, outcome="film_roughness_rq", level="lab", source="x",
                    value=float(10 + np.log(f.ratio) + e * random.normal()), standard_error=float(e), replicates=30)
        for f, e in zip(points, noise, strict=True)
    ]  # fmt: skip
    assert len(rows) >= ROWS_TO_REFIT_FROM
    factors = Surrogate.fit(rows, model="gaussian-process").models["film_roughness_rq"].learned.calibration
    assert factors.new_cation.factor < 1.3


def test_four_polymers_say_little_of_a_fifth():
    """How much polymers differ was learned from four; where descriptors say nothing of it, intervals still cover."""
    assert student_factor(3) == pytest.approx(2.920 / 1.645 * math.sqrt(4 / 3), abs=1e-3)  # of a printed table
    assert student_factor(1) == student_factor(2) > student_factor(9) > 1
    generator, polymers = np.random.default_rng(0), list(ligands())[:24]
    inside = {"checked": [], "believed": []}
    for _ in range(12):
        own = dict(zip(polymers, generator.normal(size=len(polymers)), strict=True))
        order = generator.permutation(polymers)
        told = [
            Observation(
                formulation=Formulation(cation=cation, ligand=str(polymer), ratio=20),
                outcome="coulomb_per_charge",
                value=own[polymer] + 0.1 * generator.normal(),
                level="lab",
                source="drawn",
            )
            for polymer in order[:4]
            for cation in CATIONS[:4]
        ]
        asked = [Formulation(cation="Zn2+", ligand=str(polymer), ratio=20) for polymer in order[4:]]
        truth = np.array([own[f.ligand] for f in asked])
        for name, found in inside.items():
            frame = Surrogate.fit(told, calibrate=name == "checked").predict(asked)
            found.extend(((frame["lower"] < truth) & (truth < frame["upper"])).tolist())
    assert np.mean(inside["checked"]) > np.mean(inside["believed"]) + 0.08
    assert 0.75 < np.mean(inside["checked"]) < 0.98


@pytest.mark.parametrize(
    "is_beyond",
    [lambda f: f.ratio == 60, lambda f: f.ratio == 8, lambda f: cations()[f.cation].charge >= 3],
    ids=["above the ratios", "below the ratios", "of higher charges"],
)
def test_intervals_cover_what_lies_beyond_all_that_was_seen(is_beyond):
    """Simulations of two ratios or two charges say little of a third, and that is what predictions say."""
    names = ["coulomb_spread", "crosslink_strength"]
    known = [o for o in observations() if o.level == "screen" and o.outcome in names]
    told, beyond = ([o for o in known if is_beyond(o.formulation) == side] for side in (False, True))
    frame = Surrogate.fit(told, outcomes=names).predict([o.formulation for o in beyond], noisy=True)
    asked = [len(names) * i + names.index(o.outcome) for i, o in enumerate(beyond)]
    values = np.array([o.value for o in beyond])
    inside = (frame["lower"].to_numpy()[asked] <= values) & (values <= frame["upper"].to_numpy()[asked])
    assert inside.mean() > 0.87
    assert not frame["in_domain"].any()


@pytest.mark.parametrize("kind", ["primary_amine", "tertiary_amine", "sulfate", "pyridine"])
def test_intervals_cover_what_binds_by_a_donor_that_was_never_seen(kind):
    """What carboxylates and other amines taught says little of an amine: 90 % intervals are wide enough."""
    known = [o for o in stability_constants() if o.bound == "="]
    told, anew = ([o for o in known if (kind in donors_of(o.formulation.ligand)) == side] for side in (False, True))
    surrogate = Surrogate.fit(told, outcomes=["log_k1"], model="gaussian-process")
    frame = surrogate.predict([o.formulation for o in anew], noisy=True)
    values = np.array([o.value for o in anew])
    inside = (frame["lower"].to_numpy() <= values) & (values <= frame["upper"].to_numpy())
    assert inside.mean() > 0.83
    widths = surrogate.models["log_k1"].learned.calibration
    assert widths.new_donor.factor > widths.new_ligand.factor


def test_stability_constants_of_molecules_are_less_certain_of_chains():
    surrogate = Surrogate.fit([o for o in stability_constants() if "(=O)O" in o.formulation.ligand])
    molecule, chain = (Formulation(cation="Fe3+", ligand=ligand) for ligand in ("CC(=O)O", "PAA"))
    one, other = surrogate.predict([molecule, chain])["standard_deviation"]
    assert other > 2 * one


def test_copper_that_nobody_measured_binds_nitrogen_more_strongly_than_nickel():
    """Irving and Williams's order beyond its known end: of divalent cations of its row, copper(II) binds it best."""
    known = stability_constants()
    nickel, copper = (
        {o.formulation.ligand: o.value for o in known if o.formulation.cation == cation and "N" in o.formulation.ligand}
        for cation in ("Ni2+", "Cu2+")
    )
    ligands_of_both = sorted(nickel.keys() & copper.keys())
    surrogate = Surrogate.fit([o for o in known if o.formulation.cation != "Cu2+"], calibrate=False)
    predicted = surrogate.predict([Formulation(cation="Cu2+", ligand=ligand) for ligand in ligands_of_both])["mean"]
    assert len(ligands_of_both) >= 5
    assert all(predicted.to_numpy() > [nickel[ligand] for ligand in ligands_of_both])
    errors = predicted.to_numpy() - [copper[ligand] for ligand in ligands_of_both]
    assert np.median(np.abs(errors)) < 1.0


NEW_AND_KNOWN = [
    Formulation(cation="Ga3+", ligand="PMAA", ratio=30),
    Formulation(cation="Fe3+", ligand="PAA", ratio=20),
    Formulation(cation="Fe3+", ligand="PAA", ratio=25),
]


def test_the_joint_posterior_is_as_sure_as_predictions_and_goes_together_like_the_process(surrogate):
    outcome = "coulomb_spread"
    posterior = surrogate.posterior(outcome, NEW_AND_KNOWN)
    frame = surrogate.predict(NEW_AND_KNOWN)
    frame = frame[frame["outcome"] == outcome]
    assert posterior.mean.squeeze(-1).tolist() == pytest.approx(frame["mean"].tolist(), rel=1e-6)
    deviation = posterior.variance.squeeze(-1).sqrt()
    assert deviation.tolist() == pytest.approx(frame["standard_deviation"].tolist(), rel=1e-4)
    process = surrogate.botorch_model([outcome]).posterior(surrogate.inputs(NEW_AND_KNOWN))
    assert deviation[0] > 1.2 * process.variance.squeeze(-1).sqrt()[0]  # which is not calibrated
    own, uncalibrated = (part.distribution.covariance_matrix for part in (posterior, process))
    assert torch.allclose(correlation(own), correlation(uncalibrated), atol=1e-3)
    assert posterior.rsample(torch.Size([2])).shape == (2, 3, 1)


def correlation(covariance):
    deviation = covariance.diagonal().sqrt()
    return covariance / deviation.outer(deviation)


def test_each_quantile_has_a_column_of_its_own(surrogate):
    asked = [0.07, 0.99999, 0.999999]
    frame = surrogate.predict(UNSEEN[:1], quantiles=asked)
    assert list(frame.columns[9:12]) == ["q07", "q99.999", "q99.9999"]
    assert (frame["q99.999"] < frame["q99.9999"]).all()


@pytest.mark.parametrize(
    ("quantiles", "fault"),
    [
        (0.05, r"quantiles: 0\.05 is not a list of probabilities, such as \[0\.05, 0\.95\]"),
        ("0.05", r"quantiles: '0\.05' is not a list of probabilities"),
        (["a"], "quantiles: a is not a probability between 0 and 1"),
    ],
)
def test_quantiles_that_are_no_list_of_probabilities_are_refused(surrogate, quantiles, fault):
    with pytest.raises(InputError, match=fault):
        surrogate.predict(UNSEEN[:1], quantiles=quantiles)


def test_one_outcome_may_be_named_without_a_list(observations):
    assert Surrogate.fit(observations, outcomes="coulomb_spread", calibrate=False).outcomes == ("coulomb_spread",)


def test_what_a_posterior_or_a_process_is_asked_of_must_be_there(surrogate):
    with pytest.raises(InputError, match="formulations: none are given"):
        surrogate.posterior("coulomb_spread", [])
    with pytest.raises(InputError, match="outcome: 'peel_force' was not observed at level closed-form"):
        surrogate.botorch_model(["peel_force"])
    with pytest.raises(InputError, match="outcomes: none are asked for"):
        surrogate.botorch_model([])


def test_quantiles_go_with_the_interval(surrogate, formulations):
    frame = surrogate.predict(formulations[:2], interval=0.9, quantiles=[0.05, 0.5, 0.975])
    assert list(frame.columns[8:12]) == ["upper", "q05", "q50", "q97.5"]
    assert frame["q05"].tolist() == pytest.approx(frame["lower"].tolist())
    assert frame["q50"].tolist() == pytest.approx(frame["mean"].tolist())
    assert (frame["q97.5"] > frame["upper"]).all()
    with pytest.raises(InputError, match="quantiles: 5 is not a probability") as error:
        surrogate.predict(formulations, quantiles=[5, 0.5, -1])
    assert len(error.value.faults) == 2


def test_intervals_of_left_out_rows_cover_what_they_promise(surrogate):
    frame = leave_one_out(surrogate, interval=0.8)
    inside = frame["observed"].between(frame["lower"], frame["upper"])
    assert len(frame) == 54
    assert 0.65 < inside.mean() <= 1.0
    quality = model_fit(surrogate)
    assert (quality["q2"] > 0.5).all()
    assert quality["coverage"].between(0.75, 1.0).all()


def test_noise_is_learned_where_no_standard_error_is_known(observations):
    rng = np.random.default_rng(0)
    outcome = "coulomb_per_charge"
    bare = [
        o.model_copy(update={"standard_error": None, "value": o.value + rng.normal(0, 5 * NOISE[outcome])})
        for o in observations * 3
        if o.outcome == outcome
    ]
    fitted = Surrogate.fit(bare)
    model = fitted.models[outcome].gp
    assert len(fitted.models[outcome].rows) == len(bare)  # repeats stay apart: the noise is learned from them
    scale = model.outcome_transform.stdvs.item()
    assert model.likelihood.noise.sqrt().item() * scale == pytest.approx(5 * NOISE[outcome], rel=0.5)


def test_known_errors_are_kept_where_others_are_not_known(observations):
    """The noise of the rows without a standard error is learned from them, and is theirs alone."""
    rng, outcome = np.random.default_rng(1), "coulomb_per_charge"
    own = [o for o in observations if o.outcome == outcome]
    rough = [
        o.model_copy(update={"standard_error": None, "value": o.value + rng.normal(0, 20 * NOISE[outcome])})
        for o in own * 2
    ]
    fitted = Surrogate.fit([*own[:9], *rough])
    model = fitted.models[outcome]
    known = np.array([o.standard_error is not None for o in model.rows])
    assert known.tolist() == [True] * 9 + [False] * len(rough)
    assert [o.standard_error for o in model.rows[:9]] == [
        o.standard_error for o in Surrogate.fit(own[:9]).models[outcome].rows
    ]
    scale = model.gp.outcome_transform.stdvs.item()
    noise = model.gp.likelihood.noise.detach().sqrt().numpy() * scale
    floor = NOISE_FLOOR * scale
    assert noise[known] == pytest.approx([max(o.standard_error, floor) for o in model.rows[:9]], rel=1e-6)
    assert len(set(noise[~known].round(9))) == 1
    assert noise[~known][0] == pytest.approx(20 * NOISE[outcome], rel=0.5)
    inside = fitted.predict([o.formulation for o in own[:9]])
    assert np.abs(inside["mean"] - [o.value for o in own[:9]]).max() < 5 * NOISE[outcome]


@pytest.mark.parametrize("error", [None, 0.05])
def test_what_is_not_trusted_weighs_less(observations, error):
    """One of the values is far off; the less it is trusted, the less it pulls."""
    rows = [o.model_copy(update={"standard_error": error}) for o in observations if o.outcome == "coulomb_spread"]
    spread = np.std([o.value for o in rows])
    off = rows[0].model_copy(update={"value": rows[0].value + 3 * spread})
    doubted = off.model_copy(update={"evidence": ("provisional", "symmetric_cell")})
    believed, distrusted = (
        Surrogate.fit([first, *rows[1:]]).predict([off.formulation]).iloc[0] for first in (off, doubted)
    )
    assert abs(distrusted["mean"] - off.value) > abs(believed["mean"] - off.value) + spread / 4


def test_ratios_that_nobody_states_are_learned_from_all_the_same(observations):
    rows = [o for o in observations if o.outcome == "coulomb_spread"]
    silent = [o.model_copy(update={"formulation": o.formulation.model_copy(update={"ratio": None})}) for o in rows]
    predicted = Surrogate.fit(silent).predict([rows[0].formulation]).iloc[0]
    assert np.isfinite(predicted["mean"])
    assert predicted["domain_reason"] == "no training data with a known ratio"


def test_repeats_with_errors_become_one_row(observations):
    twice = [o for o in observations if o.outcome == "coulomb_spread"] * 2
    fitted = Surrogate.fit(twice)
    assert len(fitted.models["coulomb_spread"].rows) == len(twice) / 2


def test_bounds_are_skipped_and_counted(observations):
    bound = observations[0].model_copy(update={"bound": "<", "value": 1e6})
    fitted = Surrogate.fit([*observations, bound])
    assert fitted.bounds_skipped == 1
    assert all(row.value < 1e5 for model in fitted.models.values() for row in model.rows)


def test_outcomes_may_be_partly_observed(observations, formulations):
    few = formulations[:8]
    partly = [o for o in observations if o.outcome != "coulomb_spread" or o.formulation in few]
    fitted = Surrogate.fit(partly)
    assert {k: len(m.rows) for k, m in fitted.models.items()} == {
        "chains_per_cation": 18,
        "coulomb_spread": 8,
        "coulomb_per_charge": 18,
    }


def test_too_few_points_are_refused_by_name(observations, formulations):
    few = formulations[: MINIMUM_FORMULATIONS - 1]
    partly = [o for o in observations if o.outcome != "coulomb_spread" or o.formulation in few]
    with pytest.raises(FitFailed, match=r"coulomb_spread: 4 formulations observed, at least 5"):
        Surrogate.fit(partly, outcomes=["chains_per_cation", "coulomb_spread"])
    fitted = Surrogate.fit(partly)
    assert "coulomb_spread" not in fitted.outcomes
    assert "at least 5" in fitted.left_out["coulomb_spread"]


def test_one_formulation_is_counted_in_the_singular(observations):
    with pytest.raises(FitFailed, match=": 1 formulation observed, at least 5"):
        Surrogate.fit(observations[:1])


def test_each_outcome_that_lacks_observations_has_a_line_of_its_own(observations, formulations):
    with pytest.raises(FitFailed) as caught:
        Surrogate.fit([o for o in observations if o.formulation == formulations[0]])
    outcomes = dict.fromkeys(o.outcome for o in observations)
    lack = "1 formulation observed, at least 5 needed; observe more formulations of it"
    assert caught.value.faults == tuple(f"{outcome}: {lack}" for outcome in outcomes)
    assert pickle.loads(pickle.dumps(caught.value)).faults == caught.value.faults


def test_an_outcome_that_never_varies_is_refused(observations):
    constant = [o.model_copy(update={"value": 1.0}) for o in observations if o.outcome == "coulomb_spread"]
    with pytest.raises(FitFailed, match="nothing to learn"):
        Surrogate.fit(constant)


def test_an_outcome_of_which_only_bounds_are_known_is_left_out_and_says_so(observations):
    bounds = [
        o.model_copy(update={"bound": "<"}) if o.outcome == "coulomb_spread" else o
        for o in observations
        if o.outcome in ("coulomb_spread", "chains_per_cation")
    ]
    fitted = Surrogate.fit(bounds)
    assert fitted.outcomes == ("chains_per_cation",)
    assert "bounds alone teach no surrogate" in fitted.left_out["coulomb_spread"]
    with pytest.raises(FitFailed, match="only bounds are observed"):
        Surrogate.fit(bounds, outcomes=["coulomb_spread"])


def test_nothing_observed_is_refused():
    with pytest.raises(FitFailed, match="nothing is observed"):
        Surrogate.fit([])


def test_levels_and_protocols_are_not_mixed(observations):
    other = observations[0].model_copy(update={"level": "lab", "protocol": None})
    with pytest.raises(InputError, match="one level"):
        Surrogate.fit([*observations, other])


def test_exact_observations_do_not_break_the_fit(formulations):
    exact = ClosedFormOracle(noise=0.0)
    values = [
        o
        for f in formulations
        for o in exact.observations(f, [exact.run_replicate(f, k, None) for k in range(2)])
        if o.outcome == "coulomb_per_charge"
    ]
    assert all(o.standard_error == 0.0 for o in values)
    predicted = Surrogate.fit(values).predict(formulations)
    truth = np.array([o.value for o in values])
    assert np.abs(predicted["mean"] - truth).max() < 0.05 * truth.std()


@pytest.mark.parametrize("cation", ["Al3+", "Fe3+", "Cu2+", "Zr4+"])
def test_a_simulated_cation_that_was_never_seen_lies_where_charge_and_radius_put_it(cation):
    """A force field knows no more of an ion: distances of ions left out are foretold to some hundredths of an angstrom.

    By Shannon's radii, hardness and what else chemistry knows of them it would be a tenth.
    """
    known = [o for o in observations() if (o.level, o.outcome) == ("screen", "cation_oxygen_distance")]
    held = [o for o in known if o.formulation.cation == cation]
    surrogate = Surrogate.fit([o for o in known if o.formulation.cation != cation], calibrate=False)
    predicted = surrogate.predict([o.formulation for o in held])
    errors = predicted["mean"] - [o.value for o in held]
    assert abs(errors.mean()) < 0.03
    assert (errors.abs() < 3 * predicted["standard_deviation"] + 0.01).all()


def test_of_an_ion_that_no_force_field_has_simulations_tell_next_to_nothing():
    known = [o for o in observations() if (o.level, o.outcome) == ("screen", "cation_oxygen_distance")]
    surrogate = Surrogate.fit(known, calibrate=False)
    assert cations()["Sc3+"].lennard_jones_radius_angstrom is None
    asked = surrogate.predict([Formulation(cation=c, ligand="PAA", ratio=20) for c in ("Sc3+", "Cd2+")])
    scandium, cadmium = asked["standard_deviation"]
    reasons = asked["domain_reason"].tolist()
    assert reasons[0] == "no training data on Sc3+; no simulation tells of Sc3+, which has no Lennard-Jones radius"
    assert reasons[1].startswith("no training data on Cd2+; nearest training cation ")
    assert scandium > 0.8 * np.std([o.value for o in known])
    assert cadmium < 0.05


def test_what_is_counted_per_donor_group_falls_with_the_number_of_cations_also_beyond_what_was_simulated():
    """Strength is a sum over cations: at 120 donor groups for each it is half of that at 60, and no more."""
    known = [o for o in observations() if (o.level, o.outcome) == ("screen", "crosslink_strength")]
    surrogate = Surrogate.fit(known, calibrate=False)
    asked = [Formulation(cation="Fe3+", ligand="PF-COO", ratio=r) for r in (5, 8, 12, 20, 30, 45, 60, 80, 120)]
    predicted = surrogate.predict(asked)["mean"].to_numpy()
    assert (np.diff(predicted) < 0).all()
    assert predicted[-1] == pytest.approx(predicted[-3] / 2, abs=60)


def test_errors_with_long_tails_give_intervals_with_a_narrow_middle():
    """Seven errors in ten would be within half of a Gaussian, where one in ten is ten times as large as the others."""
    random = np.random.default_rng(3)
    points = [
        Formulation(cation=c, ligand=p, ratio=float(r))
        for c in CATIONS
        for p in ("PAA", "CMC")
        for r in range(8, 60, 6)
    ]
    errors = random.normal(size=2 * len(points)) * np.where(random.random(2 * len(points)) < 0.1, 1.0, 0.1)
    rows = [
        Observation(
            formulation=f, outcome="film_roughness_rq", level="lab", source="x", value=float(10 + np.log(f.ratio) + e)
        )
        for f, e in zip(points * 2, errors, strict=True)
    ]
    seen, unseen = rows[: len(points)], rows[len(points) :]
    frame = Surrogate.fit(seen).predict(points, noisy=True, quantiles=[0.25, 0.75])
    assert (frame["degrees_of_freedom"] < 6).all()
    values = np.array([o.value for o in unseen])
    inside = [
        frame[low].lt(values).mul(frame[high].gt(values)).mean() for low, high in (("q25", "q75"), ("lower", "upper"))
    ]
    gaussian = (np.abs(values - frame["mean"]) < 0.674 * (frame["upper"] - frame["mean"]) / 1.645).mean()
    assert inside[1] > 0.85
    assert abs(inside[0] - 0.5) < abs(gaussian - 0.5)
