"""BoFire: its MOBO strategy with default settings, members as categories with descriptors, the log ratio continuous.

A limit is a sigmoid objective on an output of its own, as it documents outcome constraints. It knows no failures: the
worst values seen. It takes no list of candidates and its optimiser no forbidden pairs: in a pool, or where pairs or
ratios are known to be impossible, its own acquisition chooses among the members (or a grid of 12 ratios per pair), one
by one with those before pending. Windows are told as desirability, to maximise. Of levels it sees the highest: with its
multi-task surrogates the strategy for several objectives fails (0.5.0 counts each task as an outcome of its own).
"""

from importlib.metadata import version
from typing import Any

import bofire.strategies.api as strategies
import pandas as pd
from bofire.data_models.domain.api import Domain, Inputs, Outputs
from bofire.data_models.features.api import CategoricalDescriptorInput, ContinuousInput, ContinuousOutput
from bofire.data_models.objectives.api import MaximizeObjective, MinimizeObjective, MinimizeSigmoidObjective
from bofire.data_models.strategies.api import MoboStrategy
from optimize_protocol import Point, Row, Space, point_of, serve

RATIOS = 12


class Bofire:
    """A strategy made anew at each ask: the worst values seen may have changed."""

    def __init__(self, space: Space, seed: int) -> None:
        self.space, self.seed, self.rows = space, seed, list[Row]()
        self.listed = space.grid(RATIOS) if space.pool or space.excluded or space.minimum_ratio else None

    def tell(self, rows: list[Row]) -> None:
        """Of the level that counts."""
        self.rows += [row for row in rows if row["level"] == self.space.levels[-1]["name"]]

    def ask(self, n: int) -> list[Point]:
        """What the strategy proposes, or the members its acquisition likes best."""
        reference = {
            o["outcome"]: o["reference"] if o["goal"] != "window" else edge
            for o, edge in zip(self.space.objectives, self.space.references(), strict=True)
        }
        strategy = strategies.map(
            MoboStrategy(domain=self._domain(), ref_point=reference, seed=self.seed * 1000 + len(self.rows))
        )
        strategy.tell(self._experiments())
        if self.listed is not None:
            return self._among(strategy, n)
        found = strategy.ask(n)
        return [(row["cation"], row["ligand"], self._ratio(row)) for _, row in found.iterrows()]

    def _among(self, strategy: Any, n: int) -> list[Point]:  # noqa: ANN401 - BoFire is not installed where types are checked
        seen = {point_of(row) for row in self.rows}
        free = [p for p in self.listed or () if p not in seen]
        chosen: list[Point] = []
        for _ in range(n):
            table = pd.DataFrame([self._inputs(p) for p in free])
            values = strategy.calc_acquisition(table)
            best = int(values.argmax())
            chosen.append(free.pop(best))
            strategy.add_candidates(strategy.domain.inputs.validate_candidates(table.iloc[[best]]))
        return chosen

    def _domain(self) -> Domain:
        inputs = [self._category(name, kind) for name, kind in (("cation", "cations"), ("ligand", "ligands"))]
        if self.space.has_ratio:
            shares = [self.space.log_ratio(ratio) for *_, ratio in self.space.pool or ()] or [0.0, 1.0]
            inputs.append(ContinuousInput(key="log_ratio", bounds=(min(shares), max(shares))))
        outputs = [
            ContinuousOutput(
                key=o["outcome"], objective=MinimizeObjective() if o["goal"] == "minimise" else MaximizeObjective()
            )
            for o in self.space.objectives
        ]
        values = [row["values"] for row in self.rows if row["failure"] is None]
        for limit in self.space.constraints:
            spread = pd.Series([v[limit["outcome"]] for v in values]).std()
            sigmoid = MinimizeSigmoidObjective(tp=limit["upper"], steepness=10 / spread)
            outputs.append(ContinuousOutput(key=limit["outcome"], objective=sigmoid))
        return Domain(inputs=Inputs(features=inputs), outputs=Outputs(features=outputs))

    def _category(self, key: str, kind: str) -> CategoricalDescriptorInput:
        table = self.space.descriptors[kind]
        count = len(next(iter(table.values())))
        return CategoricalDescriptorInput(
            key=key,
            categories=list(table),
            descriptors=[f"{key}_{k}" for k in range(count)],
            values=list(table.values()),
        )

    def _experiments(self) -> pd.DataFrame:
        told = self.space.with_worst(self.rows, broken_is_worst=False)
        rows = []
        for row, values in zip(self.rows, told, strict=True):
            windows = {
                o["outcome"]: desired
                for o, desired in zip(self.space.objectives, self.space.desirability(values), strict=True)
                if o["goal"] == "window"
            }
            valid = {f"valid_{name}": 1 for name in values}
            rows.append({**self._inputs(point_of(row)), **values, **windows, **valid})
        return pd.DataFrame(rows)

    def _inputs(self, point: Point) -> dict[str, str | float]:
        cation, ligand, ratio = point
        found: dict[str, str | float] = {"cation": cation, "ligand": ligand}
        return {**found, "log_ratio": self.space.log_ratio(ratio)} if self.space.has_ratio else found

    def _ratio(self, row: "pd.Series[Any]") -> float | None:
        return self.space.ratio_at(float(row["log_ratio"])) if self.space.has_ratio else None


if __name__ == "__main__":
    serve(Bofire, bofire=version("bofire"))
