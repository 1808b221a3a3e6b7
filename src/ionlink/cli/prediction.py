"""`ionlink predict`: what the surrogate says of one formulation."""

from pathlib import Path
from typing import Annotated

import typer

from ionlink.cli.console import Json, print_json, print_table, records

Cation = Annotated[str, typer.Option(help="Such as Fe3+ or Fe(III).")]
Ligand = Annotated[str, typer.Option(help="Name or synonym, such as PF-COO.")]
Ratio = Annotated[float, typer.Option(help="Donor groups per cation: 60 means COO:M = 60:1.")]


def predict(
    cation: Cation,
    ligand: Ligand,
    ratio: Ratio,
    campaign: Annotated[
        Path | None, typer.Option(help="Learn from this campaign instead of the shipped observations.")
    ] = None,
    level: Annotated[str | None, typer.Option(help="Where observations come from: screen, literature, lab.")] = None,
    as_json: Json = False,
) -> None:
    """Predict the outcomes of one formulation, with standard deviations."""
    from ionlink.prediction import predict as predict_outcomes

    frame = predict_outcomes(cation=cation, ligand=ligand, ratio=ratio, campaign=campaign, level=level)
    if as_json:
        print_json(records(frame))
        return
    columns = ("outcome", "mean", "standard_deviation", "lower", "upper", "unit")
    print_table(
        ("outcome", "mean", "sd", "90 % from", "to", "unit"), frame[list(columns)].itertuples(index=False, name=None)
    )
    for reason in frame.loc[~frame["in_domain"].astype(bool), "domain_reason"].unique():
        typer.echo(f"outside of what was learned from: {reason}")
