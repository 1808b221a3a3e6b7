"""How error and coverage depend on how many formulations were learned from."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit

from ionlink.data.errors import InputError
from ionlink.data.observation import Observation
from ionlink.models.cross_validation import CrossValidation, Fit, Progress, cross_validate
from ionlink.models.metrics import mean_metrics, percent
from ionlink.models.splits import Split, formulation_groups

TEST_SHARE = 0.25
"""Share of the formulations that is held out and predicted at every size."""

SMALLEST = 8
SIZES = 5

LEARNING_COLUMNS = ("outcome", "seed", "formulations", "rmse", "crps", "coverage", "rows")


def learning_curve(
    observations: Sequence[Observation],
    fit: Fit,
    outcome: str,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    interval: float = 0.9,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Errors of `outcome` on formulations held out at random, for growing training sets.

    For each seed a quarter of the formulations is held out, and nested subsets of the others are learned from. The
    points of one seed share their test set, so that only the training grows. Formulations of which only bounds are
    known are not counted, and are told at every size, for models that learn from these.

    Returns:
        A table with a row per seed and size, columns `LEARNING_COLUMNS` (rmse and crps in the outcome's unit, coverage
        of central `interval`s of new observations), and a line for each fit that failed.

    Raises:
        InputError: for fewer than twice as many formulations as the smallest training set has.
    """
    own = [o for o in observations if o.outcome == outcome]
    groups = np.asarray(formulation_groups([o.formulation for o in own]))
    counted = np.unique(groups[[o.bound == "=" for o in own]])
    sizes = training_sizes(len(counted))
    if not sizes:
        raise InputError(f"{outcome}: too few formulations for a learning curve, at least {2 * SMALLEST} are needed")
    points: list[dict[str, object]] = []
    failures: list[str] = []
    for place, seed in enumerate(seeds):
        held, order = _divided(counted, seed)
        for step, size in enumerate(sizes):
            result = _at_size(own, groups, held, frozenset(order[size:]), fit)
            failures += [f"{outcome}, {size} formulations, seed {seed}: {f.reason}" for f in result.failures]
            if len(result.predictions):
                quality = _quality(result.predictions, interval)
                points.append({"outcome": outcome, "seed": seed, "formulations": size, **quality})
            if progress:
                progress(place * len(sizes) + step + 1, len(seeds) * len(sizes), f"{outcome}, learning curve")
    return pd.DataFrame(points, columns=list(LEARNING_COLUMNS)), failures


def training_sizes(formulations: int) -> tuple[int, ...]:
    """Numbers of training formulations, in equal steps of their logarithm; none where there are too few."""
    largest = formulations - int(np.ceil(TEST_SHARE * formulations))
    if formulations < 2 * SMALLEST:
        return ()
    return tuple(int(size) for size in np.unique(np.geomspace(SMALLEST, largest, SIZES).round()))


def _divided(names: np.ndarray, seed: int) -> tuple[frozenset[str], list[str]]:
    """Groups that are held out, and all others in random order."""
    splitter = GroupShuffleSplit(n_splits=1, test_size=TEST_SHARE, random_state=seed)
    train, test = next(splitter.split(names, groups=names))
    order = np.random.default_rng(seed).permutation(names[train])
    return frozenset(str(name) for name in names[test]), [str(name) for name in order]


def _at_size(
    own: Sequence[Observation], groups: np.ndarray, held: frozenset[str], left: frozenset[str], fit: Fit
) -> CrossValidation:
    rows = [(o, str(g)) for o, g in zip(own, groups, strict=True) if g not in left]
    folds = tuple("test" if g in held else "training" for _, g in rows)
    split = Split("learning-curve", folds, tuple(g for _, g in rows))
    return cross_validate([o for o, _ in rows], fit, [split], folds=("test",))


def _quality(rows: pd.DataFrame, interval: float) -> dict[str, float]:
    found = mean_metrics(rows, (interval,))
    coverage = found[f"coverage_{percent(interval)}"]
    return {"rmse": found["rmse"], "crps": found["crps"], "coverage": coverage, "rows": len(rows)}
