"""How good a campaign's beliefs are while it knows little: the average of kernels beside each of them.

Rows are drawn from the shipped stability constants, the shipped simulations and the landscape of `optimize.py`; all
other rows (of the landscape as many again as make up `HELD_OUT`) are predicted. For each number of rows, means over
draws and outcomes of the error (RMSE over the standard deviation of what was held out), the log score (mean log density
of the held-out value over that deviation, higher is better) and the share within 90 % intervals. Noise is part of the
intervals, as it is of what is held out. `levels` are drawn landscapes, another for each draw, with `ELSEWHERE`
formulations known at a cheaper level as well, half of those known at the dearer one among them; how much the one says
of the other is drawn. There the two kinds of surrogate are compared as well, which learn from one level and from both.
On the landscape `known` is the chemical kernel with what it would have learned from all that is asked about: what
hyperparameters that are known beforehand would add to as few observations.

    python benchmarks/beliefs_of_few.py --draws 16

Takes some minutes.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from optimize_drawn import MIDDLE
from optimize_evaluation import Point, Problem, rounded
from optimize_problems import problem
from surrogate_data import shipped_constants, simulations
from tqdm import tqdm

from ionlink.data import Formulation, Observation
from ionlink.models import Beside, Surrogate
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.gaussian_process import build, fit, take_over
from ionlink.models.inputs import InputScaling
from ionlink.models.kernel_average import KERNELS, KernelAverage
from ionlink.models.kinds import DEFAULT_KIND
from ionlink.models.student import degrees_of, log_density, reach

Floats = NDArray[np.float64]
ROWS = (8, 16, 28)
HELD_OUT = 400
ELSEWHERE = 40
OUTCOMES = ("chains_per_cation", "coulomb_spread", "cation_oxygen_distance", "coordination_number", "density")
"""Of the simulations: what targets count, and three that are known well."""


@dataclass(frozen=True)
class Draw:
    """Rows that are known, and what is asked."""

    data: str
    known: tuple[tuple[Observation, ...], ...]
    """By outcome; those of the level that is asked for first."""

    count: int
    """Of formulations that are known there."""

    held: tuple[tuple[Observation, ...], ...]
    """All others, by outcome."""

    @property
    def asked(self) -> tuple[Formulation, ...]:
        """Their `n` formulations."""
        return tuple(o.formulation for o in self.held[0])

    @property
    def truth(self) -> Floats:
        """Their values, `n x m`."""
        return np.array([[o.value for o in rows] for rows in self.held]).T


def of_constants(rows: int, seed: int) -> Draw:
    """Each pair once."""
    first = {row[0].formulation: row[0] for row in shipped_constants().rows}
    return _from_table("stability constants", [(o,) for o in first.values()], rows, seed)


def of_simulations(rows: int, seed: int) -> Draw:
    """`OUTCOMES`, with their standard errors."""
    data = simulations()
    columns = [data.outcomes.index(name) for name in OUTCOMES]
    return _from_table("simulations", [tuple(row[j] for j in columns) for row in data.rows], rows, seed)


def of_landscape(rows: int, seed: int) -> Draw:
    """With the noise of the problem."""
    of = problem("synthetic")
    points = _points(of, rows + HELD_OUT, np.random.default_rng(seed))
    table = [_told(point, of.observe(point, 0, seed), "lab") for point in points]
    return _from_table("landscape", table, rows, seed)


def of_levels(rows: int, seed: int) -> Draw:
    """The cheaper level is the landscape, shifted, and another one, in drawn shares."""
    of, other, generator = problem("drawn", seed), problem("drawn", seed + 1000), np.random.default_rng(seed)
    share = generator.uniform(0.3, 0.95)
    points = _points(of, rows + HELD_OUT, generator)
    cheap = [*points[: rows // 2], *_points(of, ELSEWHERE - rows // 2, generator)]

    def seen(point: Point) -> dict[str, float]:
        own, strange = of.observe(point, 1, seed), other.observe(point, 1, seed)
        return {
            name: MIDDLE + 0.5 + share * (v - MIDDLE) + np.sqrt(1 - share**2) * (strange[name] - MIDDLE)
            for name, v in own.items()
        }

    table = [_told(point, of.observe(point, 0, seed), "lab") for point in points]
    draw = _from_table("levels", table, rows, None)
    elsewhere = zip(*(_told(point, seen(point), "literature") for point in cheap), strict=True)
    return replace(draw, known=tuple((*own, *more) for own, more in zip(draw.known, elsewhere, strict=True)))


def _points(of: Problem, count: int, generator: np.random.Generator) -> list[Point]:
    """Anywhere in the space."""
    assert of.ratio is not None
    low, high = np.log(of.ratio)
    drawn = zip(
        generator.choice(of.cations, count),
        generator.choice(of.ligands, count),
        generator.uniform(low, high, count),
        strict=True,
    )
    return [rounded(Point(str(c), str(p), float(np.exp(r))), of) for c, p, r in drawn]


def _told(point: Point, values: Mapping[str, float], level: str) -> tuple[Observation, ...]:
    formulation = Formulation(cation=point.cation, ligand=point.ligand, ratio=point.ratio)
    return tuple(
        Observation(formulation=formulation, outcome=name, value=value, level=level, source="landscape")
        for name, value in values.items()
    )


def _from_table(name: str, table: Sequence[tuple[Observation, ...]], rows: int, seed: int | None) -> Draw:
    """The first rows are known, in an order that is drawn where there is a seed."""
    order = np.arange(len(table)) if seed is None else np.random.default_rng(seed).permutation(len(table))
    known, held = [table[i] for i in order[:rows]], [table[i] for i in order[rows:]]
    return Draw(
        name,
        tuple(zip(*known, strict=True)),
        rows,
        tuple(zip(*held, strict=True)),
    )


def scores(draw: Draw) -> Iterator[dict[str, object]]:
    """Of the average and of each kernel, mean over outcomes."""
    scaling = InputScaling.of([o.formulation for o in draw.known[0]])
    averages = [KernelAverage.fit((rows[0].outcome, rows[0].level), rows, scaling=scaling) for rows in draw.known]
    inputs = torch.as_tensor(scaling.transform(draw.asked))
    believed = {"average": [average.marginals(inputs) for average in averages]}
    for k, kernel in enumerate(KERNELS):
        processes = [average.processes[k] for average in averages]
        believed[kernel.__name__] = [process.marginals(process.inputs(draw.asked)) for process in processes]
    if draw.data == "landscape":
        believed["known"] = [_by_known_kernel(*rows, scaling) for rows in zip(draw.known, draw.held, strict=True)]
    for name, moments in believed.items():
        found = [
            _of_one(mean.numpy(), np.sqrt(variance.numpy() + average.replicate_variance()), truth)
            for (mean, variance), average, truth in zip(moments, averages, draw.truth.T, strict=True)
        ]
        yield {"data": draw.data, "rows": draw.count, "beliefs": name} | pd.DataFrame(found).mean().to_dict()
    if any(o.level != draw.known[0][0].level for o in draw.known[0]):
        yield from _of_surrogates(draw)


def _by_known_kernel(
    known: Sequence[Observation], held: Sequence[Observation], scaling: InputScaling
) -> tuple[torch.Tensor, torch.Tensor]:
    """What a few rows say of the others, by hyperparameters that were learned from those."""
    informed, process = build(held, scaling), build(known, scaling)
    fit(informed, held[0].outcome, 0)
    take_over(process, [informed])
    process.eval()
    return FastPosterior.of(process).marginals(torch.as_tensor(scaling.transform([o.formulation for o in held])))


def _of_surrogates(draw: Draw) -> Iterator[dict[str, object]]:
    """Of what `ionlink predict` says, from values of one level and from everything."""
    for kind in (DEFAULT_KIND, "joint"):
        found = []
        for rows, truth in zip(draw.known, draw.truth.T, strict=True):
            own, others = ([o for o in rows if (o.level == rows[0].level) is same] for same in (True, False))
            beside = Beside(tuple(others)) if kind == "joint" else Beside()
            frame = Surrogate.fit(own, model=kind, beside=beside).predict(draw.asked, noisy=True)
            mean, deviation = (frame[name].to_numpy(dtype=np.float64) for name in ("mean", "standard_deviation"))
            found.append(_of_one(mean, deviation, truth, degrees_of(frame)))
        yield {"data": draw.data, "rows": draw.count, "beliefs": f"surrogate {kind}"} | pd.DataFrame(
            found
        ).mean().to_dict()


def _of_one(mean: Floats, deviation: Floats, truth: Floats, degrees: ArrayLike = np.inf) -> dict[str, float]:
    spread = float(truth.std())
    return {
        "error": float(np.sqrt(((mean - truth) ** 2).mean())) / spread,
        "log_score": float(log_density(truth, mean, deviation, degrees).mean() + np.log(spread)),
        "within_90": float((np.abs(truth - mean) < reach(0.9, degrees) * deviation).mean()),
    }


SOURCES: Sequence[Callable[[int, int], Draw]] = (of_constants, of_simulations, of_landscape, of_levels)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=16)
    draws = parser.parse_args().draws
    asked = [(source, rows, seed) for source in SOURCES for rows in ROWS for seed in range(draws)]
    found = [row for source, rows, seed in tqdm(asked) for row in scores(source(rows, seed))]
    table = pd.DataFrame(found).groupby(["data", "rows", "beliefs"], sort=False).mean()
    print(table.round(2).to_string())


if __name__ == "__main__":
    main()
