import numpy as np
import pandas as pd
import pytest
import torch

import ionlink
from ionlink.data import Formulation, InputError, Observation, observations, stability_constants
from ionlink.models import FitFailed, Surrogate
from ionlink.models.beside import Beside
from ionlink.models.calibration import ROWS_TO_REFIT_FROM
from ionlink.models.domain import Domain
from ionlink.models.formulation_table import FormulationTable
from ionlink.models.inputs import InputScaling
from ionlink.models.pair_kernel import PairKernel
from ionlink.models.pair_rows import ScaledPairs

PAIRS = [(c, p) for c in ("Mg2+", "Ca2+", "Fe3+", "Al3+") for p in ("PAA", "alginate")]
PLAIN = [Formulation(cation=c, ligand=p, ratio=r) for c, p in PAIRS for r in (10, 40)]


def at_ph(formulation: Formulation, ph: float | None) -> Formulation:
    return formulation.model_copy(update={"ph": ph})


def observed(formulations: list[Formulation], value) -> list[Observation]:
    return [
        Observation(formulation=f, outcome="tensile_strength", value=value(f), level="lab", source="x")
        for f in formulations
    ]


@pytest.mark.parametrize(
    "known", [PLAIN, [o.formulation for o in stability_constants()[:50]]], ids=["polymer", "log K"]
)
def test_without_conditions_there_are_no_columns_of_them(known):
    scaling = InputScaling.of(known)
    assert scaling.conditions == ()
    assert not {"second_fraction", "ph", "temperature_k"} & {name.removesuffix("_unknown") for name in scaling.names}
    with_them = InputScaling.of([at_ph(known[0], 5.0), *known[1:]])
    assert [n for n in with_them.names if n.removesuffix("_unknown") != "ph"] == list(scaling.names)
    kernel = PairKernel(scaling)
    assert set(kernel.state_dict()) >= {"log_length_ligand", "log_variance"}
    assert ("log_length_ratio" in kernel.state_dict()) == scaling.knows_ratio


def test_shipped_observations_have_no_conditions_so_that_their_fits_stay_as_they_are():
    for level in dict.fromkeys(o.level for o in observations()):
        assert InputScaling.of([o.formulation for o in observations() if o.level == level]).conditions == ()


def test_conditions_are_scaled_to_what_was_seen_and_flagged_where_open():
    known = [at_ph(f, ph) for f, ph in zip(PLAIN, [3.0, 9.0, None, 6.0] * 4, strict=True)]
    scaling = InputScaling.of(known)
    column, flag = scaling.names.index("ph"), scaling.names.index("ph_unknown")
    rows = scaling.transform([at_ph(PLAIN[0], ph) for ph in (3.0, 6.0, 9.0, None)])
    assert rows[:, column] == pytest.approx([0, 0.5, 1, 0.5])
    assert rows[:, flag].tolist() == [0, 0, 0, 1]
    assert scaling.names[-1] == "log10_ratio"
    assert "ph_unknown" not in InputScaling.of([at_ph(f, 5.0) for f in PLAIN]).names


def test_one_ph_says_that_two_units_are_far_away():
    scaling = InputScaling.of([at_ph(f, 5.0) for f in PLAIN])
    rows = scaling.transform([at_ph(PLAIN[0], ph) for ph in (5.0, 7.0)])
    assert np.ptp(rows[:, scaling.names.index("ph")]) == pytest.approx(1.0)


def test_the_kernel_tells_conditions_apart_even_without_a_ratio():
    known = [Formulation(cation=c, ligand=p, ph=ph) for c, p in PAIRS for ph in (3.0, 9.0)]
    scaling = InputScaling.of(known)
    assert not scaling.knows_ratio
    kernel = PairKernel(scaling)
    rows = torch.as_tensor(scaling.transform(known[:2]))
    with torch.no_grad():
        covariance = kernel(rows).to_dense()
    assert covariance[0, 1] < 0.99 * covariance[0, 0]
    assert scaling.names.index("ph") in kernel.used


def test_a_surrogate_learns_what_the_ph_does():
    known = [at_ph(f, ph) for f in PLAIN[::2] for ph in (3.0, 5.0, 7.0, 9.0)]
    surrogate = Surrogate.fit(observed(known, lambda f: 2.0 + f.ph), calibrate=False)
    asked = [at_ph(PLAIN[0], ph) for ph in (4.0, 8.0)]
    found = surrogate.predict(asked)
    assert found["mean"].to_numpy() == pytest.approx([6.0, 10.0], abs=0.5)
    assert found["ph"].tolist() == [4.0, 8.0]
    assert found["in_domain"].all()


def test_what_is_left_open_may_be_anything_that_was_seen():
    """The outcome rises from 5 to 11 over the four pH that are known, and from 10 to 20 over the two ratios."""
    known = [at_ph(f, ph) for f in PLAIN[::2] for ph in (3.0, 5.0, 7.0, 9.0)]
    surrogate = Surrogate.fit(observed(known, lambda f: 2.0 + f.ph), calibrate=False)
    stated, open_ph = surrogate.predict([at_ph(PLAIN[0], 5.0), PLAIN[0]])[["mean", "standard_deviation"]].to_numpy()
    assert open_ph[0] == pytest.approx(8.0, abs=0.5)
    assert open_ph[1] == pytest.approx(np.std([5.0, 7.0, 9.0, 11.0]), rel=0.15)
    assert stated[1] < 0.5
    by_ratio = [f.model_copy(update={"ratio": ratio}) for f in PLAIN for ratio in (10.0, 20.0)]
    surrogate = Surrogate.fit(observed(by_ratio, lambda f: f.ratio), calibrate=False)
    (open_ratio,) = surrogate.predict([by_ratio[0].model_copy(update={"ratio": None})]).to_dict("records")
    assert open_ratio["mean"] == pytest.approx(15.0, abs=0.5)
    assert open_ratio["standard_deviation"] == pytest.approx(5.0, rel=0.15)
    assert "ratio is not given" in open_ratio["domain_reason"]


def test_all_values_of_what_is_left_open_count():
    """Here every second ratio was seen at pH 4, the others at pH 9: a stride through both could see the one alone."""
    known = [
        Formulation(cation=PLAIN[2 * i % 8].cation, ligand="PAA", ratio=10.0 + i, ph=4.0 if i % 2 else 9.0)
        for i in range(31)
    ]
    surrogate = Surrogate.fit(observed(known, lambda f: 0.0 if f.ph == 4 else 10.0), calibrate=False)
    (found,) = surrogate.predict([Formulation(cation="Fe3+", ligand="PAA", ratio=20)]).to_dict("records")
    assert found["mean"] == pytest.approx(5.0, abs=0.5)
    assert found["standard_deviation"] == pytest.approx(5.0, rel=0.1)
    (found,) = surrogate.predict([Formulation(cation="Fe3+", ligand="PAA")]).to_dict("records")
    assert 2 < found["mean"] < 8
    assert found["standard_deviation"] > 4


def test_a_joint_model_of_bounds_knows_the_ratios_of_other_levels():
    known = [f.model_copy(update={"ratio": ratio}) for f in PLAIN for ratio in (10.0, 20.0)]
    rows = observed(known, lambda f: f.ratio)
    bounds = [o.model_copy(update={"bound": ">"}) for o in rows[:4]]
    simulated = Beside(tuple(o.model_copy(update={"level": "screen"}) for o in rows))
    surrogate = Surrogate.fit(bounds, model="joint", beside=simulated)
    asked = [known[0].model_copy(update={"ratio": ratio}) for ratio in (None, 10.0, 20.0)]
    unsaid, low, high = surrogate.predict(asked)["mean"]
    assert low < unsaid < high


def test_a_series_in_ph_is_checked_as_one_in_ratios_is():
    by_ph = [at_ph(PLAIN[0], 3 + 0.2 * k) for k in range(30)]
    by_ratio = [f.model_copy(update={"ph": None, "ratio": 10 ** (f.ph / 3)}) for f in by_ph]
    factors = []
    for known in (by_ph, by_ratio):
        noise = np.random.default_rng(0).normal(scale=0.1, size=len(known))
        rows = [
            o.model_copy(update={"value": float(np.sin(f.ph) + e)})
            for o, f, e in zip(observed(known, lambda _: 0.0), by_ph, noise, strict=True)
        ]
        factors.append(Surrogate.fit(rows).models["tensile_strength"].learned.calibration.known.factor)
    assert factors[0] == pytest.approx(factors[1], abs=0.3)
    assert factors[0] < 1.5


def test_many_mixtures_of_one_cation_can_be_checked():
    """Left out with each of their cations, nothing is left to learn from: the closed form stands in."""
    cations = ("Mg2+", "Sr2+", "Ba2+", "Zn2+", "Ni2+", "Co2+", "Mn2+", "Cu2+", "Fe3+", "Al3+", "La3+", "Cr3+")
    known = [
        Formulation(cation=c, ligand=p, ratio=r, second_cation="Ca2+", second_fraction=share)
        for c in cations for p in ("PAA", "alginate", "PF-COO") for r in (10, 20, 40) for share in (0.3, 0.7)
    ]  # fmt: skip
    assert len(known) >= ROWS_TO_REFIT_FROM
    surrogate = Surrogate.fit(observed(known, lambda f: np.log(f.ratio)), model="gaussian-process")
    assert surrogate.models["tensile_strength"].learned.calibration.new_cation.factor >= 1


def test_a_model_that_does_not_look_at_conditions_refuses_them():
    known = [at_ph(f, ph) for f in PLAIN for ph in (3.0, 9.0)]
    with pytest.raises(FitFailed, match="does not look at ph"):
        Surrogate.fit(observed(known, lambda f: f.ph), model="ridge")


def test_the_domain_knows_conditions_and_both_cations():
    mixture = PLAIN[0].model_copy(update={"second_cation": "Zr4+", "second_fraction": 0.3})
    plain = Domain.of(PLAIN)
    assert plain.objection(PLAIN[0]) == ""
    assert "no training data on Zr4+" in plain.objection(mixture)
    assert "no mixture of cations among the training data" in plain.objection(mixture)
    assert plain.verdict(mixture).novelty.outside  # so that intervals widen
    mixed = [mixture.model_copy(update={"second_fraction": share}) for share in (0.3, 0.4, 0.5)]
    assert Domain.of(mixed).objection(PLAIN[0]) == "share of a second cation outside the trained 0.3 to 0.5"
    assert Domain.of([*mixed, PLAIN[0]]).objection(PLAIN[0]) == ""
    assert "no training data with a known pH" in plain.objection(at_ph(PLAIN[0], 5.0))
    wide = Domain.of([at_ph(f, ph) for f in [*PLAIN, mixture] for ph in (3.0, 6.0)])
    assert wide.objection(at_ph(mixture, 4.0)) == ""
    assert "pH outside the trained 3 to 6" in wide.objection(at_ph(PLAIN[0], 8.0))
    assert "pH is not given, trained was 3 to 6" in wide.objection(PLAIN[0])
    partly = Domain.of([*PLAIN, at_ph(PLAIN[0], 3.0), at_ph(PLAIN[0], 6.0)])
    assert partly.objection(PLAIN[0]) == ""  # as most of them were seen


def test_a_table_of_formulations_keeps_conditions():
    mixture = PLAIN[0].model_copy(update={"second_cation": "Zr4+", "second_fraction": 0.3, "ph": 4.0})
    asked = [*PLAIN, mixture, at_ph(PLAIN[1], 6.0), mixture.model_copy(update={"ratio": 33.0})]
    scaling = InputScaling.of(asked)
    table = FormulationTable.of(asked)
    assert len(table.pairs) == len(PAIRS) + 2
    rows = ScaledPairs.of(table.pairs, scaling).rows(table.pair, table.ratio).numpy()
    np.testing.assert_allclose(rows, scaling.transform(asked), atol=1e-12)
    assert [
        table.pairs[p].model_copy(update={"ratio": r}) for p, r in zip(table.pair, table.ratio, strict=True)
    ] == asked


def test_a_part_of_a_table_knows_the_conditions_of_its_own_rows_alone():
    asked = [at_ph(PLAIN[0], 2.0 + k / 100) for k in range(1000)]
    parts = [FormulationTable.of(asked).rows(start, start + 50) for start in range(0, 1000, 50)]
    assert [f.ph for part in parts for f in part.pairs] == [f.ph for f in asked]
    assert {len(part.pairs) for part in parts} == {50}


def test_predictions_take_columns_of_conditions():
    known = [at_ph(f, ph) for f in PLAIN[::2] for ph in (3.0, 5.0, 7.0, 9.0)]
    surrogate = Surrogate.fit(observed(known, lambda f: 2.0 + f.ph), calibrate=False)
    frame = pd.DataFrame({"cation": "Mg2+", "ligand": "PAA", "ratio": 10, "ph": [4.0, None, 8.0]})
    found = ionlink.predict(frame, model=surrogate)
    assert found["ph"].tolist()[::2] == [4.0, 8.0]
    assert found["in_domain"].tolist() == [True, False, True]
    with pytest.raises(InputError, match="row 2, ph"):
        ionlink.predict(frame.assign(ph=[4.0, 99.0, 8.0]), model=surrogate)
    with pytest.raises(InputError, match="row 1, second_fraction: is missing"):
        ionlink.predict(frame.assign(second_cation="Fe3+"), model=surrogate)
