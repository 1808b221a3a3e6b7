"""Do rankings help? Each is held out and foretold from what else is known."""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
import torch

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation, Ranking
from ionlink.models.inputs import InputScaling
from ionlink.models.levels import LevelModel
from ionlink.models.pair_kernel import PairKernel
from ionlink.models.statements import StatementProcess, Statements

HoldOut = Literal["statement", "cation"]
"""One ranking and what says the same of its two formulations, or all that its outcome says of one of its cations."""

WITHOUT_RANKINGS, WITH_RANKINGS, WITH_SIMULATIONS = "values and bounds", "and rankings", "and simulations"


def held_out_rankings(
    observations: Sequence[Observation],
    rankings: Sequence[Ranking],
    simulated: Sequence[Observation] = (),
    *,
    hold_out: HoldOut = "statement",
    seed: int = 0,
) -> pd.DataFrame:
    """The probability of each strict ranking (`>`), from what else is known of its outcome.

    Columns: outcome, higher, lower (cations), ligand, knowledge (values and bounds; these and the other rankings; these
    and the simulations of the same outcome, where there are any), probability (that the ranking is true). Nothing
    known of either formulation gives 0.5. Holding out a statement, rankings of the same two formulations go with it,
    but others may still imply it; holding out a cation, nothing of that outcome is left that names it.
    """
    rows = []
    strict = [ranking for ranking in rankings if ranking.relation == ">"]
    for ranking in strict:
        values = [o for o in observations if o.outcome == ranking.outcome]
        others = [r for r in rankings if r.outcome == ranking.outcome]
        chosen = [o for o in simulated if o.outcome == ranking.outcome]
        for cation in _held_out_cations(ranking, hold_out):
            kept_values, kept = _left(values, others, ranking, cation)
            found = {
                WITHOUT_RANKINGS: _foretold(ranking, kept_values, []),
                WITH_RANKINGS: _foretold(ranking, kept_values, kept),
            }
            if chosen:
                found[WITH_SIMULATIONS] = _foretold_with(ranking, chosen, kept_values, kept, seed)
            rows += [_row(ranking, knowledge, probability) for knowledge, probability in found.items()]
    return pd.DataFrame(rows, columns=["outcome", "higher", "lower", "ligand", "knowledge", "probability"])


def foretelling(held_out: pd.DataFrame) -> pd.DataFrame:
    """How well rankings were foretold, by knowledge.

    Columns: knowledge, count, right (share with probability above a half; exactly a half counts half), log_score (mean
    log probability; ln ½ = −0.693 is knowing nothing).
    """
    by = held_out.groupby("knowledge", sort=False)["probability"]
    return pd.DataFrame(
        {
            "count": by.size(),
            "right": by.apply(lambda p: float(np.mean(np.where(np.isclose(p, 0.5), 0.5, p > 0.5)))),
            "log_score": by.apply(lambda p: float(np.log(p).mean())),
        }
    ).reset_index()


def gain(held_out: pd.DataFrame, knowledge: str, over: str, *, draws: int = 2000, seed: int = 0) -> tuple[float, ...]:
    """Mean gain in log probability of one knowledge over another on the same rankings, and its 95 % interval.

    The interval is a bootstrap over outcomes: rankings of one outcome are not independent.
    """
    wide = [held_out[held_out["knowledge"] == name].reset_index(drop=True) for name in (knowledge, over)]
    if len(wide[0]) != len(wide[1]):
        common = set(wide[0]["outcome"])
        wide = [part[part["outcome"].isin(common)].reset_index(drop=True) for part in wide]
    difference = np.log(wide[0]["probability"]) - np.log(wide[1]["probability"])
    groups = [part.to_numpy() for _, part in difference.groupby(wide[0]["outcome"])]
    random = np.random.default_rng(seed)
    picks = random.integers(len(groups), size=(draws, len(groups)))
    means = [np.concatenate([groups[i] for i in pick]).mean() for pick in picks]
    return float(difference.mean()), *(float(q) for q in np.quantile(means, (0.025, 0.975)))


def _held_out_cations(ranking: Ranking, hold_out: HoldOut) -> Iterable[str | None]:
    return (None,) if hold_out == "statement" else (ranking.higher.cation, ranking.lower.cation)


def _left(
    values: Sequence[Observation], rankings: Sequence[Ranking], held: Ranking, cation: str | None
) -> tuple[list[Observation], list[Ranking]]:
    """What may be learned from."""
    if cation is not None:
        return (
            [o for o in values if o.formulation.cation != cation],
            [r for r in rankings if cation not in {r.higher.cation, r.lower.cation}],
        )
    pair = {held.higher, held.lower}
    return list(values), [r for r in rankings if {r.higher, r.lower} != pair]


def _foretold(ranking: Ranking, values: Sequence[Observation], rankings: Sequence[Ranking]) -> float:
    if not values and not rankings:
        return 0.5
    statements = Statements.of(ranking.outcome, values, rankings)
    asked = [ranking.higher, ranking.lower]
    scaling = InputScaling.of([*statements.formulations, *asked])
    process = StatementProcess(statements, _inputs(scaling, statements.formulations), PairKernel(scaling))
    with torch.no_grad():
        return process.probability_higher(*_inputs(scaling, asked))


def _foretold_with(
    ranking: Ranking,
    simulated: Sequence[Observation],
    values: Sequence[Observation],
    rankings: Sequence[Ranking],
    seed: int,
) -> float:
    if not values and not rankings:
        # Nothing was measured: a statement that says nothing keeps the model the same.
        rankings = [ranking.model_copy(update={"higher": ranking.lower, "relation": "≈"})]
    model = LevelModel.fit(simulated, values, rankings, seed=seed)
    with torch.no_grad():
        return model.probability_higher(ranking.higher, ranking.lower)


def _inputs(scaling: InputScaling, formulations: Sequence[Formulation]) -> torch.Tensor:
    return torch.as_tensor(scaling.transform(formulations))


def _row(ranking: Ranking, knowledge: str, probability: float) -> dict[str, object]:
    return {
        "outcome": ranking.outcome,
        "higher": ranking.higher.cation,
        "lower": ranking.lower.cation,
        "ligand": ranking.higher.ligand,
        "knowledge": knowledge,
        "probability": probability,
    }
