"""From a surrogate to the tables of an explanation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ionlink.data import outcomes
from ionlink.data.formulation import CONDITIONS, Formulation
from ionlink.explanation import INTERVAL, Explanation
from ionlink.features import FormulationDescriptors
from ionlink.models.accumulated_effects import descriptor_effects
from ionlink.models.attribution import (
    CoalitionRows,
    Magnitude,
    coalition_row_count,
    coalition_rows,
    magnitude,
    quotient_matrix,
    union_matrix,
)
from ionlink.models.descriptor_groups import (
    CATION,
    GROUPS,
    LIGAND,
    PARTS,
    PLAYERS,
    SPATIAL_CONFIGURATION,
    group_of,
    input_players,
)
from ionlink.models.interactions import interaction_matrix, pairs
from ionlink.models.pooled import SHARE_OF_NETWORKS
from ionlink.models.rival_fits import are_sought, rival_fits
from ionlink.models.surrogate import Surrogate
from ionlink.models.unseen_cations import unseen_cation_q2
from ionlink.models.validation import model_fit
from ionlink.models.weighted_sums import Matrix, Processes, weighted_sums

DRAWS = 500
"""Joint posterior draws; ends of a 90 % interval then scatter by about 0.1 standard deviations."""

SAMPLE_SIZES = (64, 48, 32, 24, 16)
"""Observed formulations that are explained, and that stand for the average; of more, as many are drawn."""

MOST_ROWS = 7500
"""Inputs that a fit is asked for at most, some 15 s; the largest sample within is taken. 16 are always within."""

TAIL = (1 - INTERVAL) / 2

SIZE = "mean_absolute_attribution"

Unions = tuple[tuple[int, ...], ...]

OF_GROUPS: Unions = tuple(tuple(k for k, (g, _) in enumerate(PLAYERS) if g == group) for group in GROUPS)
OF_PARTS: Unions = tuple(tuple(k for k, (_, p) in enumerate(PLAYERS) if p == part) for part in PARTS)
APART: Unions = tuple((k,) for k in range(len(PLAYERS)))
"""Players that join and stay away together: as groups, as parts of a formulation that exist, or each by itself."""


@dataclass(frozen=True, eq=False)
class _Values:
    """Coalition values of `n` formulations; those of the asked one first, where there is one."""

    mean: Matrix
    """`n x 32`."""

    draws: Matrix
    """`draws x n x 32`."""

    observed: slice
    """Which of the `n` are observed formulations."""

    fixed: frozenset[int]
    """Players, by their place, that have the same values in all formulations."""

    fixed_observed: frozenset[int]
    """The same, of observed formulations only."""

    def magnitudes(self, unions: Unions) -> list[Magnitude]:
        """Mean magnitudes of the attributions to `unions` over the observed formulations."""
        return self._magnitudes(attribution_matrix(unions, self.fixed_observed))

    def interactions(self) -> list[Magnitude]:
        """Mean magnitudes of the interactions of pairs of groups over the observed formulations."""
        still = [{*union} <= self.fixed_observed for union in OF_GROUPS]
        matrix = union_matrix(interaction_matrix(len(GROUPS)), OF_GROUPS)
        matrix[[still[one] or still[other] for one, other in pairs(len(GROUPS))]] = 0.0
        return self._magnitudes(matrix)

    def _magnitudes(self, matrix: Matrix) -> list[Magnitude]:
        mean, draws = self.mean[self.observed] @ matrix.T, self.draws[:, self.observed] @ matrix.T
        return [magnitude(mean[:, place], draws[..., place], INTERVAL) for place in range(len(matrix))]


def attribution_matrix(unions: Unions, fixed: frozenset[int]) -> Matrix:
    """From coalition values to attributions, `len(unions) x 32`; of fixed players 0 without rounding errors."""
    matrix = quotient_matrix(unions)
    matrix[[{*union} <= fixed for union in unions]] = 0.0
    return matrix


def assemble(surrogate: Surrogate, outcome: str, asked: Formulation | None, seed: int) -> Explanation:
    """All tables of an explanation."""
    model, unit = surrogate.models[outcome], outcomes()[outcome].learned_unit
    processes = rival_fits(model, surrogate.scaling, seed=seed)
    observed = list(dict.fromkeys(row.formulation for row in model.rows))
    explained, rows = _coalition_rows(surrogate, observed, asked, seed)
    sums = weighted_sums(processes, rows.asked, draws=DRAWS, seed=seed)
    shape = (len(explained), 2 ** len(PLAYERS))
    own = slice(1 if asked else 0, None)
    fixed = rows.fixed(slice(None)), rows.fixed(own)
    values = _Values(sums.mean.reshape(shape), sums.draws.reshape(-1, *shape), own, *fixed)
    effects = _effects(surrogate, observed, processes, unit, seed)
    quality = model_fit(surrogate).set_index("outcome")["q2"]
    return Explanation(
        outcome=outcome,
        unit=unit,
        level=surrogate.level,
        asked=asked,
        domain_reason=model.domain.objection(asked) if asked else "",
        base=float(values.mean[0, 0]),
        global_attributions=_global(values, effects, unit),
        existing_only=_table(PARTS, values.magnitudes(OF_PARTS), "part", SIZE, unit),
        spatial_parts=_spatial_parts(values, unit),
        attributions=_attributions(values, explained, asked, unit, ("group", GROUPS, OF_GROUPS)),
        existing_attributions=_attributions(values, explained, asked, unit, ("part", PARTS, OF_PARTS)),
        effects=effects,
        interactions=_interactions(values, unit),
        fits=len(processes),
        rivals_sought=are_sought(model),
        share_of_networks=SHARE_OF_NETWORKS if model.learned.networks else 0.0,
        q2=float(quality.to_dict()[outcome]),
        unseen_cation_q2=unseen_cation_q2(model),
        hybrid_uncertainty=_hybrid_uncertainty(CATION, rows, sums.deviation, values),
        ligand_hybrid_uncertainty=_hybrid_uncertainty(LIGAND, rows, sums.deviation, values),
        formulations=len(observed),
        cations=len({name for formulation in observed for name in formulation.shares}),
        background=len(rows.background),
    )


def _coalition_rows(
    surrogate: Surrogate, observed: Sequence[Formulation], asked: Formulation | None, seed: int
) -> tuple[list[Formulation], CoalitionRows]:
    """The explained formulations, the asked one first, and what must be asked of a model for them."""
    groups = input_players(surrogate.scaling)
    for most in SAMPLE_SIZES:
        random = np.random.default_rng(seed)
        explained = [*([asked] if asked else []), *_some(observed, most, random)]
        inputs = surrogate.inputs(explained).numpy()
        background = surrogate.inputs(_some(observed, most, random)).numpy()
        if coalition_row_count(inputs, background, groups, PLAYERS) <= MOST_ROWS:
            break
    return explained, coalition_rows(inputs, background, groups, PLAYERS)


def _some(formulations: Sequence[Formulation], most: int, random: np.random.Generator) -> list[Formulation]:
    if len(formulations) <= most:
        return list(formulations)
    return [formulations[place] for place in np.sort(random.choice(len(formulations), most, replace=False))]


def _table(names: Iterable[object], found: Sequence[Magnitude], of: str, size: str, unit: str) -> pd.DataFrame:
    """A row for each magnitude, the largest first."""
    frame = pd.DataFrame(
        {
            of: list(names),
            size: [one.mean for one in found],
            "lower": [one.lower for one in found],
            "upper": [one.upper for one in found],
            "unit": unit,
        }
    )
    return frame.sort_values(size, ascending=False, kind="stable").reset_index(drop=True)


def _global(values: _Values, effects: pd.DataFrame, unit: str) -> pd.DataFrame:
    frame = _table(GROUPS, values.magnitudes(OF_GROUPS), "group", SIZE, unit)
    leading = [leading_descriptor(effects, group) for group in frame["group"]]
    return frame.assign(leading_descriptor=leading)


def leading_descriptor(effects: pd.DataFrame, group: str) -> str:
    """The descriptor of a group with the largest effect; empty where none varies."""
    sizes = effect_sizes(effects[effects["group"] == group])
    return "" if sizes.empty else str(sizes.idxmax())


def effect_sizes(effects: pd.DataFrame) -> "pd.Series[float]":
    """Mean magnitude of the effect of each descriptor over formulations: a far end that few reach says little."""
    weighted = effects.assign(magnitude=effects["effect"].abs() * effects["formulations"])
    sums = weighted.groupby("descriptor", sort=False)[["magnitude", "formulations"]].sum()
    return sums["magnitude"] / sums["formulations"]


def _spatial_parts(values: _Values, unit: str) -> pd.DataFrame:
    found = zip(PLAYERS, values.magnitudes(APART), strict=True)
    spatial = {part: size for (group, part), size in found if group == SPATIAL_CONFIGURATION}
    return _table(spatial, list(spatial.values()), "part", SIZE, unit)


def _interactions(values: _Values, unit: str) -> pd.DataFrame:
    named = [(GROUPS[one], GROUPS[other]) for one, other in pairs(len(GROUPS))]
    frame = _table(named, values.interactions(), "pair", "strength", unit)
    frame.insert(0, "group_a", [pair[0] for pair in frame["pair"]])
    frame.insert(1, "group_b", [pair[1] for pair in frame["pair"]])
    return frame.drop(columns="pair")


def _attributions(
    values: _Values,
    explained: Sequence[Formulation],
    asked: Formulation | None,
    unit: str,
    of: tuple[str, Sequence[str], Unions],
) -> pd.DataFrame:
    """Of each formulation to the named unions of players: the column of their names, these, and their players."""
    column, names, unions = of
    matrix = attribution_matrix(unions, values.fixed).T
    mean, (lower, upper) = values.mean @ matrix, _interval(values.draws @ matrix)
    conditions = [x for x in CONDITIONS if any(getattr(f, x) is not None for f in explained)]
    parts = [
        pd.DataFrame(
            {
                "cation": formulation.cation,
                "ligand": formulation.ligand,
                "ratio": formulation.ratio,
                **{x: pd.Series([getattr(formulation, x)] * len(names), dtype=object) for x in conditions},
                "asked": place == 0 and asked is not None,
                column: names,
                "attribution": mean[place],
                "lower": np.minimum(lower[place], mean[place]),
                "upper": np.maximum(upper[place], mean[place]),
                "base": values.mean[place, 0],
                "prediction": values.mean[place, -1],
                "unit": unit,
            }
        )
        for place, formulation in enumerate(explained)
    ]
    return pd.concat(parts, ignore_index=True)


def _interval(draws: Matrix) -> Matrix:
    return np.asarray(np.quantile(draws, (TAIL, 1 - TAIL), axis=0))


def _effects(
    surrogate: Surrogate, observed: Sequence[Formulation], processes: Processes, unit: str, seed: int
) -> pd.DataFrame:
    units = FormulationDescriptors.units
    parts = []
    used = processes[0][0].covar_module.used
    for effect in descriptor_effects(surrogate.inputs(observed).numpy(), surrogate.scaling, used):
        sums = weighted_sums(processes, effect.asked, draws=DRAWS, seed=seed, without=effect.without)
        lower, upper = _interval(sums.draws)
        columns = {"descriptor": effect.descriptor, "group": group_of(effect.descriptor), "value": effect.at}
        ends = {"lower": np.minimum(lower, sums.mean), "upper": np.maximum(upper, sums.mean)}
        rest = {"effect_unit": unit, "formulations": effect.formulations}
        parts.append(pd.DataFrame({**columns, "unit": units[effect.descriptor], "effect": sums.mean, **ends, **rest}))
    return pd.concat(parts, ignore_index=True)


def _hybrid_uncertainty(part: str, rows: CoalitionRows, deviation: Matrix, values: _Values) -> float:
    """Of hybrids of one part whose other parts exist."""
    hybrid = rows.hybrid(OF_PARTS[PARTS.index(part)])
    for other in {CATION, LIGAND} - {part}:
        hybrid &= ~rows.hybrid(OF_PARTS[PARTS.index(other)])
    spread = float(values.mean[values.observed, -1].std())
    return float(np.sqrt((deviation[hybrid] ** 2).mean()) / spread) if hybrid.any() and spread > 0 else 0.0
