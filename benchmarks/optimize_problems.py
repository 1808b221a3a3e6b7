"""The problems of `optimize.py`. Every number that defines one stands here or in `optimize_truths.py`."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from optimize_drawn import RATIO, DrawnLandscape
from optimize_evaluation import Goal, Level, Limit, Problem, descriptors
from optimize_tabulated import Tabulated
from optimize_truths import CATIONS, HIGHEST_RATIO, LIGANDS, ROUGHNESS, SPREAD, STRENGTH

from ionlink.data import cations, observations, stability_constants

GOALS = (Goal(STRENGTH, "maximise", reference=2.5), Goal(SPREAD, "minimise", reference=1.1))
"""The references are near the lower third of the force and the upper quarter of the spread over the space."""

SURROGATE_TABLE = Path(__file__).parent / "model_case_surrogate.csv"

NOISE = {STRENGTH: 0.1, SPREAD: 0.025, ROUGHNESS: 1.3}
"""A tenth of the standard deviation over the space."""

NOISE_OF_MD = {STRENGTH: 0.62, SPREAD: 0.057}
"""Per replicate: as large beside the standard deviation over the space (0.99 and 0.23) as in the shipped simulations,
where it is 0.62 of it for chains per cation and 0.25 for the Coulomb spread."""


def synthetic() -> Problem:
    """Two conflicting objectives with an interior optimum: 8 + 24 evaluations."""
    return Problem("synthetic", CATIONS, LIGANDS, GOALS, NOISE, initial=8, budget=24)


def levels() -> Problem:
    """The same with two cheaper levels: the cost of 8 + 16 evaluations at the highest."""
    costs = (Level("screen", 1), Level("explicit", 5), Level("lab", 25))
    return Problem("levels", CATIONS, LIGANDS, GOALS, NOISE, initial=8, budget=400, levels=costs)


def constraints() -> Problem:
    """The same with ratios down to 2, a limit on roughness, known impossibilities and an unknown region of failure."""
    return Problem(
        "constraints",
        CATIONS,
        LIGANDS,
        GOALS,
        NOISE,
        initial=8,
        budget=24,
        ratio=(2.0, HIGHEST_RATIO),
        limits=(Limit(ROUGHNESS, 30.0),),
        minimum_ratio={name: float(cations()[name].charge) for name in CATIONS if cations()[name].charge > 2},
        excluded=tuple(
            (c, p)
            for c, p in [(c, p) for c in CATIONS for p in LIGANDS]
            if (c in ("Hg2+", "Cd2+", "Pb2+", "Th4+")) or (p in ("PAA-catechol", "PDA") and c in ("Ag+", "Pd2+"))
        ),
        precipitates=True,
    )


def drawn(seed: int) -> Problem:
    """Limit, known impossibilities and failures as in `constraints`, on another landscape for each seed."""
    landscape = DrawnLandscape(seed)
    return Problem(
        "drawn",
        CATIONS,
        LIGANDS,
        _drawn_goals(landscape),
        noise=dict.fromkeys((STRENGTH, SPREAD, ROUGHNESS), 0.1),
        initial=8,
        budget=24,
        ratio=RATIO,
        limits=(Limit(ROUGHNESS, landscape.limit),),
        excluded=landscape.excluded,
        precipitates=True,
        drawn=seed,
    )


def papers(seed: int) -> Problem:
    """Another landscape for each seed, of which others published 40 formulations: 4 + 20 evaluations.

    What they published is biased; how far it goes with the truth is drawn as well, and no method is told it.
    """
    return Problem(
        "papers",
        CATIONS,
        LIGANDS,
        _drawn_goals(DrawnLandscape(seed)),
        noise=dict.fromkeys((STRENGTH, SPREAD), 0.1),
        initial=4,
        budget=20,
        ratio=RATIO,
        drawn=seed,
        papers=40,
    )


def _drawn_goals(landscape: DrawnLandscape) -> tuple[Goal, Goal]:
    """Each from the median over the space on."""
    references = landscape.references
    return (
        Goal(STRENGTH, "maximise", reference=references[STRENGTH]),
        Goal(SPREAD, "minimise", reference=references[SPREAD]),
    )


def replicates() -> Problem:
    """The space of `synthetic` with the noise of the shipped simulations: 16 + 32 replicates."""
    return Problem("replicates", CATIONS, LIGANDS, GOALS, NOISE_OF_MD, initial=8, budget=32, replicates=True)


def md_replay() -> Problem:
    """The 60 formulations of the shipped molecular dynamics: 6 + 20 evaluations with their standard errors.

    The goals are those of the targets `balanced-network`. An evaluation is the shipped mean with noise of its standard
    error: the mean counts as the truth.
    """
    goals = (
        Goal("chains_per_cation", "maximise", reference=2.3),
        Goal("coulomb_spread", "minimise", reference=0.6),
        Goal("crosslink_strength", "window", reference=1000.0, lower=204.0, upper=292.0),
    )
    return _of_md("md-replay", goals, initial=6, budget=20)


MODEL_CASE_GOALS = (
    Goal("chains_per_cation", "maximise", reference=1.0),
    Goal("coulomb_spread", "minimise", reference=1.0),
    Goal("crosslink_strength", "window", reference=100.0, lower=204.0, upper=292.0),
)
"""Those of the preset."""


def model_case() -> Problem:
    """The shipped simulations, as if nobody had tried Fe3+ before: 6 + 36 evaluations.

    Values, errors and noise as in `md-replay`; goals and references are the preset's. None of the initial formulations
    has the cation that the source of the model case found best.
    """
    return _of_md("model-case", MODEL_CASE_GOALS, initial=6, budget=36, start_without=("Fe3+",))


def model_case_surrogate() -> Problem:
    """The same over the whole space of the preset, by a surrogate of all shipped simulations: 6 + 32 evaluations.

    The truth is a table (`model_case_surrogate.py`), no simulation; the noise is the median standard error of the
    shipped means.
    """
    known = Tabulated(SURROGATE_TABLE)
    errors = model_case().pool_errors
    return Problem(
        "model-case-surrogate",
        known.cations,
        known.ligands,
        MODEL_CASE_GOALS,
        noise={goal.outcome: float(np.median(errors[goal.outcome])) for goal in MODEL_CASE_GOALS},
        initial=6,
        budget=32,
        ratio=known.ratio,
        tabulated=SURROGATE_TABLE,
        start_without=("Fe3+",),
    )


def _of_md(
    name: str, goals: tuple[Goal, ...], initial: int, budget: float, start_without: tuple[str, ...] = ()
) -> Problem:
    """The shipped simulations as a pool; what is evaluated is the shipped mean with noise of its standard error."""
    names = [goal.outcome for goal in goals]
    table = pd.DataFrame(
        [
            {"point": (o.formulation.cation, o.formulation.ligand, o.formulation.ratio), "outcome": o.outcome}
            | {"value": o.value, "error": o.standard_error}
            for o in observations()
            if o.level == "screen" and o.outcome in names
        ]
    ).pivot_table(index="point", columns="outcome", values=["value", "error"])
    pool = tuple(table.index)
    return Problem(
        name,
        *_members(pool),
        goals,
        noise={},
        initial=initial,
        budget=budget,
        ratio=None,
        pool=pool,
        pool_values={name: table["value", name].to_numpy(dtype=np.float64) for name in names},
        pool_errors={name: table["error", name].to_numpy(dtype=np.float64) for name in names},
        start_without=start_without,
    )


def log_k_replay() -> Problem:
    """Pairs of the shipped stability constants that are selective and of middling strength: 8 + 24 evaluations.

    Strong enough to hold and weak enough to exchange: log K1 in a window. (With both outcomes maximised one pair, Co3+
    on EDTA, is the whole front.) Ligands with at least 3 cations; selectivity is log K1 minus the median of the
    ligand's other cations. Pairs with several constants have their mean; the noise is the pooled scatter of those. Of
    ligands that no descriptor tells apart, which BayBE does not take, only the one with most cations is there.
    """
    rows = [(o.formulation.cation, o.formulation.ligand, o.value) for o in stability_constants() if o.bound == "="]
    table = pd.DataFrame(rows, columns=["cation", "ligand", "value"])
    scatter = float(np.sqrt(table.groupby(["cation", "ligand"])["value"].var().mean()))
    table = table.groupby(["cation", "ligand"], as_index=False)["value"].mean()
    table = table[table.groupby("ligand")["value"].transform("size") >= 3].reset_index(drop=True)
    table = table[table["ligand"].isin(_told_apart(table["ligand"]))].reset_index(drop=True)
    other = np.array(
        [
            table.loc[(table["ligand"] == row.ligand) & (table.index != row.Index), "value"].median()
            for row in table.itertuples()
        ]
    )
    pool = tuple((str(c), str(p), None) for c, p in zip(table["cation"], table["ligand"], strict=True))
    strength = table["value"].to_numpy(dtype=np.float64)
    return Problem(
        "log-k-replay",
        *_members(pool),
        (
            Goal("log_k1", "window", reference=20.0, lower=8.0, upper=14.0),
            Goal("log_k1_selectivity", "maximise", reference=5.0),
        ),
        noise={"log_k1": scatter, "log_k1_selectivity": scatter},
        initial=8,
        budget=24,
        ratio=None,
        pool=pool,
        pool_values={"log_k1": strength, "log_k1_selectivity": strength - other},
    )


def _told_apart(ligands: "pd.Series[str]") -> list[str]:
    """Different ligands, without those that have the descriptors of one that occurs more often."""
    names = ligands.value_counts(sort=False).sort_values(ascending=False, kind="stable").index.tolist()
    different: dict[tuple[float, ...], str] = {}
    for name, row in descriptors(["Fe3+"], names)["ligands"].items():
        different.setdefault(tuple(row), name)
    return list(different.values())


def problem(name: str, seed: int = 0) -> Problem:
    """By name, one of `PROBLEMS`; of those that are drawn, the one of a seed."""
    return _problem(name, seed if name in OF_SEEDS else 0)


@cache
def _problem(name: str, seed: int) -> Problem:
    return PROBLEMS[name](seed) if name in OF_SEEDS else PROBLEMS[name]()


OF_SEEDS = frozenset({"drawn", "papers"})
"""Those that differ from seed to seed, which is what they are made from."""

PROBLEMS: Mapping[str, Callable[..., Problem]] = {
    "synthetic": synthetic,
    "constraints": constraints,
    "drawn": drawn,
    "md-replay": md_replay,
    "log-k-replay": log_k_replay,
    "replicates": replicates,
    "levels": levels,
    "papers": papers,
    "model-case": model_case,
    "model-case-surrogate": model_case_surrogate,
}


def _members(pool: Sequence[tuple[str, str, float | None]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(sorted({c for c, _, _ in pool})), tuple(sorted({p for _, p, _ in pool}))
