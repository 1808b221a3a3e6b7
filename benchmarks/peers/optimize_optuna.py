"""Optuna: its TPE sampler (default settings, constant liar for batches) or its Gaussian process sampler.

Members are categories; it takes no descriptors. Failures get the worst values seen, limits are its constraints. Where
it proposes what cannot be, that trial gets the worst values too and it is asked again; in a pool the nearest member
(in descriptors) to what it proposes is taken. A study is made anew at each ask: the worst seen may have changed.
"""

import sys
import warnings

import optuna
from optimize_protocol import Point, Row, Space, point_of, serve
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import create_trial

ATTEMPTS = 50


class Optuna:
    """A study of trials that are told, never run."""

    def __init__(self, space: Space, seed: int, sampler: str) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        self.space, self.seed, self.sampler, self.rows = space, seed, sampler, list[Row]()
        self.distributions: dict[str, BaseDistribution] = {
            "cation": CategoricalDistribution(space.cations),
            "ligand": CategoricalDistribution(space.ligands),
        }
        if space.has_ratio:
            ratios = [ratio for *_, ratio in space.pool] if space.pool else space.ratio
            self.distributions["ratio"] = FloatDistribution(min(ratios), max(ratios), log=True)

    def tell(self, rows: list[Row]) -> None:
        """Of the level that counts."""
        self.rows += [row for row in rows if row["level"] == self.space.levels[-1]["name"]]

    def ask(self, n: int) -> list[Point]:
        """`n` trials, each while those before are running."""
        study = optuna.create_study(sampler=self._sampler(), directions=["maximize"] * len(self.space.objectives))
        told = self.space.with_worst(self.rows, broken_is_worst=False)
        for row, values in zip(self.rows, told, strict=True):
            self._add(study, point_of(row), values)
        seen = {point_of(row) for row in self.rows}
        chosen: list[Point] = []
        for _ in range(ATTEMPTS):
            trial = study.ask(self.distributions)
            point = (trial.params["cation"], trial.params["ligand"], trial.params.get("ratio"))
            if self.space.pool is not None:
                free = [p for p in self.space.pool if p not in seen and p not in chosen]
                chosen.append(self.space.nearest(point, free))
            elif self.space.possible(point):
                chosen.append(point)
            else:
                worst = self.space.with_worst([*self.rows, _failed(point)], broken_is_worst=False)[-1]
                for limit in self.space.constraints:
                    trial.set_constraint(limit["outcome"], worst[limit["outcome"]] - limit["upper"])
                study.tell(trial, self.space.desirability(worst))
            if len(chosen) == n:
                break
        return chosen

    def _add(self, study: optuna.Study, point: Point, values: dict[str, float]) -> None:
        cation, ligand, ratio = point
        parameters = {"cation": cation, "ligand": ligand} | ({"ratio": ratio} if self.space.has_ratio else {})
        trial = create_trial(
            params=parameters, distributions=self.distributions, values=self.space.desirability(values)
        )
        for limit in self.space.constraints:
            trial.set_constraint(limit["outcome"], values[limit["outcome"]] - limit["upper"])
        study.add_trial(trial)

    def _sampler(self) -> optuna.samplers.BaseSampler:
        seed = self.seed * 1000 + len(self.rows)
        if self.sampler == "gp":
            return optuna.samplers.GPSampler(seed=seed, n_startup_trials=0)
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=0, constant_liar=True)


def _failed(point: Point) -> Row:
    cation, ligand, ratio = point
    return {"cation": cation, "ligand": ligand, "ratio": ratio, "values": {}, "failure": "impossible"}


if __name__ == "__main__":
    serve(lambda space, seed: Optuna(space, seed, sys.argv[1]), optuna=optuna.__version__)
