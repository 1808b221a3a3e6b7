"""Where a campaign stands: observed formulations, their desirability, the Pareto front, the hypervolume."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from ionlink.data.formulation import CONDITIONS, Formulation
from ionlink.data.observation import Observation
from ionlink.models.noise import merged
from ionlink.optimize.aim import Aim
from ionlink.optimize.objective import Objective

OPEN = (-math.inf, math.inf)
"""What is known of an outcome of which nothing is."""


def standing(observations: Sequence[Observation], aim: Aim) -> pd.DataFrame:
    """Observed formulations, best first, one row each.

    Columns: rank (from 1), cation, ligand, ratio (donor groups per cation), and those conditions of formulations
    (second_cation, second_fraction, ph, temperature_k) that any of them has; for each outcome of the aim its name
    (mean of what was observed, in its unit) and `<outcome>_standard_error`, for objectives also
    `<outcome>_desirability`, of the mean or else of the worst that bounds leave; `<outcome>_above` and
    `<outcome>_below`, bounds that were told, where there are some; holds (whether all constraints do, by the means, or
    by the bounds where there is no mean; missing where that is open), complete (all objectives have a desirability, and
    whether constraints hold is known), feasible (they hold), on_front (acceptable, and no acceptable row is at least as
    good in all values that the aim counts and better in one, by these desirabilities; acceptable is what is complete,
    feasible and nowhere worse than the reference that an objective was given);
    and `score`, the one value of objectives that are combined.
    Rows on the front come first, then feasible ones, both by score or else by the mean of the desirabilities, each
    scaled to its range over the rows; then what is not feasible; incomplete rows last.
    """
    rows, values = _rows(observations, aim)
    desirability = rows[[f"{o.outcome}_desirability" for o in aim.objectives]].to_numpy(dtype=float)
    feasible = rows["holds"].fillna(value=False).to_numpy(dtype=bool)
    complete = np.isfinite(desirability).all(axis=1) & rows["holds"].notna().to_numpy(dtype=bool)
    worst = [-np.inf if o.worst_desirability is None else o.worst_desirability for o in aim.objectives]
    acceptable = complete & feasible & (desirability >= worst).all(axis=1)
    counted = aim.desirability(values)
    front = np.zeros(len(rows), dtype=bool)
    front[acceptable] = non_dominated(counted[acceptable])
    combined = aim.combine != "pareto"
    frame = rows.assign(
        complete=complete, feasible=feasible, on_front=front, score=counted[:, 0] if combined else _score(desirability)
    )
    ranked = frame.sort_values(["on_front", "complete", "feasible", "score"], ascending=False, kind="stable")
    ranked.insert(0, "rank", range(1, len(ranked) + 1))
    return ranked.drop(columns=[] if combined else "score").reset_index(drop=True)


def _rows(observations: Sequence[Observation], aim: Aim) -> tuple[pd.DataFrame, np.ndarray]:
    """A row for each formulation, and `n x m` what counts of its outcomes: means, or the worst that bounds leave."""
    told = [o for o in observations if o.outcome in aim.outcomes]
    known = {(m.formulation, m.outcome): m for m in merged(told)}
    bounds = tightest_bounds(told)
    objectives = {o.outcome: o for o in aim.objectives}
    rows, counted = [], []
    for formulation in observed_formulations(told):
        row: dict[str, object] = formulation.model_dump()
        reach, worst = {}, []
        for name in aim.outcomes:
            point = known.get((formulation, name))
            value = point.mean if point else np.nan
            error = point.standard_error if point and point.standard_error is not None else np.nan
            above, below = bounds.get((formulation, name), OPEN)
            worst.append(value if point else _worst(objectives.get(name), above, below))
            row |= _columns(name, objectives.get(name), value, error, worst[-1])
            row |= {f"{name}_above": above, f"{name}_below": below}
            reach[name] = (value, value) if point else (above, below)
        rows.append(row | {"holds": _all_hold(aim, reach)})
        counted.append(worst)
    named = (column for name in aim.outcomes for column in _columns(name, objectives.get(name), *[np.nan] * 3))
    used = [name for name in CONDITIONS if any(name in row for row in rows)]
    ends = [f"{name}_{end}" for name in aim.outcomes for end in ("above", "below")]
    limited = [name for name in ends if any(math.isfinite(row[name]) for row in rows)]  # type: ignore[arg-type]
    frame = pd.DataFrame(rows, columns=["cation", "ligand", "ratio", *used, *named, *limited, "holds"])
    frame[limited] = frame[limited].where(np.isfinite(frame[limited]))
    return frame.astype({"holds": "boolean"}), np.array(counted, dtype=float).reshape(-1, len(aim.outcomes))


def tightest_bounds(observations: Sequence[Observation]) -> dict[tuple[Formulation, str], tuple[float, float]]:
    """What each outcome of each formulation is above and below, by the bounds that were told; infinite where open."""
    found: dict[tuple[Formulation, str], tuple[float, float]] = {}
    for o in observations:
        if o.bound != "=":
            above, below = found.get((o.formulation, o.outcome), OPEN)
            ends = (max(above, o.value), below) if o.bound == ">" else (above, min(below, o.value))
            found[o.formulation, o.outcome] = ends
    return found


def _all_hold(aim: Aim, reach: Mapping[str, tuple[float, float]]) -> bool | None:
    """Whether all constraints hold of outcomes that lie within these limits; `None` where that is open."""
    each = [constraint.holds(*reach[constraint.outcome]) for constraint in aim.constraints]
    return False if False in each else None if None in each else True


def _columns(name: str, objective: Objective | None, value: float, error: float, counted: float) -> dict[str, float]:
    columns = {name: value, f"{name}_standard_error": error}
    if objective is not None:
        columns[f"{name}_desirability"] = float(objective.desirability(counted))
    return columns


def _worst(objective: Objective | None, above: float, below: float) -> float:
    """The least desirable of what lies between two limits; NaN where that is open."""
    if objective is None:
        return math.nan
    worst = min((above, below), key=objective.desirability)
    return worst if math.isfinite(worst) else math.nan


def _score(desirability: np.ndarray) -> np.ndarray:
    """Mean over the objectives, each scaled to [0, 1] over the rows, of an `n x m` matrix; NaN counts as the worst."""
    filled = pd.DataFrame(desirability)
    span = filled.max() - filled.min()
    scaled = (filled - filled.min()) / span.where(span > 0, 1.0)
    return scaled.fillna(0.0).mean(axis=1).to_numpy()


def non_dominated(desirability: np.ndarray) -> np.ndarray:
    """Which rows of a complete `n x m` matrix no other row dominates; equal rows do not dominate each other.

    Without BoTorch's `is_non_dominated`, whose import takes longer than all else that the state of a campaign needs.
    """
    others, rows = desirability[:, None, :], desirability[None, :, :]
    dominates = (others >= rows).all(axis=2) & (others > rows).any(axis=2)
    return np.asarray(~dominates.any(axis=0), dtype=bool)


def hypervolume(observations: Sequence[Observation], aim: Aim, reference: Mapping[str, float]) -> float:
    """Volume of desirability between `reference` (desirability by outcome) and the observed means, for `pareto`.

    In the product of the desirabilities' units; 0 where nothing complete and feasible is better than the reference in
    all of them.
    """
    import torch
    from botorch.utils.multi_objective.hypervolume import Hypervolume

    frame = standing(observations, aim)
    front = frame.loc[frame["on_front"], [f"{o.outcome}_desirability" for o in aim.objectives]]
    point = torch.tensor([reference[o.outcome] for o in aim.objectives], dtype=torch.float64)
    values = torch.as_tensor(front.to_numpy(dtype=np.float64, copy=True))
    return float(Hypervolume(point).compute(values)) if len(front) else 0.0


def best_desirability(observations: Sequence[Observation], aim: Aim) -> float | None:
    """Largest value of an aim that counts only one, over what is complete and feasible; `None` where nothing is."""
    frame = standing(observations, aim)
    value = "score" if aim.combine != "pareto" else f"{aim.objectives[0].outcome}_desirability"
    usable = frame.loc[frame["complete"] & frame["feasible"], value]
    return float(usable.max()) if len(usable) else None


def formulations_of(frame: pd.DataFrame) -> list[Formulation]:
    """Formulations of the rows of `standing`."""
    names = [name for name in Formulation.model_fields if name in frame.columns]
    rows = (zip(names, row, strict=True) for row in frame[names].itertuples(index=False, name=None))
    return [Formulation(**{name: cell for name, cell in row if not pd.isna(cell)}) for row in rows]


def observed_formulations(observations: Sequence[Observation]) -> list[Formulation]:
    """Different formulations in order of first appearance."""
    return list(dict.fromkeys(o.formulation for o in observations))


def in_one_order(observations: Iterable[Observation]) -> list[Observation]:
    """Sorted by all that they say: whoever learns from them so does not learn when they were told."""
    return sorted(observations, key=Observation.model_dump_json)


def completely_observed(observations: Sequence[Observation], outcomes: Collection[str]) -> list[Formulation]:
    """Those of which each of the outcomes was observed, bounds included, in order of first appearance."""
    seen: dict[Formulation, set[str]] = {}
    for o in observations:
        seen.setdefault(o.formulation, set()).add(o.outcome)
    return [formulation for formulation, names in seen.items() if names.issuperset(outcomes)]
