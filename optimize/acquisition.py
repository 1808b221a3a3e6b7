"""Proposals by a surrogate: noisy expected improvement of the hypervolume, over real points of the space only.

Method: qLogNoisyExpectedHypervolumeImprovement (Daulton et al., NeurIPS 2021; Ament et al., NeurIPS 2023), or
qLogNoisyExpectedImprovement for a single objective, as implemented in BoTorch. Where observing has a cost, what counts
is the improvement per cost (Snoek, Larochelle and Adams, NeurIPS 2012, arXiv:1206.2944).
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.acquisition.logei import qLogNoisyExpectedImprovement
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import MCMultiOutputObjective
from botorch.acquisition.objective import MCAcquisitionObjective
from botorch.optim.optimize import optimize_acqf_mixed
from botorch.sampling.normal import SobolQMCNormalSampler
from botorch.utils.multi_objective.hypervolume import infer_reference_point
from botorch.utils.multi_objective.pareto import is_non_dominated
from botorch.utils.sampling import manual_seed
from scipy.stats.qmc import Sobol
from torch import Tensor

from ionlink.data.formulation import Formulation
from ionlink.models.prediction import mean_and_deviation
from ionlink.models.surrogate import Surrogate
from ionlink.models.threads import one_thread
from ionlink.optimize.aim import Aim
from ionlink.optimize.candidate import Prediction
from ionlink.optimize.combination import Combination
from ionlink.optimize.errors import SpaceExhausted
from ionlink.optimize.objective import Objective
from ionlink.optimize.sameness import same_formulation
from ionlink.optimize.space import DesignSpace

POSTERIOR_SAMPLES = 64
SCREENED_RATIOS = 12
"""Ratios per cation-ligand pair in the screen."""

REFINED_PAIRS = 4
"""Best pairs of the screen whose ratio is then optimised continuously."""

GRID_ROWS_AT_ONCE = 1024
"""Rows of the screen that are evaluated together: bounds the memory."""

RESTARTS = 2
STARTING_POINTS = 8
"""Per pair; the acquisition has one free variable."""


class Desirabilities(MCMultiOutputObjective):
    """Samples of outcomes (`sample_shape x batch_shape x q x m`) to `sample_shape x batch_shape x q x dimension`."""

    def __init__(self, aim: Aim) -> None:
        super().__init__()
        self._aim = aim

    def forward(self, samples: Tensor, X: Tensor | None = None) -> Tensor:  # noqa: ARG002 - BoTorch's signature
        """Desirabilities, in the order of the objectives; one where they are combined."""
        values: Tensor = self._aim.desirability(samples)
        return values


class Desirability(MCAcquisitionObjective):
    """Samples of outcomes (`sample_shape x batch_shape x q x m`) to their one desirability, without `m`."""

    def __init__(self, aim: Aim) -> None:
        super().__init__()
        self._aim = aim

    def forward(self, samples: Tensor, X: Tensor | None = None) -> Tensor:  # noqa: ARG002 - BoTorch's signature
        """Desirability of the only objective, or of all combined."""
        value: Tensor = self._aim.desirability(samples)[..., 0]
        return value


@dataclass(frozen=True)
class Search:
    """What one round of proposals needs."""

    space: DesignSpace
    aim: Aim
    surrogate: Surrogate
    combinations: tuple[Combination, ...]
    """Combinations that may be proposed."""

    observed: tuple[Formulation, ...]
    """Formulations with observations."""

    pending: tuple[Formulation, ...]
    """Proposed formulations that are not observed yet."""

    taken: tuple[Formulation, ...]
    """Formulations that must not be proposed again."""

    reference: Mapping[str, float] | None
    """Hypervolume reference, as desirability by outcome; needed for two objectives and more."""

    seed: int

    cost: Callable[[Formulation], float] | None = None
    """What observing a formulation costs, in any unit but above 0; `None` where all cost the same."""

    @property
    def constraints(self) -> list[Callable[[Tensor], Tensor]] | None:
        """Samples of outcomes to violations, a function for each constraint; `None` without."""
        count = len(self.aim.constraints)
        return [partial(_violation, self.aim, j) for j in range(count)] or None


def infer_reference(
    surrogate: Surrogate, objectives: Sequence[Objective], observed: Sequence[Formulation]
) -> dict[str, float]:
    """Hypervolume reference by outcome, as desirability: an objective's own, else inferred from the front so far.

    The front is that of the posterior means at the observed formulations; its nadir is moved away by a tenth of
    its range (BoTorch's `infer_reference_point`). A front that lies inside a window has no range there: its reference
    is then half a window outside.
    """
    inputs = surrogate.inputs(observed)
    means = [mean_and_deviation(surrogate.models[o.outcome].gp, inputs)[0] for o in objectives]
    desirability = Aim(tuple(objectives)).desirability(torch.stack(means, dim=-1))
    inferred = infer_reference_point(desirability[is_non_dominated(desirability)])
    return {o.outcome: _reference(o, float(inferred[j])) for j, o in enumerate(objectives)}


def _reference(objective: Objective, inferred: float) -> float:
    if objective.reference is not None:
        return float(objective.desirability(objective.reference))
    return min(inferred, -1.0) if objective.goal == "window" else inferred


def _violation(aim: Aim, place: int, samples: Tensor) -> Tensor:
    value: Tensor = aim.violation(samples)[..., place]
    return value


def propose(search: Search, n: int) -> list[Formulation]:
    """The best `n` new formulations, chosen one after the other, each knowing those before; raises `SpaceExhausted`."""
    with one_thread(), manual_seed(search.seed):  # the caller's random state is restored
        acquisition = _acquisition(search)
        chosen: list[Formulation] = []
        for _ in range(n):
            if chosen:
                acquisition.set_X_pending(search.surrogate.inputs([*search.pending, *chosen]))
            chosen.append(_best(search, acquisition, chosen))
    return chosen


def predictions(surrogate: Surrogate, formulation: Formulation) -> dict[str, Prediction]:
    """Mean and standard deviation of every outcome of the surrogate."""
    inputs = surrogate.inputs([formulation])
    found = {}
    for outcome, model in surrogate.models.items():
        mean, deviation = mean_and_deviation(model.gp, inputs)
        found[outcome] = Prediction(mean=float(mean), standard_deviation=float(deviation))
    return found


def _acquisition(search: Search) -> AcquisitionFunction:
    model = search.surrogate.botorch_model(search.aim.outcomes)
    baseline = search.surrogate.inputs(search.observed)
    pending = search.surrogate.inputs(search.pending) if search.pending else None
    sampler = SobolQMCNormalSampler(torch.Size([POSTERIOR_SAMPLES]), seed=search.seed)
    if search.aim.dimension == 1:
        return qLogNoisyExpectedImprovement(
            model,
            baseline,
            sampler=sampler,
            objective=Desirability(search.aim),
            constraints=search.constraints,
            X_pending=pending,
            prune_baseline=True,
        )
    assert search.reference is not None
    return qLogNoisyExpectedHypervolumeImprovement(
        model,
        ref_point=[search.reference[o.outcome] for o in search.aim.objectives],
        X_baseline=baseline,
        sampler=sampler,
        objective=Desirabilities(search.aim),
        constraints=search.constraints,
        X_pending=pending,
        prune_baseline=True,
    )


def _best(search: Search, acquisition: AcquisitionFunction, chosen: Sequence[Formulation]) -> Formulation:
    """The best formulation that is not taken: the refined optimum, or the best screened point next to it."""
    taken = [*search.taken, *chosen]
    screened = [f for f in _screen(search) if not any(same_formulation(f, other) for other in taken)]
    if not screened:
        raise SpaceExhausted("every cation-ligand pair was proposed over its whole range of ratios")
    order = np.argsort(-_values(search, acquisition, screened), kind="stable")
    ranked = [screened[int(i)] for i in order]
    refined = _refine(search, acquisition, ranked)
    if any(same_formulation(refined, other) for other in taken):
        return ranked[0]
    best_two = [refined, ranked[0]]
    return best_two[int(np.argmax(_values(search, acquisition, best_two)))]


def _screen(search: Search) -> list[Formulation]:
    space, dimension = search.space, len(search.space.variables)
    if space.pool is not None:
        screened = [f for c in search.combinations for f in space.ends(c)]
    else:
        line = np.linspace(0, 1, SCREENED_RATIOS)[:, None]
        spread = Sobol(max(dimension, 1), rng=np.random.default_rng(search.seed)).random_base2(5)
        units = line if dimension == 1 else spread
        screened = [space.formulation(c, unit.tolist()) for c in search.combinations for unit in units]
    return [f for f in dict.fromkeys(screened) if space.fault(f) is None]


def _values(search: Search, acquisition: AcquisitionFunction, formulations: Sequence[Formulation]) -> np.ndarray:
    """Logarithm of the acquisition of each formulation alone, per cost where there is one."""
    inputs = search.surrogate.inputs(formulations).unsqueeze(-2)
    with torch.no_grad():
        values = torch.cat([acquisition(chunk) for chunk in torch.split(inputs, GRID_ROWS_AT_ONCE)]).numpy()
    if search.cost is None:
        return values
    return values - np.log([search.cost(formulation) for formulation in formulations])


def _refine(search: Search, acquisition: AcquisitionFunction, ranked: Sequence[Formulation]) -> Formulation:
    """Optimise the ratio continuously on the best pairs; their descriptors are held fixed."""
    ratios = search.space.ratio
    if ratios is None or search.space.variables != (ratios,) or search.space.pool is not None:
        return ranked[0]
    pairs = list(dict.fromkeys((f.cation, f.ligand) for f in ranked))[:REFINED_PAIRS]
    lower, upper = ratios.lower, ratios.upper
    corners = [Formulation(cation=c, ligand=p, ratio=lower) for c, p in pairs]
    rows = search.surrogate.inputs(corners)
    scaling = search.surrogate.scaling
    bounds = torch.stack([rows.amin(dim=0), rows.amax(dim=0)])
    bounds[:, -1] = torch.tensor([scaling.scaled_ratio(lower), scaling.scaled_ratio(upper)])
    with warnings.catch_warnings():
        # A line search that fails where the acquisition is flat costs nothing: the best screened point stands ready.
        warnings.filterwarnings("ignore", message="Optimization failed", category=RuntimeWarning)
        best, _ = optimize_acqf_mixed(
            acquisition,
            bounds=bounds,
            q=1,
            num_restarts=RESTARTS,
            raw_samples=STARTING_POINTS,
            fixed_features_list=[dict(enumerate(row[:-1].tolist())) for row in rows],
        )
    nearest = int((rows[:, :-1] - best[0, :-1]).abs().sum(dim=-1).argmin())
    ratio = ratios.rounded(scaling.ratio_of(float(best[0, -1])))
    refined = Formulation(cation=pairs[nearest][0], ligand=pairs[nearest][1], ratio=ratio)
    return ranked[0] if search.space.fault(refined) else refined
