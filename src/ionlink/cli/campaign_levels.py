"""Levels of a campaign's file: what simulates them, what can never be observed there, and who does what next."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ionlink.cli.console import campaign_command

if TYPE_CHECKING:
    from ionlink.optimize import CampaignConfig, Candidate
    from ionlink.simulate import MolecularDynamicsOracle


def simulated_levels(config: "CampaignConfig") -> list[str]:
    """Levels of a campaign that `ionlink campaign run` observes by itself."""
    from ionlink.simulate import protocol_names

    if config.simulation is None:
        return []
    own = config.simulation.level
    names = [own, *(level.name for level in config.levels)]
    return [name for name in dict.fromkeys(names) if name == own or name in protocol_names()]


def protocols_of(config: "CampaignConfig") -> dict[str, str]:
    """Hash of the protocol of each of these levels; raises `InputError` where there is no such protocol."""
    from ionlink.simulate import load_protocol

    return {level: load_protocol(level).hash for level in simulated_levels(config)}


def oracles_of(config: "CampaignConfig") -> "dict[str, MolecularDynamicsOracle]":
    """What simulates each of these levels; raises `InputError` where there is no such protocol."""
    from ionlink.data.errors import InputError
    from ionlink.simulate import molecular_dynamics_oracle, protocol_names

    if config.simulation is None:
        return {}
    if config.simulation.level not in protocol_names():
        raise InputError(
            f"simulation.level: there is no simulation protocol `{config.simulation.level}`; there are "
            f"{', '.join(protocol_names())}; a campaign runs by no file of your own: `ionlink simulate` does"
        )
    replicates = config.simulation.replicates
    return {level: molecular_dynamics_oracle(level=level, replicates=replicates) for level in simulated_levels(config)}


def shipped_oracles(config: "CampaignConfig") -> "dict[str, MolecularDynamicsOracle]":
    """The same, without any where the campaign's simulation is a script's own, of which only the script can tell."""
    if config.simulation is None:
        return {}
    from ionlink.simulate import protocol_names

    return oracles_of(config) if config.simulation.level in protocol_names() else {}


def oracles_of_rules(config: "CampaignConfig") -> "dict[str, MolecularDynamicsOracle]":
    """What rules need to count costs; nothing, at once, where none counts any."""
    return shipped_oracles(config) if config.stop.counts_costs else {}


def check_levels(config: "CampaignConfig", file: str = "campaign.toml") -> None:
    """Raise `InputError` with a line for each level of a `file`, or outcome there, that could never be observed."""
    from ionlink.data.errors import InputError
    from ionlink.optimize.oracle_fit import check_fit

    faults = list(_level_faults(config))
    try:
        check_fit(config, oracles_of(config))
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(f"{file}: {fault}" for fault in faults)


def own_levels(config: "CampaignConfig") -> list[str]:
    """Levels at which people observe that have a name of their own."""
    from ionlink.data.lab_table import LAB_LEVEL

    known = {LAB_LEVEL, *simulated_levels(config)}
    return [level.name for level in config.levels if level.name not in known]


def print_next_steps(directory: Path, config: "CampaignConfig", candidates: "Sequence[Candidate]") -> None:
    """What is to be done with candidates that were just proposed: simulate, or measure and tell."""
    from ionlink.data import lab_table_template

    simulated = simulated_levels(config)
    found = {
        "simulate": [c for c in candidates if c.level in simulated],
        "measure": [c for c in candidates if c.level not in simulated],
    }
    mixed = sum(map(bool, found.values())) > 1
    which = {what: _ids(some) if mixed else "them" for what, some in found.items()}
    if found["simulate"]:
        typer.echo(f"\nSimulate {which['simulate']}: {campaign_command('run', directory)}")
    if found["measure"]:
        columns = lab_table_template().strip()
        typer.echo(f"\nMeasure {which['measure']} and write a table with the columns {columns}")
        typer.echo(f"then: {campaign_command('tell', directory, 'TABLE.csv')}")
        sheet = campaign_command("sheet", directory, "--help")
        typer.echo(f"What to weigh, and a sheet to fill in instead: {sheet}")


def _level_faults(config: "CampaignConfig") -> Iterator[str]:
    from ionlink.data.lab_table import COMMON_LEVELS, LITERATURE_LEVEL
    from ionlink.optimize.decision import meant_level
    from ionlink.simulate import protocol_names

    for place, level in enumerate(config.levels, start=1):
        if config.simulation is None and level.name in protocol_names():
            yield (
                f"levels[{place}].name: {level.name} is a simulation, which nothing runs here; "
                f'add [simulation] with level = "{level.name}", or leave the level out'
            )
        elif level.name == LITERATURE_LEVEL:
            yield (
                f"levels[{place}].name: {level.name} is the level of what others published; tell that in tables, and "
                "give another name to what you observe yourself"
            )
        elif level.name in own_levels(config) and level.name not in COMMON_LEVELS:
            common = level.name.casefold() if level.name.casefold() in COMMON_LEVELS else None
            near = common or meant_level(level.name, protocol_names())
            if near is not None:
                yield f"levels[{place}].name: '{level.name}' is not known; did you mean {near}?"


def _ids(candidates: "Sequence[Candidate]") -> str:
    return f"candidate{'' if len(candidates) == 1 else 's'} {', '.join(str(c.id) for c in candidates)}"
