"""A campaign's content as tables, for files and trackers."""

import pandas as pd

from ionlink.data import outcomes
from ionlink.optimize.campaign import Campaign


def candidate_table(campaign: Campaign) -> pd.DataFrame:
    """One row per candidate.

    Columns: id, round, cation, ligand, ratio (donor groups per cation), status, reason, proposed_by, and for each
    objective `<outcome>_predicted` and `<outcome>_predicted_deviation`, as expected when it was proposed.
    """
    rows = []
    for candidate in campaign.candidates:
        row: dict[str, object] = {
            "id": candidate.id,
            "round": candidate.round,
            **candidate.formulation.model_dump(),
            **candidate.model_dump(include={"status", "reason", "proposed_by"}),
        }
        for objective in campaign.objectives:
            expected = candidate.predicted.get(objective.outcome)
            row[f"{objective.outcome}_predicted"] = expected.mean if expected else float("nan")
            row[f"{objective.outcome}_predicted_deviation"] = expected.standard_deviation if expected else float("nan")
        rows.append(row)
    return pd.DataFrame(rows)


def observation_table(campaign: Campaign) -> pd.DataFrame:
    """One row per observation of the store, of all levels: the fields of `Observation`, and the outcome's unit."""
    units = {name: outcome.unit for name, outcome in outcomes().items()}
    rows = [
        {**o.formulation.model_dump(), **o.model_dump(exclude={"formulation"}), "unit": units[o.outcome]}
        for o in campaign.store.observations()
    ]
    return pd.DataFrame(rows)
