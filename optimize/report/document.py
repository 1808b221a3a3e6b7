"""Puts a report together and writes it."""

import platform
from collections.abc import Mapping
from contextlib import closing
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from ionlink.data.plural import counted
from ionlink.data.whole_file import write_whole
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.config import CampaignConfig
from ionlink.optimize.costs import ExpectedCost
from ionlink.optimize.decision import Level
from ionlink.optimize.directory import CampaignPaths, campaign_of, open_store, read_config
from ionlink.optimize.oracle import Oracle
from ionlink.optimize.outlook import reference_words, verdicts
from ionlink.optimize.recorded_costs import costs_of_rules
from ionlink.optimize.report import tables
from ionlink.optimize.report.drawings import (
    hypervolume_drawing,
    objective_drawings,
    prediction_drawings,
    radial_drawing,
)
from ionlink.optimize.report.reasons import forecast_drawings, improvement_drawing, round_reasons
from ionlink.optimize.report.statements import RESOLVED_AT
from ionlink.optimize.stopping import still_to_gain
from ionlink.optimize.ways import ways

REPORT_FILE = "report.html"
_REPORTED_PACKAGES = ("ionlink", "botorch", "gpytorch", "torch", "openmm", "rdkit")


def write_report(directory: Path, oracles: Mapping[str, Oracle] = MappingProxyType({})) -> Path:
    """Write `report.html` into a campaign's directory, over an older one, and return its path.

    `oracles` are what observes its levels, by name, where a rule counts what that costs.

    Raises:
        InputError: when `directory` is no campaign's.
    """
    paths = CampaignPaths(directory)
    config = read_config(directory)
    configuration = paths.config.read_text(encoding="utf-8-sig")
    with closing(open_store(directory, config)) as store:
        campaign = campaign_of(config, store)
        cost = costs_of_rules(campaign, config, oracles, paths.runs)
        text = report_html(campaign, config, configuration, paths.runs, cost)
    report = directory / REPORT_FILE
    write_whole(report, text)
    return report


def write_figures(directory: Path) -> list[Path]:
    """Write the figures of the report as SVG files into `figures` of a campaign's directory; return their paths.

    Raises:
        InputError: when `directory` is no campaign's.
    """
    paths = CampaignPaths(directory)
    config = read_config(directory)
    with closing(open_store(directory, config)) as store:
        campaign = campaign_of(config, store)
        drawings = {
            "hypervolume": hypervolume_drawing(campaign),
            "radial_distribution": radial_drawing(campaign, paths.runs)[0],
            **{f"objectives_{k}": drawing for k, drawing in enumerate(objective_drawings(campaign), start=1)},
            **{f"predicted_{k}": drawing for k, drawing in enumerate(prediction_drawings(campaign), start=1)},
            **{f"expected_round_{number}": drawing for number, drawing in forecast_drawings(campaign).items()},
            "improvement": improvement_drawing(campaign),
        }
    folder = directory / "figures"
    folder.mkdir(exist_ok=True)
    written = {folder / f"{name}.svg": drawing for name, drawing in drawings.items() if drawing is not None}
    for path, drawing in written.items():
        path.write_text(drawing.svg, encoding="utf-8")
    return list(written)


def report_html(
    campaign: Campaign, config: CampaignConfig, configuration: str, runs: Path, cost: ExpectedCost | None = None
) -> str:
    """The report of a campaign as one page without links to anything outside of it.

    Args:
        campaign: What is reported.
        config: Its declaration.
        configuration: The text of the declaration, as written.
        runs: Directory with the candidates' runs, where radial distribution functions lie.
        cost: What a replicate costs, where a rule counts that.

    """
    found = tables.judgements(campaign)
    radial, radial_of = radial_drawing(campaign, runs)
    remaining = still_to_gain(campaign)
    winners, outcome_rows = tables.winner_table(campaign)
    page = environment("ionlink.optimize.report").get_template("report.html.jinja")
    return page.render(
        title=config.campaign.name,
        facts=_facts(campaign, config),
        summary=tables.summary(campaign),
        objectives=tables.objective_rows(campaign.aim),
        ranking=tables.ranked_rows(campaign),
        winners=winners,
        front=len(campaign.pareto()),
        outcome_rows=outcome_rows,
        scatters=objective_drawings(campaign),
        predictions=prediction_drawings(campaign),
        reasons=round_reasons(campaign),
        hypervolume=hypervolume_drawing(campaign),
        improvement=improvement_drawing(campaign),
        remaining=str(remaining),
        reference=reference_words(campaign, remaining),
        verdicts=verdicts(campaign, config.stop.rules, remaining, cost),
        level=campaign.level if campaign.has_levels else None,
        single_objective=len(campaign.objectives) == 1,
        single_value=campaign.aim.dimension == 1,
        constrained=bool(campaign.aim.constraints),
        radial=radial,
        radial_of=radial_of,
        judgements=tables.judgement_rows(found),
        judgement_summary=tables.judgement_summary(found),
        unjudged=tables.unjudged(found),
        resolved_at=f"{RESOLVED_AT:g}",
        not_done=tables.not_done_rows(campaign),
        configuration=configuration.strip(),
        simulated=config.simulation is not None,
    )


def environment(package: str) -> Environment:
    """Templates of `package`, and the style that all reports share (`style.css.jinja`)."""
    places = [PackageLoader(name, "") for name in dict.fromkeys((package, "ionlink.optimize.report"))]
    return Environment(loader=ChoiceLoader(places), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def _facts(campaign: Campaign, config: CampaignConfig) -> list[tuple[str, str]]:
    """Name and value of what a reader needs to place the report."""
    rounds = campaign.store.rounds()
    last = f"; last round asked {rounds[-1].asked_at:%Y-%m-%d %H:%M} UTC" if rounds else ""
    space, budget = config.space, config.budget
    facts = [
        ("Began", f"{campaign.store.began_at:%Y-%m-%d %H:%M} UTC{last}"),
        (
            "Design space",
            str(space),
        ),
        ("Budget", f"{budget.rounds} × {budget.batch} (rounds × candidates); asked so far: {len(rounds)}"),
        *((f"Level {level.name}", _level(campaign, level, config)) for level in campaign.known_levels),
        ("Seed", str(campaign.seed)),
    ]
    if rounds:
        facts.append(("Proposed by", "; ".join(ways((r.number, r.method) for r in rounds))))
    return [*facts, ("Report made with", _versions())]


def _level(campaign: Campaign, level: Level, config: CampaignConfig) -> str:
    """How it is observed there, and where there are several levels, how much was and at what cost."""
    how = "measured, not simulated"
    if config.simulation is not None and (level.protocol or level.name == config.simulation.level):
        protocol = f"protocol {level.protocol}" if level.protocol else "nothing simulated yet"
        how = f"simulated, {protocol}, {config.simulation.replicates} replicates per candidate"
    if len(campaign.known_levels) == 1:
        return how
    own = "; the level that counts" if level.name == campaign.level else ""
    observed = counted(len(campaign.made(level.name)), "formulation")
    return f"{how}; cost {level.cost:g}; {observed} observed{own}"


def _versions() -> str:
    versions = [f"{name} {metadata.version(name)}" for name in _REPORTED_PACKAGES]
    return ", ".join([*versions, f"Python {platform.python_version()}"])
