"""A campaign's directory: its declaration, its store, its runs."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ionlink.data import ligands, outcomes, rankings
from ionlink.data import observations as known_observations
from ionlink.data.errors import InputError
from ionlink.data.observation import Ranking
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.config import CAMPAIGN_FILE, CampaignConfig
from ionlink.optimize.lock import locked
from ionlink.optimize.migration import DEFAULT_CAMPAIGN
from ionlink.optimize.store import Store

PROTOCOL_FACT = "protocol"
"""Under this key the store remembers the simulation protocol that the campaign began with."""


def protocol_fact(level: str, config: CampaignConfig) -> str:
    """Key of the protocol that a campaign simulates a level by."""
    return PROTOCOL_FACT if level == config.level else f"{PROTOCOL_FACT} of {level}"


@dataclass(frozen=True)
class CampaignPaths:
    """What lies where in a campaign's directory."""

    directory: Path

    @property
    def config(self) -> Path:
        """The declaration, written by a person."""
        return self.directory / CAMPAIGN_FILE

    @property
    def store(self) -> Path:
        """The SQLite file, where the campaign has one of its own."""
        return self.directory / "store.sqlite"

    @property
    def runs(self) -> Path:
        """One directory per candidate."""
        return self.directory / "runs"


def create_campaign_directory(
    path: Path, config_text: str, protocols: Mapping[str, str] = MappingProxyType({})
) -> CampaignConfig:
    """Make a campaign's directory with its TOML file and its store, or its part of one that it shares.

    With the hashes of the simulations' `protocols`, by level, the campaign learns at once from known observations by
    them; without, from the first run on.

    Nothing is left behind when it fails. Raises `InputError` as `new_campaign_directory`.
    """
    with new_campaign_directory(path, config_text) as (config, store):
        add_known_observations(store, config)
        settle_protocols(store, config, protocols)
    return config


def settle_protocols(store: Store, config: CampaignConfig, protocols: Mapping[str, str]) -> None:
    """Keep by which protocols a campaign simulates its levels, where that was not settled before."""
    for level, protocol in protocols.items():
        store.settle(protocol_fact(level, config), protocol)


@contextmanager
def new_campaign_directory(path: Path, config_text: str) -> Iterator[tuple[CampaignConfig, Store]]:
    """A directory that is there when the `with` block ends, filled as the block fills its store, or not at all.

    Raises `InputError` with every fault of the text, when `path` exists and is not an empty directory, or when the
    store that it shares has a campaign of its name, and `Locked` while another process makes the same directory.
    """
    config = CampaignConfig.parse(config_text)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"{path} exists already; choose another directory, or go on with the campaign in it")
    with _scratch_beside(path.resolve()) as scratch:
        new = CampaignPaths(scratch)
        new.config.write_text(config_text, encoding="utf-8")
        # A store that is shared lies where it does from the final place.
        place = _place(path if config.campaign.store else new.directory, config)
        with Store.new(*place) as store:
            yield config, store
            if config.campaign.store:  # a campaign without a directory would keep its name for ever
                _put_in_place(new.directory, path)
        if not config.campaign.store:  # a file cannot be moved while it is open
            _put_in_place(new.directory, path)


@contextmanager
def _scratch_beside(path: Path) -> Iterator[Path]:
    """A hidden folder for this process alone, gone at the end; what a killed one has left there is cleared away."""
    place = path.with_name(f".{path.name}.new")
    scratch = place / "campaign"
    with locked(place):
        try:
            if scratch.exists():
                shutil.rmtree(scratch)
            scratch.mkdir()
            yield scratch
        finally:
            shutil.rmtree(place)


def _put_in_place(new: Path, path: Path) -> None:
    """Move a directory to where there is none yet, or its files into one that may be somebody's working directory."""
    if not path.exists():
        new.rename(path)
        return
    for file in sorted(new.iterdir(), key=lambda file: file.name == CAMPAIGN_FILE):  # that one makes it a campaign's
        file.rename(path / file.name)


def read_config(path: Path) -> CampaignConfig:
    """The declaration in a campaign's directory; raises `InputError`."""
    file = CampaignPaths(path).config
    if not file.is_file():
        raise InputError(f"{path} is not a campaign's directory: there is no {CAMPAIGN_FILE} in it")
    try:
        return CampaignConfig.parse(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not UTF-8 ({error.reason} at byte {error.start})") from error


def load_campaign(path: Path) -> Campaign:
    """The campaign of a directory; raises `InputError` or `StoreError`."""
    config = read_config(path)
    return campaign_of(config, open_store(path, config))


def open_store(path: Path, config: CampaignConfig) -> Store:
    """The store of the campaign in the directory `path`: its own, or the one that it shares with others.

    Raises `StoreError` where it is not there, or no longer has the campaign.
    """
    return Store.existing(*_place(path, config))


def _place(path: Path, config: CampaignConfig) -> tuple[Path, str]:
    """File of the store of the campaign in the directory `path`, and the campaign's name in it."""
    shared = config.campaign.store
    if shared is None:
        return CampaignPaths(path).store, DEFAULT_CAMPAIGN
    return Path(os.path.normpath(path.absolute() / shared)), config.campaign.name


def campaign_of(config: CampaignConfig, store: Store) -> Campaign:
    """The campaign that a declaration and a store make together."""
    return Campaign(
        config.space,
        config.objectives,
        seed=config.campaign.seed,
        level=config.level,
        store=store,
        protocol=store.fact(PROTOCOL_FACT),
        constraints=config.constraints,
        combine=config.aim.combine,
        start=config.start,
        rankings=known_rankings(config),
        levels=[
            level.model_copy(update={"protocol": store.fact(protocol_fact(level.name, config))})
            for level in config.levels
        ],
    )


def known_rankings(config: CampaignConfig) -> tuple[Ranking, ...]:
    """Rankings of the knowledge base that concern the aim of a campaign of measurements, as said at its level."""
    if config.simulation is not None or not config.known.rankings:
        return ()
    wanted = _aimed_at(config)
    said = (r for r in rankings() if r.outcome in wanted and {r.higher.ligand, r.lower.ligand} <= set(ligands()))
    return tuple(r.model_copy(update={"level": config.level}) for r in said)


def add_known_observations(store: Store, config: CampaignConfig) -> None:
    """Copy the knowledge base's observations into the store, if the campaign asks for them; repeating adds nothing.

    Those of polymers are, at all levels. Of small molecules, which no campaign proposes, those that tell of the aim:
    stability constants, where it counts an outcome that the catalogue calls related to them.
    """
    if config.known.observations:
        wanted = _aimed_at(config)
        wanted |= {related for name in wanted for related in outcomes()[name].related}
        store.tell([o for o in known_observations() if o.formulation.ligand in ligands() or o.outcome in wanted])


def _aimed_at(config: CampaignConfig) -> set[str]:
    """Outcomes of objectives and constraints."""
    return {o.outcome for o in config.objectives} | {c.outcome for c in config.constraints}
