"""`ionlink campaign`: what was told, bench sheets, and campaigns that move, fork or are compared."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.cli.campaign_directory import Directory, opened_campaign, published, warnings_on_stderr
from ionlink.cli.console import Json, campaign_command, print_json, print_table, records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ionlink.optimize.bench_sheet import BenchSheet
    from ionlink.optimize.rows import Recorded

Replace = Annotated[bool, typer.Option("--replace", help="Overwrite the file if it exists.")]
NewDirectory = Annotated[Path, typer.Argument(metavar="NEWDIR", help="A directory to make.", show_default=False)]


def history(
    directory: Directory,
    everything: Annotated[bool, typer.Option("--all", help="Also what the knowledge base told at the start.")] = False,
    as_json: Json = False,
) -> None:
    """List what was told, with ids, and what was corrected and why."""
    with opened_campaign(directory) as campaign:
        told = campaign.history()
    shown = told if everything else _beyond_the_knowledge_base(told)
    if as_json:
        print_json(shown)
        return
    columns = ("id", "told (UTC)", "formulation", "outcome", "value", "standard error", "unit", "level", "source")
    names = ["candidate"] if any(record.candidate for record in shown) else []
    rows = [(*_told_row(r), *([r.candidate] if names else []), _superseded(r), r.correction) for r in shown]
    print_table((*columns, *names, "corrected by", "because"), rows)
    if len(shown) < len(told):
        typer.echo(f"not shown: {len(told) - len(shown)} observations of the knowledge base; --all shows them")


def sheet(
    directory: Directory,
    polymer_mass_g: Annotated[float, typer.Option(help="Polymer solution per sample.")],
    polymer_solids_percent: Annotated[float, typer.Option(help="Polymer in it, by mass.")],
    polymer_form: Annotated[
        str, typer.Option(help="What the solids are: the acid (H+), or its Li+, Na+, K+ or NH4+ salt near pH 7.")
    ] = "H+",
    salt: Annotated[
        list[str] | None, typer.Option(metavar="CATION=FORMULA", help="Your salt, such as Fe3+=FeCl3·6H2O; repeatable.")
    ] = None,
    salt_stock_mol_l: Annotated[float | None, typer.Option(help="Moles of salt per litre of your stock.")] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Of candidates that are done, those of which outcomes are missing.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="File to write: .csv (which tell takes back), .md, .html.")] = None,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Say what to weigh for each pending candidate, with empty columns for what comes out."""
    from pydantic import ValidationError

    from ionlink.data.csv_table import describe
    from ionlink.data.errors import InputError
    from ionlink.data.polymer_solution import PolymerSolution

    fields = {"mass_g": polymer_mass_g, "solids_percent": polymer_solids_percent, "form": polymer_form}
    try:
        solution = PolymerSolution.model_validate(
            {**fields, "salt_stock_mol_l": salt_stock_mol_l, "salts": _salts(salt or [])}
        )
    except ValidationError as error:
        raise InputError(describe(error, "polymer solution")) from error
    with opened_campaign(directory) as campaign:
        made = campaign.bench_sheet(solution, missing=missing)
    if out is not None:
        _write(out, _in_form(made, out.suffix), replace)
    if as_json:
        print_json(made.rows)
    elif out is None:
        shown = [name for name in made.columns if any(row.get(name) is not None for row in made.rows)]
        print_table(shown, [[row.get(name) for name in shown] for row in made.rows])
    elif out.suffix == ".csv":
        typer.echo(f"{out}; filled in, it goes back by: {campaign_command('tell', directory, out)}")
    else:
        typer.echo(f"{out}, to read and to print; what goes back by tell is a sheet that ends in .csv, or a lab table")


def export(
    directory: Directory,
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="File to write.", show_default=False)],
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Write the whole campaign to one JSON file, but for the files of its simulations."""
    from ionlink.optimize.moving import export_directory

    with warnings_on_stderr():
        text = export_directory(directory)
    _write(file, text, replace)
    if as_json:
        print_json({"file": file})
    else:
        typer.echo(f"{file}; it comes back by: {campaign_command('import', file, 'NEWDIR')}")


def import_campaign(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="What export wrote.", show_default=False)],
    directory: NewDirectory,
    as_json: Json = False,
) -> None:
    """Make a campaign's directory from an exported file; it goes on where the exported one stood."""
    from ionlink.data.errors import InputError
    from ionlink.optimize.moving import import_directory

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read as text: {error}") from error
    _made(directory, import_directory(text, directory, str(file)).campaign.name, as_json)


def fork(
    directory: Directory,
    new: NewDirectory,
    until_round: Annotated[
        int | None, typer.Option(min=0, help="Go on from what was known before the round after this one was asked for.")
    ] = None,
    source: Annotated[Path | None, typer.Option("--from", metavar="FILE", help="Its TOML file, if it differs.")] = None,
    as_json: Json = False,
) -> None:
    """What if: make a campaign that goes on from this one, or from an earlier round of it, and may want otherwise."""
    from ionlink.cli.campaign_directory import read_declaration
    from ionlink.cli.campaign_levels import check_levels, protocols_of
    from ionlink.optimize import CampaignConfig
    from ionlink.optimize.directory import read_config
    from ionlink.optimize.moving import fork_directory

    text = None if source is None else read_declaration(source)
    config = read_config(directory) if text is None else CampaignConfig.parse(text, str(source))
    if text is not None:
        check_levels(config, str(source))
    with warnings_on_stderr():
        made = fork_directory(directory, new, text, until_round, protocols_of(config))
    before = read_config(directory).level
    if not as_json and made.level != before:
        typer.echo(f"its values count at level {made.level}; those of level {before} tell of it as another level does")
    _made(new, made.campaign.name, as_json)


def compare(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Directories of campaigns.")],
    mlruns: Annotated[Path | None, typer.Option(help="MLflow's folder, to see them side by side there.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write the table to.")] = None,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Say how far each campaign got with how many evaluations, by the objectives of the first."""
    from contextlib import ExitStack

    from ionlink.data.csv_table import repeated
    from ionlink.data.errors import InputError
    from ionlink.optimize.comparison import compare as table_of
    from ionlink.optimize.comparison import reached_words

    if twice := repeated(map(str, directories)):
        raise InputError(f"{path}: is named twice" for path in twice)
    with ExitStack() as stack:
        campaigns = {str(path): stack.enter_context(opened_campaign(path)) for path in directories}
        table, reached = table_of(campaigns), reached_words(campaigns)
        if mlruns is not None:
            from ionlink.optimize.comparison_tracking import log_comparison
            from ionlink.optimize.tracking_trouble import only_warning

            with warnings_on_stderr(), only_warning(mlruns):
                log_comparison(campaigns, mlruns)
    if out is not None:
        _write(out, table.to_csv(index=False), replace)
    if as_json:
        print_json(records(table))
    else:
        print_table([_with_unit(column) for column in table.columns], table.itertuples(index=False))
        typer.echo(f"reached: {reached}")


def add_to(app: typer.Typer) -> None:
    """Make commands of the functions above."""
    for command in (history, sheet, export, fork, compare):
        app.command()(command)
    app.command("import")(import_campaign)


def _with_unit(column: str) -> str:
    """The title of a column, with the unit of the outcome whose best values it has."""
    from ionlink.data import outcomes
    from ionlink.data.prose import unit_symbol

    known = outcomes().get(column.removesuffix("_best"))
    unit = unit_symbol(known.unit) if known else ""
    return f"{column} ({unit})" if unit else column


def _beyond_the_knowledge_base(told: "Sequence[Recorded]") -> "list[Recorded]":
    """What people and simulations told, and what of the knowledge base they corrected."""
    theirs = {record.id for record in published(told)}
    return [record for record in told if record.superseded_by is not None or record.id not in theirs]


def _told_row(record: "Recorded") -> tuple[object, ...]:
    from ionlink.data.catalogue import outcome_named

    seen = record.observation
    value = f"{'' if seen.bound == '=' else seen.bound}{seen.value:.6g}"
    what = (str(seen.formulation), seen.outcome, value, seen.standard_error, outcome_named(seen.outcome).unit)
    when = f"{record.told_at:%Y-%m-%d %H:%M}"
    return (record.id, when, *what, seen.level, seen.source)


def _superseded(record: "Recorded") -> int | str | None:
    return "withdrawn" if record.withdrawn else record.superseded_by


def _salts(given: list[str]) -> dict[str, str]:
    from ionlink.data.csv_table import repeated
    from ionlink.data.errors import InputError

    if wrong := [text for text in given if not all(text.partition("="))]:
        raise InputError(f"--salt: '{text}' is not CATION=FORMULA, such as Fe3+=FeCl3·6H2O" for text in wrong)
    pairs = [(cation.strip(), formula.strip()) for cation, _, formula in (text.partition("=") for text in given)]
    if twice := repeated(cation for cation, _ in pairs):
        raise InputError(f"--salt: {cation} is given more than once; name one salt" for cation in twice)
    return dict(pairs)


def _in_form(made: "BenchSheet", suffix: str) -> str:
    from ionlink.data.errors import InputError

    forms = {".md": made.markdown, ".html": made.html}
    if suffix == ".csv":
        return f"\ufeff{made.csv()}"  # without the mark, spreadsheets take UTF-8 for something else
    if suffix not in forms:
        raise InputError(f"--out: '{suffix}' is no form of the sheet; name a file that ends in .csv, .md or .html")
    return forms[suffix]()


def _write(file: Path, text: str, replace: bool) -> None:
    from ionlink.data.errors import InputError
    from ionlink.data.whole_file import write_whole

    if file.exists() and not replace:
        raise InputError(f"{file}: exists; --replace overwrites it")
    write_whole(file, text)


def _made(directory: Path, name: str, as_json: bool) -> None:
    if as_json:
        print_json({"directory": directory, "name": name})
    else:
        typer.echo(f"{directory} holds the campaign {name}; next: {campaign_command('status', directory)}")
