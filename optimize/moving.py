"""Campaigns on the move: a directory as one JSON file and back, and a new directory that goes on from another one."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from ionlink.data.errors import InputError
from ionlink.optimize.config import CampaignConfig
from ionlink.optimize.declaration import Declaration
from ionlink.optimize.directory import (
    CampaignPaths,
    campaign_of,
    load_campaign,
    new_campaign_directory,
    settle_protocols,
)
from ionlink.optimize.fork import forked_state
from ionlink.optimize.json_form import read_document, to_json
from ionlink.optimize.state import put_back
from ionlink.optimize.store import Store


def export_directory(path: Path) -> str:
    """The campaign of a directory as a JSON document, its TOML file included, what lies under `runs/` not."""
    campaign = load_campaign(path)
    with closing(campaign.store):
        return to_json(campaign, _declaration(path))


def import_directory(text: str, path: Path, file: str = "the exported campaign") -> CampaignConfig:
    """Make a campaign's directory from what `export_directory` wrote to `file`; nothing is left behind when it fails.

    Raises:
        InputError: the text cannot be used, `path` exists and is not an empty directory, or the store that it shares
            has a campaign of its name.

    """
    try:
        document = read_document(text)
    except InputError as error:
        raise InputError(f"{file}: {fault}" for fault in error.faults) from error
    if document.config is None:
        raise InputError(f"{file}: the campaign was made in Python and has no TOML file; read it by Campaign.from_json")
    with new_campaign_directory(path, document.config) as (config, store):
        put_back(document.state, store, same=True)
    return config


def fork_directory(
    source: Path,
    path: Path,
    config_text: str | None,
    until_round: int | None,
    protocols: Mapping[str, str] = MappingProxyType({}),
) -> CampaignConfig:
    """Make a campaign's directory that goes on from another one, or from what that was before `until_round + 1`.

    `config_text` is its TOML file where it differs from the other one's; `protocols` are as of
    `create_campaign_directory`. Simulations under `runs/` stay where they are. Raises as `import_directory`.
    """
    campaign = load_campaign(source)
    with closing(campaign.store):
        text = _declaration(source) if config_text is None else config_text
        after = Declaration.of(campaign_of(CampaignConfig.parse(text), Store()))
        state = forked_state(campaign, after, until_round)
    if after.level != campaign.level:  # what was settled is of another simulation, or of none
        state = state.model_copy(update={"facts": {}})
    with new_campaign_directory(path, text) as (config, store):
        put_back(state, store, same=False)
        settle_protocols(store, config, protocols)
    return config


def _declaration(path: Path) -> str:
    return CampaignPaths(path).config.read_text(encoding="utf-8-sig")
