"""`ionlink explain`: why the surrogate says what it says of one outcome."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.cli.console import Json, print_json, print_table, records

if TYPE_CHECKING:
    from ionlink.explanation import Explanation


def explain(
    outcome: Annotated[str, typer.Option(help="Such as crosslink_strength; see ionlink data show outcomes.")],
    cation: Annotated[str | None, typer.Option(help="With ligand and ratio: explain this formulation as well.")] = None,
    ligand: Annotated[str | None, typer.Option(help="Name or synonym, such as PF-COO.")] = None,
    ratio: Annotated[float | None, typer.Option(help="Donor groups per cation: 60 means COO:M = 60:1.")] = None,
    second_cation: Annotated[str | None, typer.Option(help="Of a mixture the other cation.")] = None,
    second_fraction: Annotated[float | None, typer.Option(help="Share of the second cation: 0.3 means 30 %.")] = None,
    ph: Annotated[float | None, typer.Option(help="pH of the solution.")] = None,
    temperature_k: Annotated[float | None, typer.Option(help="Temperature in kelvin.")] = None,
    campaign: Annotated[
        Path | None, typer.Option(help="Learn from this campaign instead of the shipped observations.")
    ] = None,
    level: Annotated[str | None, typer.Option(help="Where observations come from: screen, literature, lab.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Saved surrogate: its directory, or models:/name/version of MLflow's registry.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw it: FILE.svg or FILE.png, which must not exist yet.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same explanation.")] = 0,
    as_json: Json = False,
) -> None:
    """Explain what moves an outcome: charge density, ionic radius, ligand identity or spatial configuration."""
    from ionlink.explanation import check_picture
    from ionlink.explanation import explain as explain_outcome

    if plot is not None:
        check_picture(plot)  # before the work, not after it
    explanation = explain_outcome(
        outcome=outcome,
        campaign=campaign,
        level=level,
        cation=cation,
        ligand=ligand,
        ratio=ratio,
        second_cation=second_cation,
        second_fraction=second_fraction,
        ph=ph,
        temperature_k=temperature_k,
        model=model,
        seed=seed,
    )
    drawn = explanation.plot(plot) if plot is not None else None
    if as_json:
        print_json({**_plain(explanation), "plot": drawn})
        return
    _print(explanation)
    if drawn is not None:
        typer.echo(f"\nFigure: {drawn}")


def _plain(explanation: "Explanation") -> dict[str, object]:
    fields = vars(explanation)
    plain = {name: records(value) if hasattr(value, "to_dict") else value for name, value in fields.items()}
    return {**plain, "statements": explanation.statements()}


def _print(explanation: "Explanation") -> None:
    from ionlink.explanation_text import in_unit, led_by

    unit = f" ({explanation.unit})" if explanation.unit != "1" else ""
    size = f"mean |attribution|{unit}"
    groups = explanation.global_attributions
    groups = groups.assign(led_by=[led_by(explanation, row) for _, row in groups.iterrows()])
    columns = ["group", "mean_absolute_attribution", "lower", "upper", "led_by"]
    print_table(
        ("group", size, "90 % from", "to", "mainly by"), _rows(groups, columns), f"What moves {explanation.outcome}"
    )
    typer.echo()
    columns = ["group_a", "group_b", "strength", "lower", "upper"]
    print_table(
        ("groups", "together", f"interaction{unit}", "90 % from", "to"), _rows(explanation.interactions, columns)
    )
    if explanation.asked is not None:
        asked = explanation.attributions[explanation.attributions["asked"]]
        typer.echo()
        columns = ["group", "attribution", "lower", "upper"]
        average, predicted = (in_unit(explanation, place) for place in (explanation.base, asked["prediction"].iloc[0]))
        title = f"{explanation.asked}: {average} on average, {predicted} predicted"
        print_table(("group", f"attribution{unit}", "90 % from", "to"), _rows(asked, columns), title)
    typer.echo()
    for sentence in explanation.statements():
        typer.echo(sentence)


def _rows(frame: object, columns: list[str]) -> list[tuple[object, ...]]:
    return list(frame[columns].itertuples(index=False, name=None))  # type: ignore[index]
