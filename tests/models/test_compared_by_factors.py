"""Outcomes that span decades are learned on their logarithm, and predicted in their unit."""

import numpy as np
import pandas as pd
import pytest

from ionlink.data import Formulation, InputError, Observation, cations
from ionlink.models import Surrogate
from ionlink.models.cross_validation import cross_validate
from ionlink.models.levels import LevelModel
from ionlink.models.metrics import metrics
from ionlink.models.splits import formulation_folds
from ionlink.models.validation import model_fit

CATIONS = ("Mg2+", "Ca2+", "Sr2+", "Ba2+", "Zn2+", "Ni2+", "Fe3+", "Al3+", "La3+", "Y3+")
ERROR = 0.1
"""Relative error of a measurement."""


def decades(formulation):
    """log10 of the conductivity in S/cm: five decades from barium to aluminium, and less with fewer cations."""
    potential = cations()[formulation.cation].ionic_potential_e_per_angstrom
    return -3.0 - 0.9 * potential - 0.8 * np.log10(formulation.known_ratio / 20)


def measured(outcome="ionic_conductivity", unit=1.0, level="lab"):
    generator = np.random.default_rng(1)
    places = [Formulation(cation=c, ligand=p, ratio=r) for c in CATIONS for p in ("PAA", "CMC") for r in (8, 20, 60)]
    values = [unit * 10 ** (decades(f) + ERROR / np.log(10) * generator.standard_normal()) for f in places]
    return [
        Observation(
            formulation=f, outcome=outcome, value=v, standard_error=ERROR * v, level=level, source="cell", replicates=3
        )
        for f, v in zip(places, values, strict=True)
    ]


UNSEEN = [Formulation(cation=c, ligand=p, ratio=r) for c in CATIONS for p in ("PAA", "CMC") for r in (11, 35)]


@pytest.fixture(scope="module")
def fitted():
    return Surrogate.fit(measured(), seed=0)


def test_no_interval_reaches_below_zero(fitted):
    strangers = [Formulation(cation=c, ligand="alginate", ratio=200) for c in ("Zr4+", "K+", "Ag+")]
    frame = fitted.predict([*UNSEEN, *strangers], interval=0.99, quantiles=[0.001, 0.5])
    assert (frame[["mean", "lower", "upper", "q0.1"]] > 0).all(axis=None)
    assert (frame["lower"] < frame["mean"]).all() and (frame["mean"] < frame["upper"]).all()
    np.testing.assert_allclose(frame["q50"], frame["mean"])
    assert set(frame["unit"]) == {"S/cm"}


def test_five_decades_are_learned_evenly(fitted):
    """The smallest conductivities as well as the largest, to a share of a decade."""
    frame = fitted.predict(UNSEEN)
    errors = np.log10(frame["mean"]) - [decades(f) for f in UNSEEN]
    small = frame["mean"] < frame["mean"].median()
    assert np.sqrt((errors[small] ** 2).mean()) < 0.1
    assert np.sqrt((errors[~small] ** 2).mean()) < 0.1


def test_the_unit_is_a_matter_of_taste(fitted):
    """Values a thousand times as large give predictions a thousand times as large."""
    other = Surrogate.fit(measured(unit=1000.0), seed=0).predict(UNSEEN)
    ours = fitted.predict(UNSEEN)
    for column in ("mean", "standard_deviation", "lower", "upper"):
        np.testing.assert_allclose(other[column], 1000 * ours[column], rtol=1e-3)


def test_intervals_cover_what_is_measured_anew(fitted):
    generator = np.random.default_rng(7)
    frame = fitted.predict(UNSEEN, noisy=True)
    again = 10 ** (np.array([decades(f) for f in UNSEEN]) + ERROR / np.log(10) * generator.standard_normal(len(UNSEEN)))
    inside = ((frame["lower"] <= again) & (again <= frame["upper"])).mean()
    assert 0.75 <= inside <= 1


@pytest.mark.parametrize("kind", ["deep-ensemble", "extra-trees", "joint"])
def test_every_kind_of_model_does_so(kind):
    frame = Surrogate.fit(measured(), model=kind, seed=0).predict(UNSEEN)
    errors = np.log10(frame["mean"]) - [decades(f) for f in UNSEEN]
    assert np.sqrt((errors**2).mean()) < 0.5
    assert (frame["lower"] > 0).all()


def test_they_are_saved_and_read(fitted, tmp_path):
    fitted.save(tmp_path / "saved")
    pd.testing.assert_frame_equal(Surrogate.load(tmp_path / "saved").predict(UNSEEN), fitted.predict(UNSEEN))


def test_held_out_values_are_judged_by_factors():
    rows = measured()
    splits = [formulation_folds(rows, folds=3, seed=0)]
    found = cross_validate(rows, lambda told: Surrogate.fit(told, calibrate=False), splits).predictions
    order = {(o.formulation.cation, o.formulation.ligand, o.formulation.ratio): o for o in rows}
    first = found.iloc[0]
    seen = order[first["cation"], first["ligand"], first["ratio"]]
    assert first["observed"] == pytest.approx(np.log10(seen.value))
    assert first["standard_error"] == pytest.approx(ERROR / np.log(10))
    assert np.sqrt(((found["observed"] - found["mean"]) ** 2).mean()) < 0.3
    table = metrics(found).set_index("metric")
    assert table.loc["rmse", "unit"] == "decades"


def test_leave_one_out_is_of_the_same_scale(fitted):
    quality = model_fit(fitted).iloc[0]
    assert quality["rmse"] < 0.3
    assert quality["q2"] > 0.9


def test_a_value_of_nothing_is_refused():
    first, *others = measured()
    with pytest.raises(InputError, match="ionic_conductivity: 0 is not above 0"):
        Surrogate.fit([first.model_copy(update={"value": 0.0}), *others])
    forces = [o.model_copy(update={"outcome": "peel_force"}) for o in others]
    assert Surrogate.fit([first.model_copy(update={"value": 0.0}), *forces], outcomes="peel_force", calibrate=False)


def test_a_bound_is_on_the_same_scale():
    """A limit of detection, where nothing else is known of a cation, draws what is expected of it below."""
    others = [o for o in measured() if o.formulation.cation not in ("Al3+", "Fe3+", "Ni2+", "Zn2+")]
    bound = Formulation(cation="Al3+", ligand="PAA", ratio=20)
    limit = others[0].model_copy(update={"formulation": bound, "value": 1e-8, "bound": "<", "standard_error": None})
    before, after = (Surrogate.fit(told, model="joint", seed=0) for told in (others, [limit, *others]))
    expected = [float(s.predict([bound])["mean"].iloc[0]) for s in (before, after)]
    assert expected[1] < 1e-7 < expected[0]


def test_a_simulation_tells_of_a_measured_modulus_in_its_unit():
    simulated = measured("crosslink_strength", level="screen")
    simulated = [
        o.model_copy(update={"value": 100 * (8 + decades(o.formulation)), "standard_error": 5.0}) for o in simulated
    ]
    model = LevelModel.fit(simulated, measured("elastic_modulus")[:8])
    frame = model.predict(UNSEEN)
    assert (frame["lower"] > 0).all()
    ranks = frame["mean"].rank().corr(pd.Series([decades(f) for f in UNSEEN]).rank())
    assert ranks > 0.8
