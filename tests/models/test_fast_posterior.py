from pathlib import Path

import gpytorch
import numpy as np
import pytest
import torch
from botorch.models import SingleTaskGP
from botorch.models.transforms import Log, Standardize

from ionlink.data import Formulation, InputError
from ionlink.models import Surrogate
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.formulation_table import FormulationTable
from ionlink.models.pair_rows import ScaledPairs
from ionlink.models.prediction import prediction_table
from ionlink.models.surrogate import PREDICTION_COLUMNS
from ionlink.optimize.closed_form import NOISE, ClosedFormOracle

ASKED = [
    Formulation(cation=c, ligand=p, ratio=r)
    for c in ("Fe3+", "La3+", "VO2+") for p in ("PAA", "CMC") for r in (1.5, 4.0, 30.0, 100.0, 900.0, 30.0)
]  # fmt: skip


def process(rows: int = 30, noise: float | None = 1.0, kernel: gpytorch.kernels.Kernel | None = None) -> SingleTaskGP:
    generator = torch.Generator().manual_seed(3)
    inputs = torch.rand(rows, 4, dtype=torch.float64, generator=generator)
    inputs[1] = inputs[0] + 1e-7  # nearly singular without noise
    values = 7 + 40 * (3 * inputs).sin().sum(-1, keepdim=True)
    variances = None if noise is None else torch.full_like(values, noise)
    gp = SingleTaskGP(inputs, values, variances, covar_module=kernel, outcome_transform=Standardize(m=1))
    return gp.eval()


@pytest.mark.parametrize(
    "gp",
    [
        process(),
        process(noise=0.005),
        process(noise=None),
        process(kernel=gpytorch.kernels.ScaleKernel(gpytorch.kernels.MaternKernel(nu=2.5, ard_num_dims=4)).double()),
        process(rows=300),
    ],
    ids=["fixed noise", "hardly any noise", "learned noise", "another kernel", "more rows"],
)
def test_it_equals_the_posterior_of_gpytorch(gp):
    inputs = torch.rand(700, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    inputs = torch.cat([inputs, gp.train_inputs[0][:5]])
    with torch.no_grad():
        expected = gp.posterior(inputs)
        mean, deviation = expected.mean.squeeze(-1), expected.variance.squeeze(-1).sqrt()
    fast = FastPosterior.of(gp)
    found, variance = fast.marginals(inputs)
    assert torch.allclose(found, mean, rtol=0, atol=1e-8 * float(mean.abs().max()))
    assert torch.allclose(variance.sqrt(), deviation, rtol=1e-6, atol=0)


@pytest.mark.parametrize("gp", [process(), process(noise=None)], ids=["fixed noise", "learned noise"])
def test_the_joint_posterior_is_that_of_gpytorch(gp):
    inputs = torch.rand(40, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    inputs = torch.cat([inputs, gp.train_inputs[0][:5], inputs[:2]])
    with torch.no_grad():
        expected = gp.posterior(inputs).distribution
    fast = FastPosterior.of(gp)
    mean, covariance = fast.joint(inputs)
    scale = float(expected.variance.max())
    assert torch.allclose(mean, expected.mean, rtol=0, atol=1e-8 * float(mean.abs().max()))
    assert torch.allclose(covariance, expected.covariance_matrix, rtol=0, atol=1e-7 * scale)
    assert torch.equal(covariance, covariance.T)
    for one, other in zip(fast.marginals(inputs), (mean, covariance.diagonal()), strict=True):
        assert torch.allclose(one, other, rtol=1e-8, atol=1e-10 * scale)


def test_likeness_is_the_kernel_without_its_variance():
    kernel = gpytorch.kernels.ScaleKernel(gpytorch.kernels.MaternKernel(nu=2.5)).double()
    kernel.outputscale, kernel.base_kernel.lengthscale = 9.0, 0.5
    inputs = torch.tensor([[0.0] * 4, [0.5, 0, 0, 0], [9.0] * 4], dtype=torch.float64)
    found = FastPosterior.of(process(kernel=kernel)).likeness(inputs[:1], inputs)
    distance = 5**0.5
    assert found[0].tolist() == pytest.approx(
        [1.0, (1 + distance + distance**2 / 3) * np.exp(-distance), 0.0], abs=1e-9
    )


def test_chunks_change_nothing(monkeypatch):
    gp, inputs = process(), torch.rand(100, 4, dtype=torch.float64)
    whole = FastPosterior.of(gp).marginals(inputs)
    monkeypatch.setattr("ionlink.models.fast_posterior.CHUNK_BYTES", 7 * 8 * 30)
    assert FastPosterior.of(gp).rows_at_once == 7
    for one, other in zip(whole, FastPosterior.of(gp).marginals(inputs), strict=True):
        assert torch.allclose(one, other, rtol=1e-10)


def test_the_typical_noise_is_that_of_the_middle_row():
    assert FastPosterior.of(process(noise=4.0)).noise_variance == pytest.approx(4.0)


def test_the_noise_of_one_replicate_is_that_of_a_mean_times_how_many_it_is_of():
    replicates = torch.full((30,), 3.0, dtype=torch.float64)
    assert FastPosterior.of(process(noise=4.0), replicates).replicate_variance == pytest.approx(12.0)
    assert FastPosterior.of(process(noise=4.0)).replicate_variance == pytest.approx(4.0)


@pytest.mark.parametrize("told", [3, 12])
def test_a_surrogate_knows_the_noise_of_one_replicate(formulations, told):
    """However many replicates were run of each formulation."""
    oracle = ClosedFormOracle(replicates=told)
    runs = {f: [oracle.run_replicate(f, k, Path()) for k in range(told)] for f in formulations}
    surrogate = Surrogate.fit([o for f, values in runs.items() for o in oracle.observations(f, values)])
    for outcome, model in surrogate.models.items():
        assert model.learned.posterior().replicate_variance ** 0.5 == pytest.approx(NOISE[outcome], rel=0.25)


def test_what_cannot_be_undone_is_refused():
    inputs = torch.linspace(0, 1, 9, dtype=torch.float64).unsqueeze(-1)
    values = ((inputs - inputs.mean()) / inputs.std()).exp()
    gp = SingleTaskGP(inputs, values, outcome_transform=Log()).eval()
    with pytest.raises(InputError, match="cannot undo Log"):
        FastPosterior.of(gp)
    with pytest.raises(InputError, match="in evaluation mode"):
        FastPosterior.of(process().train())


def test_a_table_is_predicted_as_each_formulation_is(believed):
    frame = prediction_table(believed, ASKED)
    assert list(frame.columns) == list(PREDICTION_COLUMNS)
    assert frame["outcome"].tolist() == list(believed.outcomes) * len(ASKED)
    inputs = believed.inputs(ASKED)
    for outcome, rows in frame.groupby("outcome", sort=False):
        model = believed.models[outcome]
        with torch.no_grad():
            expected = model.gp.posterior(inputs)
        assert rows["mean"].to_numpy() == pytest.approx(expected.mean.squeeze(-1).numpy(), rel=1e-9)
        assert rows["standard_deviation"].to_numpy() == pytest.approx(
            expected.variance.squeeze(-1).sqrt().numpy(), rel=1e-6
        )
        assert rows["domain_reason"].tolist() == [model.domain.objection(f) for f in ASKED]
        assert (rows["in_domain"] == (rows["domain_reason"] == "")).all()


def test_model_inputs_are_gathered_right(surrogate):
    table = FormulationTable.of(ASKED)
    assert len(table.pairs) == 6
    found = ScaledPairs.of(table.pairs, surrogate.scaling).rows(table.pair, table.ratio)
    assert np.abs((found - surrogate.inputs(ASKED)).numpy()).max() < 1e-12


def test_repeats_are_computed_once():
    different, place = FormulationTable.of(ASKED * 3).without_repeats()
    assert len(different) == 5 * 6
    assert different.ratio[place].tolist() == [f.ratio for f in ASKED * 3]
    assert [different.pairs[p].cation for p in different.pair[place]] == [f.cation for f in ASKED * 3]
    assert FormulationTable.of(ASKED[:5]).without_repeats()[1] is None


def test_formulations_without_a_ratio_are_predicted(observations):
    silent = [
        o.model_copy(update={"formulation": o.formulation.model_copy(update={"ratio": None})}) for o in observations
    ]
    surrogate = Surrogate.fit(silent, outcomes=["coulomb_spread"])
    mixed = [silent[0].formulation, Formulation(cation="Fe3+", ligand="PAA", ratio=20)]
    frame = prediction_table(surrogate, mixed)
    assert frame["ratio"].isna().tolist() == [True, False]
    with torch.no_grad():
        expected = surrogate.models["coulomb_spread"].gp.posterior(surrogate.inputs(mixed)).mean.squeeze(-1)
    assert frame["mean"].tolist() == pytest.approx(expected.tolist(), rel=1e-9)
    assert frame["domain_reason"].tolist() == ["", "no training data with a known ratio"]


def test_a_new_observation_is_less_certain_than_the_outcome(believed):
    (free,), (noisy,) = (
        [prediction_table(believed, ASKED, outcomes=["coulomb_spread"], noisy=noisy)] for noisy in (False, True)
    )
    added = noisy["standard_deviation"] ** 2 - free["standard_deviation"] ** 2
    assert added.to_numpy() == pytest.approx(FastPosterior.of(believed.models["coulomb_spread"].gp).noise_variance)
    assert (noisy["mean"] == free["mean"]).all()


def test_outcomes_that_cannot_be_predicted_are_named(surrogate):
    with pytest.raises(InputError) as error:
        prediction_table(surrogate, ASKED, outcomes=["peel_force", "colour"])
    assert "'peel_force' was not observed at level closed-form" in error.value.faults[0]
    assert "'colour' is not known" in error.value.faults[1]
