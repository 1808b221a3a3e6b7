"""A whole campaign as one JSON document, and back."""

import json
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ionlink import __version__
from ionlink.data.errors import InputError
from ionlink.optimize.declaration import Declaration
from ionlink.optimize.migration import NAMELESS_ROUNDS_FACT
from ionlink.optimize.state import State, put_back, state_of
from ionlink.optimize.store import Store
from ionlink.optimize.toml_faults import toml_faults

if TYPE_CHECKING:
    from ionlink.optimize.campaign import Campaign

FORMAT: Literal["ionlink campaign"] = "ionlink campaign"
VERSION: Literal[3] = 3
"""Of the document; a reader refuses newer ones. Nothing was withdrawn in 2; in 1, observations did not have the
candidates named with them either."""

_NAMELESS_VERSION = 1


class Document(BaseModel):
    """All that there is of a campaign, but for the files of its simulations."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    format: Literal["ionlink campaign"] = FORMAT
    version: Literal[1, 2, 3] = VERSION

    written_by: str = __version__
    """Version of ionlink."""

    config: str | None = None
    """The TOML file that declared it; `None` for a campaign that was made in Python."""

    declaration: Declaration
    state: State


def to_json(campaign: "Campaign", config: str | None = None) -> str:
    """The document of a campaign; `config` is the text of its TOML file where it has one."""
    document = Document(config=config, declaration=Declaration.of(campaign), state=state_of(campaign.store))
    return document.model_dump_json(indent=1)


def read_document(text: str) -> Document:
    """The document in `text`.

    Raises:
        InputError: it is none, a newer one, or damaged; with a line for each fault.

    """
    try:
        head = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error}") from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise InputError("not an exported campaign: there is no `format` with the value `ionlink campaign` in it")
    if isinstance(head.get("version"), int) and head["version"] > VERSION:
        raise InputError(
            f"version: {head['version']}, written by ionlink {head.get('written_by', '(unknown)')}; this one reads up "
            f"to {VERSION}: upgrade it (in its folder: git pull, then make install)"
        )
    try:
        document = Document.model_validate_json(text)
    except ValidationError as error:
        raise InputError(f"{field}: {message}" for field, message in toml_faults(error)) from error
    if document.version == _NAMELESS_VERSION:
        return document.model_copy(update={"state": _nameless(document.state)})
    return document


def _nameless(state: State) -> State:
    """Of a document that did not have the names of candidates, with how many rounds that are."""
    return state.model_copy(update={"facts": {NAMELESS_ROUNDS_FACT: str(len(state.rounds)), **state.facts}})


def from_json(text: str, store: Store | None) -> "Campaign":
    """See `Campaign.from_json`."""
    document = read_document(text)
    target = store or Store()
    put_back(document.state, target, same=True)
    return document.declaration.campaign(target)
