"""`ionlink predict`: what the surrogate says of one formulation, a grid, or a table of any size."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ionlink.cli.console import Json, bounds_line, print_json, print_table, records

if TYPE_CHECKING:
    import pandas as pd

Cation = Annotated[str, typer.Option(help="Such as Fe3+ or Fe(III).")]
Ligand = Annotated[str, typer.Option(help="Name or synonym, such as PF-COO.")]
Ratio = Annotated[float, typer.Option(help="Donor groups per cation: 60 means COO:M = 60:1.")]

MOST_ROWS_PRINTED = 1000
"""More go into a file: nobody reads them, and JSON of them does not fit memory."""


def predict(
    cation: Annotated[str | None, typer.Option(help="Such as Fe3+ or Fe(III); with --ligand and --ratio.")] = None,
    ligand: Annotated[
        str | None,
        typer.Option(help="Name or synonym, such as PF-COO; of a small molecule its name or SMILES."),
    ] = None,
    ratio: Annotated[float | None, typer.Option(help="Donor groups per cation: 60 means COO:M = 60:1.")] = None,
    second_cation: Annotated[str | None, typer.Option(help="Of a mixture the other cation.")] = None,
    second_fraction: Annotated[float | None, typer.Option(help="Share of the second cation: 0.3 means 30 %.")] = None,
    ph: Annotated[float | None, typer.Option(help="pH of the solution.")] = None,
    temperature_k: Annotated[float | None, typer.Option(help="Temperature in kelvin.")] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            help="File with columns cation, ligand, ratio, and second_cation, second_fraction, ph, temperature_k where "
            "they matter: .csv or .parquet, of any size."
        ),
    ] = None,
    grid: Annotated[
        str | None,
        typer.Option(
            help="Every combination: 'cation=Fe3+, Al3+; ligand=all; ratio=8:60:25' (lowest:highest:how many, on a "
            "log scale) or 'ratio=8, 20, 60'; also ph=4:8:5 (on a linear scale), temperature_k, second_cation and "
            "second_fraction."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="New file to write to: .csv or .parquet.")] = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option(
            help="Such as crosslink_strength; more than once for several; default all, but for what simulations say of "
            "themselves."
        ),
    ] = None,
    interval: Annotated[float, typer.Option(help="Probability of the interval.")] = 0.9,
    noisy: Annotated[
        bool, typer.Option("--noisy", help="Uncertainty of a new observation, its noise included.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(
            help="Saved surrogate: its directory, or models:/name/version of MLflow's registry (mlruns/mlflow.db)."
        ),
    ] = None,
    campaign: Annotated[
        Path | None, typer.Option(help="Learn from this campaign instead of the shipped observations.")
    ] = None,
    level: Annotated[str | None, typer.Option(help="Where observations come from: screen, literature, lab.")] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--everything",
            help="Learn from bounds, rankings, other levels and related outcomes too, as far as they tell of it.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Predict outcomes of one formulation, of a table or of a grid, with standard deviations.

    Printed means and intervals end at what is possible, such as 0; those of --json and --out, as in Python, do not.
    """
    from ionlink.prediction import bounds_skipped, load_model, predict_stream
    from ionlink.table_file import check_new, write_parts

    if out is not None:
        check_new(out)
    learned = None if model is None else load_model(model)
    frames = predict_stream(
        table,
        cation=cation,
        ligand=ligand,
        ratio=ratio,
        second_cation=second_cation,
        second_fraction=second_fraction,
        ph=ph,
        temperature_k=temperature_k,
        grid=None if grid is None else read_grid(grid),
        outcomes=outcome or None,
        interval=interval,
        noisy=noisy,
        model=learned,
        campaign=campaign,
        level=level,
        everything=everything,
        progress=out is not None,
    )
    if not everything and (skipped := bounds_skipped(outcome or None, level, campaign, learned)):
        typer.echo(
            bounds_line(skipped, None if learned else "--everything"), err=True
        )  # not among what a machine reads
    if out is None:
        _show(_few(frames), interval, as_json=as_json)
        return
    rows = write_parts(frames, out)
    if as_json:
        print_json({"out": out, "rows": rows})
    else:
        typer.echo(f"{out}: {rows} predictions")


def read_grid(text: str) -> dict[str, object]:
    """The axes of a grid as typed, such as `cation=all; ligand=PAA, PF-COO; ratio=8:100:25`.

    Raises:
        InputError: with one line for each part that does not read as `name=values`.

    >>> read_grid("cation=all; ligand=PAA, PF-COO; ratio=8:100:25")
    {'cation': 'all', 'ligand': ['PAA', 'PF-COO'], 'ratio': (8.0, 100.0, 25)}

    """
    from ionlink.data.errors import InputError
    from ionlink.data.formulation_columns import NUMBERS

    faults: list[str] = []
    axes: dict[str, object] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, separator, values = (piece.strip() for piece in part.partition("="))
        if not separator or not values:
            faults.append(f"grid: '{part}' does not read as name=values, such as ligand=PAA, PF-COO")
        elif name in axes:
            faults.append(f"grid: {name} stands twice")
        else:
            try:
                axes[name] = _numbers(name, values) if name in NUMBERS else _names(values)
            except InputError as error:
                faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    return axes


def _names(values: str) -> str | list[str]:
    return values if values == "all" else [name.strip() for name in values.split(",") if name.strip()]


def _numbers(name: str, values: str) -> list[float] | tuple[float, float, int]:
    from ionlink.data.errors import InputError

    try:
        if ":" not in values:
            return [float(value) for value in values.split(",")]
        lowest, highest, count = values.split(":")
        return float(lowest), float(highest), int(count)
    except ValueError as error:
        raise InputError(
            f"grid: {name}={values} does not read as numbers ({name}=8, 20) or lowest:highest:how many ({name}=8:20:5)"
        ) from error


def _few(frames: Any) -> "pd.DataFrame":  # noqa: ANN401 - an iterator of tables; pandas loads only when used
    """The tables as one; `InputError` where they are too many to print."""
    import pandas as pd

    from ionlink.data.errors import InputError

    found: list[pd.DataFrame] = []
    rows = 0
    for frame in frames:
        found.append(frame)
        rows += len(frame)
        if rows > MOST_ROWS_PRINTED:
            raise InputError(f"more than {MOST_ROWS_PRINTED} predictions; --out predictions.csv writes them to a file")
    return pd.concat(found, ignore_index=True)


def _show(frame: "pd.DataFrame", interval: float, *, as_json: bool) -> None:
    from ionlink.data.formulation_columns import READ

    if as_json:
        print_json(records(frame))
        return
    uncut, frame = frame, _within_the_possible(frame)
    columns = ["outcome", "mean", "standard_deviation", "lower", "upper", "unit", "in_domain"]
    titles = ["outcome", "mean", "sd", f"{100 * interval:.4g} % from", "to", "unit", "in domain"]
    keys = [name for name in READ if name in frame]
    if len(frame[keys].drop_duplicates()) > 1:
        columns, titles = [*keys, *columns], [*keys, *titles]
    print_table(titles, frame[columns].itertuples(index=False, name=None))
    if not frame.equals(uncut):
        typer.echo("means and intervals end here at what is possible; --json, --out and Python give them uncut")
    outside = frame[~frame["in_domain"].astype(bool)]
    for reason, rows in outside.groupby("domain_reason", sort=False):
        of_all = set(rows["outcome"]) == set(frame["outcome"])
        outcomes = "" if of_all else f"{', '.join(rows['outcome'].unique())} "
        typer.echo(f"{outcomes}outside of what was learned from: {reason}")


def _within_the_possible(frame: "pd.DataFrame") -> "pd.DataFrame":
    """For a reader: a Gaussian knows no limits, but means and intervals end at what is possible."""
    from ionlink.data import outcomes

    columns = ["mean", "lower", "upper"]
    limits = (outcomes()[name] for name in frame["outcome"])
    rows = zip(limits, frame[columns].itertuples(index=False, name=None), strict=True)
    possible = [[outcome.nearest_possible(value) for value in values] for outcome, values in rows]
    return frame.assign(**{name: [row[place] for row in possible] for place, name in enumerate(columns)})
