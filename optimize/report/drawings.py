"""Which figures a campaign's report has, and what they show."""

import base64
import csv
import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ionlink.data import outcomes
from ionlink.data.outcome_scale import axis_scale
from ionlink.data.prose import axis_label
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.objective import Objective
from ionlink.optimize.replicate import candidate_directory
from ionlink.optimize.report import figures

MOST_CURVES = 6
"""More radial distribution functions than this cannot be told apart in one figure."""


@dataclass(frozen=True)
class Drawing:
    """An image inside the page."""

    source: str
    """A `data:` address: the page needs no other file."""

    alt: str
    """What it shows, for those who do not see it."""

    @property
    def svg(self) -> str:
        """The image itself."""
        return base64.b64decode(self.source.partition(",")[2]).decode("utf-8")


def objective_drawings(campaign: Campaign) -> list[Drawing]:
    """Each pair of objectives against each other; the values of a single objective in a row each."""
    rows = campaign.ranking()
    rows = rows[rows["complete"].astype(bool)]
    if rows.empty:
        return []
    proposed, front = rows["candidate"].notna().tolist(), rows["on_front"].astype(bool).tolist()
    meanwhile = rows["candidate"].isna() & (rows["round"] > 0)
    others = "not asked for" if meanwhile.any() else "known before"
    if len(campaign.objectives) == 1:
        (only,) = campaign.objectives
        names = list(map(point_name, rows["cation"], rows["ligand"], rows["ratio"]))
        svg = figures.objective_strip(_quantity(rows, only), names, proposed, front, others)
        return [drawing_of(svg, f"{only.outcome} of {len(rows)} formulations")]
    return [
        drawing_of(
            figures.objective_scatter(_quantity(rows, x), _quantity(rows, y), _ranks(rows), proposed, front, others),
            f"{y.outcome} against {x.outcome} of {len(rows)} formulations, {sum(front)} of them on the Pareto front",
        )
        for x, y in itertools.combinations(campaign.objectives, 2)
    ]


def prediction_drawings(campaign: Campaign) -> list[Drawing]:
    """For each objective, what was predicted when a candidate was proposed against what was observed then."""
    found = (_prediction_drawing(campaign, objective) for objective in campaign.objectives)
    return [drawing for drawing in found if drawing is not None]


def hypervolume_drawing(campaign: Campaign) -> Drawing | None:
    """Hypervolume, or the best desirability of a single objective, after each round."""
    rounds = range(len(campaign.store.rounds()) + 1)
    reached = [(number, campaign.hypervolume(until_round=number)) for number in rounds]
    known = [(number, value) for number, value in reached if value is not None]
    if len(known) < 2:
        return None
    label = "dominated hypervolume\n(product of desirabilities)"
    if campaign.aim.combine != "pareto":
        label = "best value of\nall objectives combined"
    elif campaign.aim.dimension == 1:
        label = f"best desirability of\n{outcomes()[campaign.objectives[0].outcome].learned_label}"
    svg = figures.progress_per_round([number for number, _ in known], [value for _, value in known], label)
    return drawing_of(svg, "; ".join(f"round {number}: {value:.4g}" for number, value in known))


def radial_drawing(campaign: Campaign, runs: Path) -> tuple[Drawing | None, str]:
    """Radial distribution functions of the winners, and a phrase that says whose they are.

    The winners are the candidates on the Pareto front; where none of those was simulated, all that were.
    """
    winners = set(campaign.pareto()["candidate"].dropna().astype(int))
    simulated = [(candidate, curve) for candidate in campaign.candidates if (curve := _curve(candidate, runs))]
    best = [(candidate, curve) for candidate, curve in simulated if candidate.id in winners]
    chosen, who = (best, "the candidates on the Pareto front") if best else (simulated, "the simulated candidates")
    if not chosen:
        return None, ""
    if len(chosen) > MOST_CURVES:
        who = f"the first {MOST_CURVES} of {who}"
    curves = [curve for _, curve in chosen[:MOST_CURVES]]
    return drawing_of(figures.radial_distribution(curves), f"g(r) of {', '.join(c.name for c in curves)}"), who


def point_name(cation: object, ligand: object, ratio: float) -> str:
    """A formulation as a label in a figure."""
    return f"{cation} {ligand} {ratio:.3g}"


def _prediction_drawing(campaign: Campaign, objective: Objective) -> Drawing | None:
    rows = campaign.ranking().dropna(subset=["candidate", objective.outcome])
    rows = rows.drop_duplicates("candidate").set_index("candidate")
    compared = [c for c in campaign.candidates if c.id in rows.index and objective.outcome in c.predicted]
    if not compared:
        return None
    predictions = [candidate.predicted[objective.outcome] for candidate in compared]
    label = axis_label(objective.outcome, _unit(objective))
    predicted = figures.Quantity(
        label,
        np.array([p.mean for p in predictions]),
        np.array([p.standard_deviation for p in predictions]),
        scale=axis_scale(objective.outcome),
    )
    rows = rows.loc[[candidate.id for candidate in compared]]
    svg = figures.predicted_against_observed(predicted, _quantity(rows, objective), _ranks(rows))
    return drawing_of(svg, f"predicted and observed {objective.outcome} of {len(compared)} candidates")


def _curve(candidate: Candidate, runs: Path) -> figures.Curve | None:
    """Mean g(r) over the replicates, on the distances of the first one."""
    files = sorted(candidate_directory(runs, candidate).glob("replicate-*/rdf.csv"))
    tables = [table for table in map(_read_rdf, files) if len(table)]
    if not tables:
        return None
    r = tables[0][:, 0]
    mean = np.mean([np.interp(r, table[:, 0], table[:, 1]) for table in tables], axis=0)
    return figures.Curve(_name_of(candidate), r, mean)


def _name_of(candidate: Candidate) -> str:
    point = candidate.formulation
    return point_name(point.cation, point.ligand, point.known_ratio)


def _read_rdf(path: Path) -> figures.Floats:
    """An `n x 2` matrix: distance in Å, g(r)."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [(float(row["r_angstrom"]), float(row["g_r"])) for row in csv.DictReader(stream)]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _quantity(rows: pd.DataFrame, objective: Objective) -> figures.Quantity:
    name = objective.outcome
    return figures.Quantity(
        axis_label(name, _unit(objective)),
        rows[name].to_numpy(dtype=np.float64),
        rows[f"{name}_standard_error"].to_numpy(dtype=np.float64),
        (objective.lower, objective.upper) if objective.goal == "window" else None,
        axis_scale(name),
    )


def _ranks(rows: pd.DataFrame) -> list[str]:
    """Numbers under which the ranked table has the rows: short enough to stand beside a point."""
    return [str(rank) for rank in rows["rank"]]


def _unit(objective: Objective) -> str:
    return outcomes()[objective.outcome].unit


def drawing_of(svg: str, alt: str) -> Drawing:
    """An SVG, and what it shows in words."""
    return Drawing("data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(), alt)
