"""What the commands on a campaign's directory share."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ionlink.optimize import Campaign

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The campaign's directory.", show_default=False)]


@contextmanager
def opened_campaign(directory: Path) -> "Iterator[Campaign]":
    """The campaign of a directory, closed at the end; a store that had to be migrated is named on stderr."""
    from ionlink.optimize import Campaign, StoreMigrated

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", StoreMigrated)
        campaign = Campaign.load(directory)
    for warning in told:
        typer.echo(str(warning.message), err=True)
    try:
        yield campaign
    finally:
        campaign.store.close()


def read_declaration(source: Path) -> str:
    """Text of the TOML file that an option --from names; raises `InputError`."""
    from ionlink.data.errors import InputError

    try:
        return source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--from: {source} cannot be read as text: {error}") from error
