"""A plain Gaussian process of BoTorch, as a user of it would write in an afternoon.

`SingleTaskGP` per outcome with its default kernel (RBF with a length scale per descriptor) and priors, on the
descriptors offered; qLogNEHVI over the pool or a grid of 12 ratios per pair, greedily in a batch. Windows and limits
apply to samples of the outcomes; what failed gets the worst value seen. Where values of another level are told at the
start, `MultiTaskGP` in its place.
"""

from collections.abc import Callable

import botorch
import torch
from botorch import fit_gpytorch_mll
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import GenericMCMultiOutputObjective
from botorch.models import ModelListGP, MultiTaskGP, SingleTaskGP
from botorch.models.transforms import Standardize
from botorch.optim import optimize_acqf_discrete
from botorch.sampling import SobolQMCNormalSampler
from gpytorch.mlls import SumMarginalLogLikelihood
from optimize_protocol import Point, Row, Space, point_of, serve

RATIOS = 12
SAMPLES = 128


class PlainProcess:
    """One model per outcome, fitted anew at each ask."""

    def __init__(self, space: Space, seed: int) -> None:
        torch.manual_seed(seed)
        self.space, self.seed, self.rows, self.elsewhere = space, seed, list[Row](), list[Row]()
        self.grid = space.grid(RATIOS)

    def tell(self, rows: list[Row]) -> None:
        """Of the level that counts, and of another one."""
        own, other = self.space.apart(rows)
        self.rows += own
        self.elsewhere += other

    def ask(self, n: int) -> list[Point]:
        """`n` points of the grid that were not evaluated."""
        inputs = torch.tensor(self.space.encoded(map(point_of, self.rows)))
        values = torch.tensor(self._values(), dtype=torch.float64)
        model = ModelListGP(*(self._model(inputs, column[:, None], k) for k, column in enumerate(values.T)))
        fit_gpytorch_mll(SumMarginalLogLikelihood(model.likelihood, model))
        objectives, limits = self.space.objectives, self.space.constraints
        acquisition = qLogNoisyExpectedHypervolumeImprovement(
            model,
            ref_point=self.space.references(),
            X_baseline=inputs,
            sampler=SobolQMCNormalSampler(torch.Size([SAMPLES]), seed=self.seed),
            objective=GenericMCMultiOutputObjective(self._desirability),
            constraints=[limit(len(objectives) + k, c["upper"]) for k, c in enumerate(limits)] or None,
            prune_baseline=True,
        )
        seen = {point_of(row) for row in self.rows}
        free = [p for p in self.grid if p not in seen]
        choices = torch.tensor(self.space.encoded(free))
        chosen, _ = optimize_acqf_discrete(acquisition, n, choices, max_batch_size=512, unique=True)
        return [free[int((choices - row).abs().sum(dim=1).argmin())] for row in chosen]

    def _model(self, inputs: torch.Tensor, values: torch.Tensor, place: int) -> SingleTaskGP:
        if not self.elsewhere:
            return SingleTaskGP(inputs, values, outcome_transform=Standardize(1))
        others = torch.tensor(self.space.encoded(map(point_of, self.elsewhere)))
        known = [[list(row["values"].values())[place]] for row in self.elsewhere]
        task = torch.tensor([0.0] * len(others) + [1.0] * len(inputs), dtype=torch.float64)[:, None]
        return MultiTaskGP(
            torch.cat([torch.cat([others, inputs]), task], dim=-1),
            torch.cat([torch.tensor(known, dtype=torch.float64), values]),
            task_feature=-1,
            output_tasks=[1],
            outcome_transform=Standardize(1),
        )

    def _values(self) -> list[list[float]]:
        """Outcomes, `n x m`, of objectives then constraints."""
        names = [o["outcome"] for o in (*self.space.objectives, *self.space.constraints)]
        rows = self.space.with_worst(self.rows, broken_is_worst=False)
        return [[values[name] for name in names] for values in rows]

    def _desirability(self, samples: torch.Tensor, X: torch.Tensor | None = None) -> torch.Tensor:  # noqa: ARG002 - BoTorch's signature
        columns = []
        for k, objective in enumerate(self.space.objectives):
            value = samples[..., k]
            if objective["goal"] == "window":
                lower, upper = objective["lower"], objective["upper"]
                outside = torch.maximum(lower - value, value - upper).clamp(min=0)
                value = -outside / ((upper - lower) / 2)
            columns.append(-value if objective["goal"] == "minimise" else value)
        return torch.stack(columns, dim=-1)


def limit(place: int, upper: float) -> Callable[[torch.Tensor], torch.Tensor]:
    """How far samples of the outcome at a place are beyond its upper limit."""
    return lambda samples: samples[..., place] - upper


if __name__ == "__main__":
    serve(PlainProcess, botorch=botorch.__version__, torch=torch.__version__)
