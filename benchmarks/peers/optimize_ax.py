"""Ax: its client with its default generation strategy, members as unordered choices, the ratio on a log scale.

It takes no descriptors. Failures are marked as such, limits are its outcome constraints, the reference point its
objective thresholds. Where it proposes what cannot be, that trial is marked as failed and it is asked again; in a
pool the nearest member (in descriptors) to what it proposes is taken and its trial abandoned.
"""

import logging
from importlib.metadata import version

from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig
from optimize_protocol import Point, Row, Space, point_of, serve

ATTEMPTS = 4


class AxClient:
    """A client without any trial of its own to run: initial designs are attached."""

    def __init__(self, space: Space, seed: int) -> None:
        logging.disable(logging.INFO)
        self.space = space
        self.client = Client(random_seed=seed)
        parameters: list[ChoiceParameterConfig | RangeParameterConfig] = [
            ChoiceParameterConfig("cation", list(space.cations), "str", is_ordered=False),
            ChoiceParameterConfig("ligand", list(space.ligands), "str", is_ordered=False),
        ]
        if space.has_ratio:
            ratios = [ratio for *_, ratio in space.pool] if space.pool else space.ratio
            parameters.append(RangeParameterConfig("ratio", (min(ratios), max(ratios)), "float", scaling="log"))
        self.client.configure_experiment(parameters, name=space.declared["name"])
        objectives = [o["outcome"] for o in space.objectives]
        self.client.configure_optimization(
            ", ".join(objectives),
            [f"{c['outcome']} <= {c['upper']}" for c in space.constraints]
            + [f"{name} >= {edge}" for name, edge in zip(objectives, space.references(), strict=True)],
        )
        self.client.configure_generation_strategy(
            method="fast",
            initialize_with_center=False,
            initialization_budget=0,
            allow_exceeding_initialization_budget=True,
        )
        self.running: dict[Point, int] = {}
        self.seen: set[Point] = set()

    def tell(self, rows: list[Row]) -> None:
        """Complete running trials, attach others; values are told as desirabilities."""
        for row in rows:
            if row["level"] != self.space.levels[-1]["name"]:
                continue
            point = point_of(row)
            self.seen.add(point)
            trial = self._running(point)
            if trial is None:
                trial = self.client.attach_trial(self._parameters(point))
            if row["failure"] is not None:
                self.client.mark_trial_failed(trial)
                continue
            self.client.complete_trial(trial, self._data(row))
        self.running = {}

    def ask(self, n: int) -> list[Point]:
        """`n` trials."""
        chosen: list[Point] = []
        for attempt in range(ATTEMPTS):
            for index, parameters in self.client.get_next_trials(n - len(chosen)).items():
                point = (str(parameters["cation"]), str(parameters["ligand"]), parameters.get("ratio"))
                if self.space.pool is not None:
                    free = [p for p in self.space.pool if p not in self.seen and p not in chosen]
                    chosen.append(self.space.nearest(point, free))
                    self.client.mark_trial_abandoned(index)
                elif self.space.possible(point) or attempt == ATTEMPTS - 1:
                    chosen.append(point)
                    self.running[point] = index
                else:
                    self.client.mark_trial_failed(index)
            if len(chosen) == n:
                break
        return chosen

    def _running(self, point: Point) -> int | None:
        """The trial of a proposal, whose ratio was rounded when it was evaluated."""
        for (cation, ligand, ratio), index in self.running.items():
            if (cation, ligand) == point[:2] and (ratio is None or abs(ratio / point[2] - 1) < 0.01):
                return index
        return None

    def _data(self, row: Row) -> dict[str, float | tuple[float, float]]:
        errors = row["errors"]
        desired = dict(
            zip([o["outcome"] for o in self.space.objectives], self.space.desirability(row["values"]), strict=True)
        )
        found: dict[str, float | tuple[float, float]] = {}
        for name, value in (row["values"] | desired).items():
            straight = all(o["goal"] != "window" for o in self.space.objectives if o["outcome"] == name)
            known = errors.get(name) is not None and straight
            found[name] = (value, errors[name]) if known else value
        return found

    def _parameters(self, point: Point) -> dict[str, str | float]:
        cation, ligand, ratio = point
        chosen: dict[str, str | float] = {"cation": cation, "ligand": ligand}
        return chosen if ratio is None else {**chosen, "ratio": ratio}


if __name__ == "__main__":
    serve(AxClient, ax=version("ax-platform"))
