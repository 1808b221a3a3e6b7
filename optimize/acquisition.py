"""Acquisition functions over a table of paths, and the batch that they choose.

qNoisyExpectedHypervolumeImprovement (Daulton, Balandat and Bakshy, NeurIPS 2021, arXiv:2105.08195) for up to
`MOST_OBJECTIVES` values, beyond that qLogNParEGO (Daulton et al., NeurIPS 2020, arXiv:2006.05078), and
qLogNoisyExpectedImprovement for one (Ament et al., NeurIPS 2023, arXiv:2310.20708), all as implemented in BoTorch.

Hypervolumes are not smoothed as in BoTorch's logarithmic form: that gives gradients where no draw improves anything,
which no table needs, and takes ten times as long as to draw ten times as many. With few draws, what is unlikely to
improve anything is told apart by its distance alone, whatever its uncertainty. Where no draw improves anything at any
candidate, the logarithmic form decides.

Where hardly any draw holds all constraints anywhere, what is sought is the smallest violation of them, by
qLogNoisyExpectedImprovement: the chance of holding them, which is next to nothing everywhere, would choose batches of
near-duplicates.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.acquisition.logei import TAU_RELU, qLogNoisyExpectedImprovement
from botorch.acquisition.multi_objective import logei
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import MCMultiOutputObjective
from botorch.acquisition.multi_objective.parego import qLogNParEGO
from botorch.acquisition.objective import MCAcquisitionObjective
from botorch.acquisition.utils import compute_best_feasible_objective
from botorch.exceptions.warnings import NumericsWarning
from botorch.utils.multi_objective.pareto import is_non_dominated
from torch import Tensor

from ionlink.optimize.aim import Aim
from ionlink.optimize.noisy_hypervolume import NoisyHypervolumeImprovement
from ionlink.optimize.paths import PathModel, as_inputs

# BoTorch would compile a kernel for this machine's processor at the first use, into a folder that all environments and
# all nodes of a cluster share. A process that is killed meanwhile leaves a lock there for which every later one waits
# without end, and what one node compiled another may not be able to run. Its Python form gives the same values.
logei._load_attempted = True

MOST_OBJECTIVES = 4
"""The cost of a hypervolume grows exponentially with their number; so many are looked at together."""

FEWEST_FEASIBLE = 0.05
"""Where something is feasible on a smaller share of the draws, the search is for what comes nearest to it."""

VALUES_AT_ONCE = 2**14
"""Values of paths whose acquisition is evaluated together: what is made of them fits a processor's cache."""


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


@dataclass(frozen=True, eq=False)
class Table:
    """Paths of the outcomes over `b` baseline rows, which are observed, then `p` pending ones, then candidates."""

    aim: Aim
    paths: Tensor
    """`count x n x m`."""

    baseline: int
    pending: int

    reference: Tensor | None
    """Hypervolume reference, as desirability by objective; needed for two values and more."""

    @property
    def candidates(self) -> int:
        """How many rows are candidates."""
        return self.paths.shape[1] - self.baseline - self.pending


class LeastViolation(MCAcquisitionObjective):
    """Samples of outcomes (`sample_shape x batch_shape x q x m`) to how near they are to holding all constraints.

    0 where they do, below 0 the sum of what is violated.
    """

    def __init__(self, aim: Aim) -> None:
        super().__init__()
        self._aim = aim

    def forward(self, samples: Tensor, X: Tensor | None = None) -> Tensor:  # noqa: ARG002 - BoTorch's signature
        """Without `m`."""
        return -violated(self._aim, samples)


def violated(aim: Aim, samples: Tensor) -> Tensor:
    """By how much constraints are violated, `... x m` samples to `...`, in units of the constraints."""
    total: Tensor = aim.violation(samples).clamp_min(0.0).sum(dim=-1)
    return total


def hardly_feasible(aim: Aim, paths: Tensor) -> bool:
    """Whether on nearly every path, `count x n x m`, each of `n` rows breaks a constraint.

    Then hardly any draw says which row is better, and the few that do would choose a batch alike.
    """
    return bool(aim.constraints) and float(aim.feasible(paths).any(dim=-1).double().mean()) < FEWEST_FEASIBLE


class _LogNoisyImprovement(qLogNoisyExpectedImprovement):
    """On a path where nothing is known, or nothing feasible, what is feasible improves: on the table's lowest value.

    BoTorch would estimate such a value at inputs between those that are known, which are no rows of the table. It would
    also draw what is known anew beside each candidate, which on paths is the same every time.
    """

    model: PathModel

    def _get_samples_and_objectives(self, X: Tensor) -> tuple[Tensor, Tensor]:
        if self.baseline_obj is None:  # BoTorch forgets it when more is pending
            self.baseline_samples, self.baseline_obj = self._looked_up(self.X_baseline)
        return self._looked_up(X)

    def _looked_up(self, X: Tensor) -> tuple[Tensor, Tensor]:
        samples = self.model.posterior(X).values
        return samples, self.objective(samples, X=X)

    @cached_property
    def _lowest(self) -> Tensor:
        value: Tensor = self.objective(self.model.paths).min()
        return value

    def _compute_best_feasible_objective(self, samples: Tensor, obj: Tensor) -> Tensor:
        if not obj.shape[-1]:
            return self._lowest.expand(obj.shape[:-1])
        return compute_best_feasible_objective(
            samples=samples, obj=obj, constraints=self._constraints, infeasible_obj=self._lowest
        )


class _LogNParEGO(_LogNoisyImprovement, qLogNParEGO):
    """The same of many objectives: their scalarisation is what has a lowest value."""


def constraints_of(aim: Aim) -> list[Callable[[Tensor], Tensor]] | None:
    """Samples of outcomes to violations, a function for each constraint; `None` without."""
    return [partial(_violation, aim, place) for place in range(len(aim.constraints))] or None


def _violation(aim: Aim, place: int, samples: Tensor) -> Tensor:
    value: Tensor = aim.violation(samples)[..., place]
    return value


def greedy(table: Table, n: int, bonus: Tensor, alike: Callable[[int], Sequence[int]], seed: int) -> list[Tensor]:
    """Acquisition of every candidate for each member of a batch, chosen one after the other, `n` times `candidates`.

    The best candidate of each joins the pending ones before the next is chosen. Rows that may not be chosen (any more)
    have minus infinity.

    Args:
        table: Paths.
        n: Members of the batch; fewer come back where the candidates run out.
        bonus: What is added to the logarithm of the acquisition of each candidate.
        alike: Candidates that are the same in practice as a given one, itself included.
        seed: Of the weights of many objectives.

    """
    chosen: list[int] = []
    gone = torch.zeros(table.candidates, dtype=torch.bool)
    found: list[Tensor] = []
    first = table.baseline + table.pending
    rows = torch.arange(first, first + table.candidates)
    with torch.no_grad():
        for function in _functions(table, chosen, seed):
            values = function(rows) + bonus
            values[gone] = -torch.inf
            found.append(values)
            best = int(values.argmax())
            gone[list(alike(best))] = True
            chosen.append(first + best)
            if len(found) == n or bool(gone.all()):
                return found
    raise AssertionError("there is always one more acquisition function")


def evaluated(function: AcquisitionFunction, rows: Tensor, count: int) -> Tensor:
    """An acquisition function of `count` paths at each of `n` rows by itself, `n`."""
    inputs = as_inputs(rows).unsqueeze(-2)
    return torch.cat([function(chunk) for chunk in torch.split(inputs, max(1, VALUES_AT_ONCE // count))])


Logarithm = Callable[[Tensor], Tensor]
"""Logarithm of the acquisition at each of `n` rows by itself, `n`."""


def _functions(table: Table, chosen: Sequence[int], seed: int) -> Iterator[Logarithm]:
    """An acquisition function for each member of a batch; those before are read from `chosen` when it is their turn."""
    model, count = PathModel(table.paths), len(table.paths)
    waiting = list(range(table.baseline, table.baseline + table.pending))
    if hardly_feasible(table.aim, table.paths):
        function = _noisy(table, model, waiting, LeastViolation(table.aim))
        while True:
            if chosen:
                function.set_X_pending(as_inputs(torch.tensor([*waiting, *chosen])))
            yield partial(evaluated, function, count=count)
    if table.aim.dimension > MOST_OBJECTIVES:
        generator = torch.Generator().manual_seed(seed)
        while True:
            yield partial(evaluated, _parego(table, model, [*waiting, *chosen], generator), count=count)
    function = _improvement(table, model, waiting)
    while True:
        now = torch.tensor([*waiting, *chosen])
        if chosen:
            function.set_X_pending(as_inputs(now))
        if table.aim.dimension == 1:
            yield partial(evaluated, function, count=count)
        else:
            yield partial(_log_hypervolume, function, table, model, now)


def _log_hypervolume(
    function: AcquisitionFunction, table: Table, model: PathModel, now: Tensor, rows: Tensor
) -> Tensor:
    """Logarithm of the expected hypervolume improvement at each of `n` rows by itself, `n`."""

    def smoothed() -> AcquisitionFunction:
        return qLogNoisyExpectedHypervolumeImprovement(**_hypervolume_arguments(table, model, now.tolist()))

    return log_improvement(function, smoothed, rows, len(table.paths), fewest=1)


def log_improvement(
    function: AcquisitionFunction, smoothed: Callable[[], AcquisitionFunction], rows: Tensor, count: int, fewest: int
) -> Tensor:
    """Logarithm of a hypervolume improvement on `count` paths at each of `n` rows by itself, `n`.

    Where it is above 0 at fewer than `fewest` rows, the `smoothed` logarithmic form tells the others apart, below them.
    """
    values = evaluated(function, rows, count).log()
    improving = values.isfinite()
    if int(improving.sum()) >= min(fewest, len(values)):
        return values
    lowest = values[improving].min() if bool(improving.any()) else values.new_zeros(())
    far = evaluated(smoothed(), rows, count)
    return torch.where(improving, values, far - far.max() + lowest - 1)


def _improvement(table: Table, model: PathModel, waiting: Sequence[int]) -> AcquisitionFunction:
    if table.aim.dimension == 1:
        return _noisy(table, model, waiting, Desirability(table.aim), constraints_of(table.aim))
    return unsmoothed(NoisyHypervolumeImprovement, _hypervolume_arguments(table, model, waiting))


def _noisy(
    table: Table,
    model: PathModel,
    waiting: Sequence[int],
    objective: MCAcquisitionObjective,
    constraints: list[Callable[[Tensor], Tensor]] | None = None,
) -> AcquisitionFunction:
    """Of one value."""
    return _LogNoisyImprovement(
        model,
        as_inputs(torch.arange(table.baseline)),
        sampler=model.sampler,
        objective=objective,
        constraints=constraints,
        X_pending=as_inputs(torch.tensor(waiting)) if waiting else None,
        prune_baseline=False,
        cache_root=False,
        tau_relu=smoothing(objective(model.paths)),
    )


def smoothing(values: Tensor) -> float:
    """BoTorch's temperature of improvements, which has their unit, as a share of the deviation of `values`."""
    return TAU_RELU * max(float(values.std(correction=0)), torch.finfo(values.dtype).tiny)


def unsmoothed(kind: type[AcquisitionFunction], arguments: Mapping[str, Any]) -> AcquisitionFunction:
    """An acquisition function that BoTorch advises against, for want of gradients, which no table needs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NumericsWarning)
        return kind(**arguments)


def _hypervolume_arguments(table: Table, model: PathModel, waiting: Sequence[int]) -> dict[str, Any]:
    assert table.reference is not None
    return {
        "model": model,
        "ref_point": table.reference,
        "X_baseline": as_inputs(_ever_on_front(table)),
        "sampler": model.sampler,
        "objective": Desirabilities(table.aim),
        "constraints": constraints_of(table.aim),
        "X_pending": as_inputs(torch.tensor(waiting)) if waiting else None,
        "prune_baseline": False,
        "cache_root": False,
    }


def _ever_on_front(table: Table) -> Tensor:
    """Baseline rows that are on the front of at least one path, or one row: the others change no hypervolume."""
    assert table.reference is not None
    paths = table.paths[:, : table.baseline]
    values: Tensor = table.aim.desirability(paths)
    if table.aim.constraints:
        values = torch.where(table.aim.feasible(paths).unsqueeze(-1), values, -torch.inf)
    above = (values > table.reference).all(dim=-1)
    ever = above.any(dim=0).nonzero().squeeze(-1)  # what never is dominates nothing that is
    on_front = (is_non_dominated(values[:, ever], deduplicate=False) & above[:, ever]).any(dim=0)
    rows = ever[on_front]
    return rows if len(rows) else torch.arange(min(1, table.baseline))


def _parego(table: Table, model: PathModel, waiting: Sequence[int], generator: torch.Generator) -> AcquisitionFunction:
    """Of one random weighting of the objectives."""
    draws = torch.rand(table.aim.dimension - 1, generator=generator, dtype=table.paths.dtype).sort().values
    edges = torch.cat([draws.new_zeros(1), draws, draws.new_ones(1)])
    return _LogNParEGO(
        model,
        as_inputs(torch.arange(table.baseline)),
        scalarization_weights=edges.diff(),  # uniform over the simplex
        sampler=model.sampler,
        objective=Desirabilities(table.aim),
        constraints=constraints_of(table.aim),
        X_pending=as_inputs(torch.tensor(waiting)) if waiting else None,
        cache_root=False,
    )
