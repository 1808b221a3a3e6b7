"""`ionlink campaign`: make, run, ask, tell, look at and report a campaign."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.cli import campaign_levels, campaign_records, campaign_telling, campaign_why
from ionlink.cli.campaign_directory import Directory, opened_campaign, read_declaration, track, warnings_on_stderr
from ionlink.cli.console import Json, campaign_command, print_json, print_table, records
from ionlink.cli.given_once import App

if TYPE_CHECKING:
    from ionlink.data.formulation import Formulation
    from ionlink.optimize import Campaign, CampaignConfig, Candidate
    from ionlink.optimize.config import Simulation

app = App(help="Make, run, ask, tell and report a campaign.", no_args_is_help=True)
campaign_records.add_to(app)
campaign_telling.add_to(app)
app.command()(campaign_why.why)

DEFAULT_PRESET = "model-case"
SHOWN_ROWS = 10


@app.command()
def new(
    directory: Directory,
    preset: Annotated[str | None, typer.Option(help="A shipped campaign; default: model-case.")] = None,
    source: Annotated[Path | None, typer.Option("--from", metavar="FILE", help="Your own TOML file.")] = None,
    as_json: Json = False,
) -> None:
    """Make a campaign's directory from a preset or from a TOML file."""
    from ionlink.optimize import CampaignConfig, create_campaign_directory
    from ionlink.optimize.left_out import left_out

    text = _declaration(preset, source)
    named = [str(source)] if source else []
    declared = CampaignConfig.parse(text, *named)
    campaign_levels.check_levels(declared, *named)
    config = create_campaign_directory(directory, text, campaign_levels.protocols_of(declared))
    gone = left_out(config.space)
    if as_json:
        print_json({"directory": directory, "name": config.campaign.name, "left_out": gone})
        return
    for member, reason in gone.items():
        typer.echo(f"{member} is never proposed: {reason.removeprefix(f'{member}: ')}")
    for level in campaign_levels.own_levels(config):
        typer.echo(f"level {level} is neither lab nor a simulation: people observe there, and name it in their tables")
    verb = "run" if config.simulation else "ask"
    typer.echo(f"{directory} holds the campaign {config.campaign.name}; next: {campaign_command(verb, directory)}")


@app.command()
def run(directory: Directory, as_json: Json = False) -> None:
    """Propose and simulate until the budget is spent; the same command goes on where it was stopped."""
    from ionlink.optimize.directory import read_config

    config = read_config(directory)
    settings = _simulation(config)

    from ionlink.cli.progress import watching
    from ionlink.cli.simulation_force_fields import ForceFieldsFirst
    from ionlink.optimize import LocalExecutor, run_campaign
    from ionlink.optimize.report.document import write_figures, write_report
    from ionlink.optimize.tracking import MlflowTracker

    tracker = MlflowTracker.of(directory)
    with warnings_on_stderr():
        with watching(directory) as progress:
            oracles = campaign_levels.oracles_of(config)
            executor = ForceFieldsFirst(LocalExecutor(settings.workers))
            run_campaign(directory, oracles, executor, progress, tracker)
        report = write_report(directory, oracles)
        with opened_campaign(directory) as campaign:
            if tracker is not None:
                tracker.log_files(campaign, [report, *write_figures(directory)])
            _print_standing(campaign, report, as_json)
            if not as_json:
                _print_mishaps(directory, campaign)


@app.command()
def ask(
    directory: Directory,
    n: Annotated[int | None, typer.Option("-n", min=1, help="How many; default: the batch of the budget.")] = None,
    replicates_more: Annotated[
        int, typer.Option(min=0, help="Up to so many more replicates of what was observed, where they gain more.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Propose formulations to measure or simulate next, and say why."""
    from ionlink.optimize.directory import CampaignPaths, read_config
    from ionlink.optimize.outlook import reasons_to_stop
    from ionlink.optimize.recorded_costs import costs_of, costs_of_rules

    config = read_config(directory)
    with opened_campaign(directory) as campaign:
        oracles, runs = campaign_levels.shipped_oracles(config), CampaignPaths(directory).runs
        decide, own = config.decide(replicates_more), oracles.get(config.level)
        stops = reasons_to_stop(campaign, config, costs_of_rules(campaign, config, oracles, runs))
        cost = costs_of(campaign, oracles, runs, decides=decide.more > 0)
        candidates = campaign.ask(n or config.budget.batch, own.refusal if own else None, cost, decide)
    for stop in stops:
        typer.echo(stop, err=as_json)
    if as_json:
        print_json(candidates)
        return
    _print_candidates(candidates, several_levels=len(config.levels) > 1)
    campaign_why.print_reasons(candidates)
    campaign_levels.print_next_steps(directory, config, candidates)


@app.command()
def status(directory: Directory, as_json: Json = False) -> None:
    """Say where the campaign stands, and what is still to gain."""
    from ionlink.optimize.directory import CampaignPaths, read_config
    from ionlink.optimize.outlook import reference_values, reference_words, verdicts
    from ionlink.optimize.recorded_costs import costs_of_rules
    from ionlink.optimize.stopping import still_to_gain

    config = read_config(directory)
    with opened_campaign(directory) as campaign:
        rounds, by_status = len(campaign.store.rounds()), campaign.became()
        oracles = campaign_levels.oracles_of_rules(config)
        cost = costs_of_rules(campaign, config, oracles, CampaignPaths(directory).runs)
        if as_json:
            counts = {"rounds": rounds, "rounds_budget": config.budget.rounds, "candidates": by_status}
            remaining = still_to_gain(campaign)
            stop = verdicts(campaign, config.stop.rules, remaining, cost)
            reference = reference_values(campaign, remaining)
            gain = (
                {"reason": remaining}
                if isinstance(remaining, str)
                else {**asdict(remaining), "share": remaining.share, "reference": reference}
            )
            rows = {
                "pending": campaign.pending,
                "given_up": campaign.given_up,
                "missing": campaign.missing(),
                "ranking": records(campaign.ranking()),
            }
            print_json({**counts, **rows, "remaining_improvement": gain, "stop": [asdict(verdict) for verdict in stop]})
            return
        candidates = ", ".join(f"{number} {name}" for name, number in sorted(by_status.items())) or "none yet"
        typer.echo(f"{config.campaign.name}: {rounds} of {config.budget.rounds} rounds asked; candidates: {candidates}")
        if campaign.pending:
            _print_candidates(campaign.pending, several_levels=len(config.levels) > 1)
        if campaign.given_up:
            _print_given_up(campaign.given_up)
        _print_missing(directory, campaign)
        _print_mishaps(directory, campaign)
        _print_ranking(campaign)
        _print_other_levels(directory, campaign)
        remaining = still_to_gain(campaign)
        counted = "hypervolume" if campaign.aim.dimension > 1 else "the best value"
        typer.echo(f"still to gain, in {counted}: {remaining}")
        if measured_from := reference_words(campaign, remaining):
            typer.echo(f"the hypervolume is measured from: {measured_from}")
        for verdict in verdicts(campaign, config.stop.rules, remaining, cost):
            typer.echo(f"{'stop' if verdict.stops else 'go on'}, {verdict.rule}: {verdict.reason}")


@app.command()
def report(directory: Directory, as_json: Json = False) -> None:
    """Write the report, one HTML file."""
    from ionlink.optimize.directory import read_config
    from ionlink.optimize.report.document import write_report

    with warnings_on_stderr():
        path = write_report(directory, campaign_levels.oracles_of_rules(read_config(directory)))
        with opened_campaign(directory) as campaign:
            track(directory, campaign, [path])
    if as_json:
        print_json({"report": path})
    else:
        typer.echo(path)


def presets() -> dict[str, str]:
    """Text of every shipped declaration of a campaign, by name; those of `ionlink train` are apart."""
    from importlib import resources

    folder = resources.files("ionlink").joinpath("presets")
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return {
        name.removesuffix(".toml"): folder.joinpath(name).read_text(encoding="utf-8")
        for name in names
        if not name.startswith("train-")
    }


def _declaration(preset: str | None, source: Path | None) -> str:
    from ionlink.data.errors import InputError

    if preset is not None and source is not None:
        raise InputError("give either --preset or --from, not both")
    if source is not None:
        return read_declaration(source)
    shipped = presets()
    name = preset or DEFAULT_PRESET
    if name not in shipped:
        raise InputError(f"--preset: there is no {name}; there are {', '.join(shipped)}")
    return shipped[name]


def _simulation(config: "CampaignConfig") -> "Simulation":
    from ionlink.data.errors import InputError

    if config.simulation is None:
        raise InputError("this campaign has no [simulation]: it is for measurements, so use campaign ask and tell")
    return config.simulation


def _print_candidates(candidates: "Sequence[Candidate]", *, several_levels: bool) -> None:
    """What is to be tried; what goes without saying of all of them is not shown."""
    from ionlink.data.lab_table import LAB_LEVEL
    from ionlink.optimize.ways import ways

    with_level = several_levels or any(c.level != LAB_LEVEL for c in candidates)
    with_kind = any(c.kind != "new" for c in candidates)
    with_replicates = with_kind or any(c.replicates > 1 for c in candidates)
    rows = [
        {
            "candidate": c.id,
            **_point(c.formulation),
            "level": c.level if with_level else None,
            "replicates": c.replicates if with_replicates else None,
            "kind": c.kind if with_kind else None,
            "proposed by": c.proposed_by.partition(": ")[0],
        }
        for c in candidates
    ]
    shown = [name for name in rows[0] if any(row[name] is not None for row in rows)] if rows else []
    print_table(shown, [[row[name] for name in shown] for row in rows])
    for way in ways((c.round, c.proposed_by) for c in candidates if ": " in c.proposed_by):
        typer.echo(way)


def _point(formulation: "Formulation") -> dict[str, object]:
    """Cells by the columns of a lab table, which is to be written of it."""
    from ionlink.data.formulation import CONDITIONS

    return {name: getattr(formulation, name) for name in ("cation", "ligand", "ratio", *CONDITIONS)}


def _print_given_up(candidates: "Sequence[Candidate]") -> None:
    levels = " and ".join(dict.fromkeys(candidate.level for candidate in candidates))
    ids = ", ".join(str(candidate.id) for candidate in candidates)
    typer.echo(
        f"given up, as the campaign observes at level {levels} no more: {ids}; what is told of them still counts"
    )


def _print_other_levels(directory: Path, campaign: "Campaign") -> None:
    """How much was observed at levels that the ranking is not of, and where to look."""
    from ionlink.data.plural import counted

    made = {level.name: len(campaign.made(level.name)) for level in campaign.known_levels[:-1]}
    if found := [f"{counted(number, 'formulation')} at level {name}" for name, number in made.items() if number]:
        listing = campaign_command("history", directory)
        typer.echo(f"observed beside: {', '.join(found)}; they are listed by: {listing}")


def _print_missing(directory: Path, campaign: "Campaign") -> None:
    """What was not observed of candidates that are done, in a line for the candidates that lack the same."""
    by_outcomes: dict[tuple[str, ...], list[str]] = {}
    for number, names in campaign.missing().items():
        by_outcomes.setdefault(names, []).append(str(number))
    for names, numbers in by_outcomes.items():
        typer.echo(
            f"done, but without {' and '.join(names)}: candidate{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"
        )
    if by_outcomes and campaign.protocol is None:
        typer.echo(f"what to weigh for these: {campaign_command('sheet', directory, '--missing')}")


def _print_mishaps(directory: Path, campaign: "Campaign") -> None:
    """Candidates whose failure says nothing of the formulation, and how they are tried again."""
    if ids := ", ".join(str(candidate.id) for candidate in campaign.mishaps):
        again = campaign_command("retry", directory)
        typer.echo(f"failed in a way that says nothing of the formulation: {ids}; to try again: {again}")


def _print_standing(campaign: "Campaign", report: Path, as_json: bool) -> None:
    if as_json:
        print_json({"report": report, "ranking": records(campaign.ranking())})
        return
    _print_ranking(campaign)
    typer.echo(f"\nReport: {report}")


def _print_ranking(campaign: "Campaign") -> None:
    """The best observed formulations, with standard errors."""
    from ionlink.optimize.report.tables import objective_rows, ranked_rows

    rows = ranked_rows(campaign)
    if not rows:
        return
    constrained = bool(campaign.aim.constraints)
    names = [f"{o.name} ({o.unit})" if o.unit else o.name for o in objective_rows(campaign.aim)]
    names += ["constraints hold"] if constrained else []
    found = [(*r.numbers, r.holds) if constrained else r.numbers for r in rows[:SHOWN_ROWS]]
    points = [_point(row.formulation) | {"ratio": row.ratio} for row in rows[:SHOWN_ROWS]]
    said = [name for name in points[0] if any(point[name] is not None for point in points)]
    cells = [[point[name] for name in said] for point in points]
    shown = [(*p, *f, r.on_front, r.origin) for r, p, f in zip(rows, cells, found, strict=False)]
    where = f" at level {campaign.level}" if campaign.has_levels else ""
    title = f"Best {len(shown)} of {len(rows)} formulations observed{where}, ± one standard error"
    print_table((*said, *names, "Pareto front", "from"), shown, title)
