"""BayBE: its campaign with its default recommender, on custom descriptors of cation and ligand.

The ratio has 12 values on a logarithmic scale (`log_ratio`); a pool becomes the list of its members. A window is a
transformed target. It knows no outcome constraints and no failed experiments: such rows get the worst values seen.
Where values of another level are told at the start, the level is a task parameter: its transfer learning.
"""

from functools import cached_property
from typing import Any

import baybe
import pandas as pd
from baybe import Campaign
from baybe.objectives import ParetoObjective
from baybe.parameters import CustomDiscreteParameter, NumericalDiscreteParameter, TaskParameter
from baybe.searchspace import SearchSpace
from baybe.settings import Settings
from baybe.targets import NumericalTarget
from baybe.transformations import (
    AbsoluteTransformation,
    AffineTransformation,
    ChainedTransformation,
    ClampingTransformation,
)
from optimize_protocol import Point, Row, Space, point_of, serve

RATIOS = 12

Labels = dict[str, str | float]


class Baybe:
    """A campaign on the list of what is possible."""

    def __init__(self, space: Space, seed: int) -> None:
        Settings(random_seed=seed).activate()
        self.space, self.rows, self.elsewhere = space, list[Row](), list[Row]()
        grid = space.grid(RATIOS)
        parameters = [
            CustomDiscreteParameter(name, pd.DataFrame.from_dict(space.descriptors[kind], orient="index"))
            for name, kind in (("cation", "cations"), ("ligand", "ligands"))
        ]
        if space.has_ratio:
            values = sorted({self._labels(point)["log_ratio"] for point in grid})
            parameters.append(NumericalDiscreteParameter("log_ratio", values))
        self.point_at = {tuple(self._labels(point).values()): point for point in grid}
        self.names = [p.name for p in parameters]
        self.parameters = parameters
        self.objective = ParetoObjective([target(o) for o in space.objectives])

    def tell(self, rows: list[Row]) -> None:
        """Of the level that counts, and of another one."""
        own, other = self.space.apart(rows)
        self.rows += own
        self.elsewhere += other

    def ask(self, n: int) -> list[Point]:
        """Of a campaign with all rows anew: the worst values seen may have changed."""
        told = self.space.with_worst(self.rows, broken_is_worst=True)
        told += [row["values"] for row in self.elsewhere]
        outcomes = [o["outcome"] for o in self.space.objectives]
        table = pd.DataFrame(
            [
                {**self._labels(point_of(row)), **self._level(row), **{name: values[name] for name in outcomes}}
                for row, values in zip([*self.rows, *self.elsewhere], told, strict=True)
            ]
        )
        campaign = Campaign(self._searchspace, self.objective, allow_recommending_already_measured=False)
        campaign.add_measurements(table, numerical_measurements_must_be_within_tolerance=False)
        found = campaign.recommend(n)[self.names]
        return [self.point_at[row] for row in found.itertuples(index=False, name=None)]

    @cached_property
    def _searchspace(self) -> SearchSpace:
        """Made at the first ask, once: by then it is known whether there is another level."""
        table, parameters = pd.DataFrame(list(self.point_at), columns=self.names), list(self.parameters)
        if self.elsewhere:
            target = self.space.levels[-1]["name"]
            table["level"] = target
            levels = sorted({row["level"] for row in self.elsewhere} | {target})
            parameters.append(TaskParameter("level", levels, active_values=[target]))
        return SearchSpace.from_dataframe(table, parameters)

    def _level(self, row: Row) -> Labels:
        return {"level": row["level"]} if self.elsewhere else {}

    def _labels(self, point: Point) -> Labels:
        cation, ligand, ratio = point
        labels: Labels = {"cation": cation, "ligand": ligand}
        return {**labels, "log_ratio": round(self.space.log_ratio(ratio), 9)} if self.space.has_ratio else labels


def target(objective: dict[str, Any]) -> NumericalTarget:
    """A window is 0 inside, and outside minus the distance in half widths."""
    if objective["goal"] != "window":
        return NumericalTarget(objective["outcome"], minimize=objective["goal"] == "minimise")
    lower, upper = objective["lower"], objective["upper"]
    half = (upper - lower) / 2
    distance = ChainedTransformation(
        [
            AffineTransformation(shift=-(lower + upper) / 2),
            AbsoluteTransformation(),
            ClampingTransformation(min=half),
            AffineTransformation(factor=-1 / half, shift=1.0),
        ]
    )
    return NumericalTarget(objective["outcome"], distance)


if __name__ == "__main__":
    serve(Baybe, baybe=baybe.__version__)
