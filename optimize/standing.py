"""Where a campaign stands: observed formulations, their desirability, the Pareto front, the hypervolume."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.models.noise import merged
from ionlink.optimize.objective import Objective


def standing(observations: Sequence[Observation], objectives: Sequence[Objective]) -> pd.DataFrame:
    """Observed formulations, best first, one row each.

    Columns: rank (from 1), cation, ligand, ratio (donor groups per cation); for each objective its outcome's name
    (mean of what was observed, in its unit), `<outcome>_standard_error` and `<outcome>_desirability`;
    complete (all objectives observed) and on_front (acceptable, and no acceptable row is at least as good in all
    objectives and better in one, by the means; acceptable is what is complete and nowhere worse than the reference that
    an objective was given). Rows on the front come first, then by the mean of the desirabilities,
    each scaled to its range over the rows; incomplete rows last.
    """
    rows = _rows(observations, objectives)
    desirability = rows[[f"{o.outcome}_desirability" for o in objectives]].to_numpy(dtype=float)
    complete = np.isfinite(desirability).all(axis=1)
    worst = [-np.inf if o.reference is None else float(o.desirability(o.reference)) for o in objectives]
    acceptable = complete & (desirability >= worst).all(axis=1)
    front = np.zeros(len(rows), dtype=bool)
    front[acceptable] = non_dominated(desirability[acceptable])
    frame = rows.assign(complete=complete, on_front=front, score=_score(desirability))
    ranked = frame.sort_values(["on_front", "complete", "score"], ascending=False, kind="stable").drop(columns="score")
    ranked.insert(0, "rank", range(1, len(ranked) + 1))
    return ranked.reset_index(drop=True)


def _rows(observations: Sequence[Observation], objectives: Sequence[Objective]) -> pd.DataFrame:
    names = {o.outcome for o in objectives}
    known = {(m.formulation, m.outcome): m for m in merged(o for o in observations if o.outcome in names)}
    rows = []
    for formulation in dict.fromkeys(f for f, _ in known):
        row: dict[str, object] = formulation.model_dump()
        for objective in objectives:
            point = known.get((formulation, objective.outcome))
            value = point.mean if point else np.nan
            error = point.standard_error if point and point.standard_error is not None else np.nan
            row |= _columns(objective, value, error)
        rows.append(row)
    columns = ["cation", "ligand", "ratio", *(name for o in objectives for name in _columns(o, np.nan, np.nan))]
    return pd.DataFrame(rows, columns=columns)


def _columns(objective: Objective, value: float, error: float) -> dict[str, float]:
    name = objective.outcome
    return {
        name: value,
        f"{name}_standard_error": error,
        f"{name}_desirability": float(objective.desirability(value)),
    }


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


def hypervolume(
    observations: Sequence[Observation], objectives: Sequence[Objective], reference: Mapping[str, float]
) -> float:
    """Volume of desirability between `reference` (desirability by outcome) and the observed means.

    In the product of the desirabilities' units; 0 where nothing complete is better than the reference in all of them.
    """
    import torch
    from botorch.utils.multi_objective.hypervolume import Hypervolume

    frame = standing(observations, objectives)
    front = frame.loc[frame["on_front"], [f"{o.outcome}_desirability" for o in objectives]]
    point = torch.tensor([reference[o.outcome] for o in objectives], dtype=torch.float64)
    values = torch.as_tensor(front.to_numpy(dtype=np.float64, copy=True))
    return float(Hypervolume(point).compute(values)) if len(front) else 0.0


def observed_formulations(observations: Sequence[Observation]) -> list[Formulation]:
    """Different formulations in order of first appearance."""
    return list(dict.fromkeys(o.formulation for o in observations))
