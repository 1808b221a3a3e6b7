"""How many pairs of cations each protocol tells apart, per outcome and per CPU-hour.

    python benchmarks/resolving_power.py ROOT [--json FILE] [--replicates N] [--budget-cpu-s 300]

Reads `ROOT/<variant>/<formulation>/replicate-<k>/result.json`, each with outcomes by name and `cpu`, the CPU time of
the replicate in seconds, and prints a Markdown table. Only formulations that differ in nothing but the cation may stand
in one ROOT. Two cations are apart in an outcome when their means differ by more than two combined standard errors.

Standard errors are pooled over the cations of a variant: with three replicates a cation's own error is a guess with a
factor of two to either side, and one that happens to be small counts pairs that are not there. Each variant is also
counted with each cation's own errors, for comparison with tables that were made so.

Pairs per CPU-hour flatter the cheapest protocol, because the number of pairs is bounded, and means of few replicates
lie apart by their scatter alone. The fair comparison is at equal cost and without that scatter: how many pairs would be
expected apart if each cation got `--budget-cpu-s` of CPU time, as many replicates as fit, and the cations were drawn
from a normal distribution as wide as their true means are. That width is estimated as the variance of the means less
what the replicates' scatter adds to it (the variance components of a one-way layout), and is 0 where that is more than
all. Where there is no difference at all, 4.6 % of pairs are expected apart by chance.

`--replicates N` uses the first N replicates of each formulation, so that variants are compared at equal numbers.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

COMBINED_ERRORS = 2.0
NOT_OUTCOMES = ("protocol", "wall", "cpu")
FLAGS = ("first_shell_resolved", "density_settled", "equilibrated")
"""They say whether a run can be trusted, not how cations differ."""

Replicates = Mapping[str, Sequence[Mapping[str, float]]]
"""Finished replicates by formulation."""


@dataclass(frozen=True)
class Power:
    """What one protocol tells apart in one outcome."""

    outcome: str
    pairs: int
    """Pairs of cations that could be apart."""
    apart: int
    """Pairs that are apart by errors pooled over the cations."""
    apart_by_own_errors: int
    """Pairs that are apart by each cation's own errors."""
    apart_at_budget: float
    """Pairs expected apart if every cation got the replicates that the budget pays for."""
    pooled_standard_deviation: float
    """Between replicates of one cation, root mean square over cations."""
    spread: float
    """Standard deviation between cations, without what replicates scatter; 0 where these scatter more than that."""


@dataclass(frozen=True)
class Variant:
    """One protocol."""

    name: str
    cations: int
    replicates: tuple[int, int]
    """Fewest and most of a cation."""
    cpu_hours: float
    powers: tuple[Power, ...]

    @property
    def apart(self) -> int:
        """Pairs that are apart, over all outcomes."""
        return sum(power.apart for power in self.powers)

    @property
    def apart_at_budget(self) -> float:
        """Pairs expected apart at the cost that all protocols are compared at, over all outcomes."""
        return sum(power.apart_at_budget for power in self.powers)

    @property
    def apart_per_cpu_hour(self) -> float:
        """What an hour of one core buys."""
        return self.apart / self.cpu_hours


def load(variant: Path, at_most: int | None = None) -> Replicates:
    """Finished replicates of a protocol; formulations with fewer than two are left out, they have no error."""
    found: dict[str, list[Mapping[str, float]]] = {}
    for path in sorted(variant.glob("*/replicate-*/result.json"), key=_replicate_number):
        of_formulation = found.setdefault(path.parent.parent.name, [])
        if at_most is None or len(of_formulation) < at_most:
            of_formulation.append(json.loads(path.read_text(encoding="utf-8")))
    return {name: replicates for name, replicates in sorted(found.items()) if len(replicates) > 1}


def _replicate_number(result: Path) -> int:
    return int(result.parent.name.removeprefix("replicate-"))


def measure(name: str, replicates: Replicates, budget_cpu_s: float) -> Variant:
    """Resolving power of one protocol in all outcomes; the budget is that of one cation.

    Raises:
        ValueError: fewer than two formulations have two replicates.

    """
    if len(replicates) < 2:
        raise ValueError(f"{name}: fewer than two formulations have two finished replicates")
    everything = [result for of_formulation in replicates.values() for result in of_formulation]
    shared = set.intersection(*(set(result) for result in everything)) - set(NOT_OUTCOMES) - set(FLAGS)
    counts = [len(of_formulation) for of_formulation in replicates.values()]
    cpu_s = sum(result["cpu"] for result in everything)
    affordable = budget_cpu_s * len(everything) / cpu_s
    return Variant(
        name,
        len(replicates),
        (min(counts), max(counts)),
        cpu_s / 3600.0,
        tuple(_power(outcome, replicates, affordable) for outcome in sorted(shared)),
    )


def _power(outcome: str, replicates: Replicates, affordable: float) -> Power:
    values = [np.array([result[outcome] for result in one]) for one in replicates.values()]
    means = np.array([one.mean() for one in values])
    counts = np.array([len(one) for one in values])
    own = np.array([one.var(ddof=1) for one in values])
    pooled = float(((counts - 1) * own).sum() / (counts - 1).sum())
    between = max(0.0, float(means.var(ddof=1)) - pooled * float((1.0 / counts).mean()))
    pairs = len(means) * (len(means) - 1) // 2
    return Power(
        outcome,
        pairs,
        pairs_apart(means, np.full(len(means), pooled) / counts),
        pairs_apart(means, own / counts),
        pairs * share_apart(between, pooled / affordable),
        float(np.sqrt(pooled)),
        float(np.sqrt(between)),
    )


def share_apart(between: float, variance: float) -> float:
    """Expected share of pairs that differ by more than two combined standard errors.

    Args:
        between: variance of the true means over the cations, normally distributed.
        variance: squared standard error of each mean.

    """
    if not variance:
        return float(between > 0)
    return float(2.0 * norm.sf(COMBINED_ERRORS / np.sqrt(1.0 + between / variance)))


def pairs_apart(means: NDArray[np.float64], variances: NDArray[np.float64]) -> int:
    """Pairs whose means differ by more than two combined standard errors.

    Args:
        means: one for each cation, `n`.
        variances: squared standard errors of the means, `n`.

    """
    # Equal means are not apart, not even where no scatter was seen.
    return sum(
        bool(abs(means[i] - means[j]) > COMBINED_ERRORS * np.sqrt(variances[i] + variances[j]))
        for i, j in combinations(range(len(means)), 2)
    )


def table(variants: Sequence[Variant]) -> str:
    """Markdown: one row for each outcome, one column for each protocol.

    A cell reads: pairs apart (pairs apart by each cation's own errors) → pairs expected apart at equal cost.
    """
    outcomes = sorted({power.outcome for variant in variants for power in variant.powers})
    rows = [
        ["outcome", *(variant.name for variant in variants)],
        ["---"] * (len(variants) + 1),
        *([outcome, *(_cell(outcome, variant) for variant in variants)] for outcome in outcomes),
        ["**pairs apart, all outcomes**", *(f"**{variant.apart}**" for variant in variants)],
        ["**at equal cost**", *(f"**{variant.apart_at_budget:.0f}**" for variant in variants)],
        ["cations", *(str(variant.cations) for variant in variants)],
        ["replicates", *("–".join(map(str, sorted(set(variant.replicates)))) for variant in variants)],
        ["CPU-hours", *(f"{variant.cpu_hours:.2f}" for variant in variants)],
        ["**pairs apart per CPU-hour**", *(f"**{variant.apart_per_cpu_hour:.0f}**" for variant in variants)],
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cell(outcome: str, variant: Variant) -> str:
    for power in variant.powers:
        if power.outcome == outcome:
            return f"{power.apart} ({power.apart_by_own_errors}) → {power.apart_at_budget:.1f}"
    return ""


def main() -> None:
    """Measure every protocol under ROOT and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--replicates", type=int)
    parser.add_argument("--budget-cpu-s", type=float, default=300.0)
    options = parser.parse_args()
    found = {
        folder.name: load(folder, options.replicates) for folder in sorted(options.root.iterdir()) if folder.is_dir()
    }
    variants = [
        measure(name, replicates, options.budget_cpu_s) for name, replicates in found.items() if len(replicates) > 1
    ]
    if options.json:
        options.json.write_text(json.dumps([asdict(variant) for variant in variants], indent=2), encoding="utf-8")
    print(table(variants))
    for name in (name for name, replicates in found.items() if len(replicates) < 2):
        print(f"\n{name}: not enough finished replicates")


if __name__ == "__main__":
    main()
