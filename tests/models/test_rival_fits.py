"""Where two descriptors tell the same, explanations must not take sides."""

import pytest
import torch

from ionlink.data import Formulation, Observation, cations
from ionlink.models import Surrogate
from ionlink.models.pair_kernel import PairKernel
from ionlink.models.pair_terms import OXOPHILICITY_COLUMNS
from ionlink.models.rival_fits import are_sought, rival_fits, slopes
from ionlink.models.unseen_cations import unseen_cation_q2

NAMES = ("Mg2+", "Ca2+", "Sr2+", "Ba2+", "Zn2+", "Fe2+", "Fe3+", "Al3+", "La3+", "Y3+", "Zr4+", "Ce4+")


def learned(value):
    """A surrogate of an outcome that depends on formulations as `value` says."""
    formulations = [
        Formulation(cation=c, ligand=p, ratio=r) for c in NAMES for p in ("PAA", "alginate") for r in (8, 60)
    ]
    return Surrogate.fit(
        [
            Observation(
                formulation=f,
                outcome="crosslink_strength",
                value=value(f),
                standard_error=0.02,
                level="lab",
                source="made",
            )
            for f in formulations
        ]
    )


def test_weights_add_up_and_the_own_fit_is_first():
    surrogate = learned(lambda f: cations()[f.cation].charge * 0.5)
    model = surrogate.models["crosslink_strength"]
    fits = rival_fits(model, surrogate.scaling, seed=0)
    assert fits[0][0] is model.gp
    assert sum(weight for _, weight in fits) == pytest.approx(1)


def test_slopes_are_those_of_the_prediction():
    surrogate = learned(lambda f: cations()[f.cation].charge * 0.5 + 0.3 * (f.ratio == 60))
    process = surrogate.models["crosslink_strength"].gp
    rows, scale = process.train_inputs[0], float(process.outcome_transform.stdvs)
    found = slopes(process)
    for name in ("charge", "log10_ratio"):
        place, step = surrogate.scaling.positions([name])[0], torch.zeros(rows.shape[1])
        step[place] = 1e-4
        with torch.no_grad():
            change = process.posterior(rows + step).mean - process.posterior(rows - step).mean
        slope = (change / 2e-4 / scale).square().mean().sqrt()
        assert float(found[place]) == pytest.approx(float(slope), rel=0.02)
    assert found[surrogate.scaling.positions(["charge"])[0]] > 10 * found[surrogate.scaling.positions(["hardness"])[0]]


def test_a_start_that_favours_inputs_keeps_to_the_limits():
    surrogate = learned(lambda f: cations()[f.cation].charge * 0.5)
    kernel = PairKernel(surrogate.scaling)
    places = surrogate.scaling.positions(OXOPHILICITY_COLUMNS)
    before = kernel.log_length_oxophilic.detach().clone()
    chosen = torch.zeros(surrogate.scaling.dimension, dtype=torch.bool)
    chosen[places[1]] = True
    kernel.favour(chosen, 4.0)
    moved = (kernel.log_length_oxophilic - before).exp().tolist()
    assert moved == pytest.approx([4, 0.25, 4, 4])
    assert kernel.log_weight_slope.exp().max() < PairKernel(surrogate.scaling).log_weight_slope.exp().min()
    kernel.favour(chosen, 1e9)
    assert kernel.log_length_oxophilic.exp().tolist() == pytest.approx([100, 0.1, 100, 100])


def test_of_many_rows_no_rivals_are_sought(monkeypatch):
    surrogate = learned(lambda f: cations()[f.cation].charge * 0.5)
    model = surrogate.models["crosslink_strength"]
    assert are_sought(model)
    monkeypatch.setattr("ionlink.models.rival_fits.MOST_ROWS", 40)
    monkeypatch.setattr("ionlink.models.rival_fits.fit", None)
    assert not are_sought(model)
    assert rival_fits(model, surrogate.scaling, seed=0) == ((model.gp, 1.0),)


def test_starts_that_end_at_one_optimum_are_one_fit():
    surrogate = learned(lambda f: 3 * cations()[f.cation].octahedral_radius_angstrom)
    model = surrogate.models["crosslink_strength"]
    assert rival_fits(model, surrogate.scaling, seed=0) == ((model.gp, 1.0),)
    radius, hardness = surrogate.scaling.positions(["octahedral_radius", "hardness"])
    assert slopes(model.gp)[radius] > slopes(model.gp)[hardness]


def test_a_property_is_known_for_unseen_cations_and_a_name_is_not():
    by_radius = learned(lambda f: cations()[f.cation].ionic_radius_angstrom).models["crosslink_strength"]
    by_name = learned(lambda f: float(NAMES.index(f.cation) * 7 % 12)).models["crosslink_strength"]
    assert unseen_cation_q2(by_radius) > 0.9
    assert unseen_cation_q2(by_name) < 0.3


def test_unseen_cations_are_predicted_as_a_fit_without_them_would(monkeypatch):
    surrogate = learned(lambda f: cations()[f.cation].ionic_radius_angstrom + 0.1 * (f.ligand == "PAA"))
    model = surrogate.models["crosslink_strength"]
    import numpy as np

    errors, naive = [], []
    values = model.gp.train_targets
    for cation in NAMES:
        out = torch.tensor([o.formulation.cation == cation for o in model.rows])
        with torch.no_grad():
            kernel = model.gp.covar_module(model.gp.train_inputs[0]).to_dense()
            noisy = kernel + torch.diag(model.gp.likelihood.noise)
            constant = model.gp.mean_module.constant
            gain = torch.linalg.solve(noisy[~out][:, ~out], values[~out] - constant)
            errors += (values[out] - constant - kernel[out][:, ~out] @ gain).tolist()
            naive += (values[out] - values[~out].mean()).tolist()
    assert unseen_cation_q2(model) == pytest.approx(1 - np.square(errors).sum() / np.square(naive).sum(), abs=1e-6)
