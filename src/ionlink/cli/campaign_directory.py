"""What the commands on a campaign's directory share."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

if TYPE_CHECKING:
    from ionlink.optimize import Campaign
    from ionlink.optimize.rows import Recorded

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The campaign's directory.", show_default=False)]


class _Teller:
    """Shows warnings as before, but what there is to know about a campaign on stderr, one line each, once."""

    def __init__(self) -> None:
        self._show = warnings.showwarning
        self._said: set[str] = set()

    def __call__(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        from ionlink.optimize.errors import CampaignWarning

        if not issubclass(category, CampaignWarning):
            self._show(message, category, filename, lineno, file, line)
        elif str(message) not in self._said:
            typer.echo(str(message), err=True)
            self._said.add(str(message))


@contextmanager
def warnings_on_stderr() -> Iterator[None]:
    """What there is to know about a campaign that goes on is told on stderr, one line each, once in the outermost."""
    from ionlink.optimize.errors import CampaignWarning

    with warnings.catch_warnings():
        if not isinstance(warnings.showwarning, _Teller):
            warnings.showwarning = _Teller()
        warnings.simplefilter("always", CampaignWarning)
        yield


def published(told: "Sequence[Recorded]") -> "list[Recorded]":
    """What of it the knowledge base brought."""
    from ionlink.data import observations
    from ionlink.optimize.rows import fingerprint

    known = set(map(fingerprint, observations()))
    return [record for record in told if fingerprint(record.observation) in known]


@contextmanager
def opened_campaign(directory: Path) -> "Iterator[Campaign]":
    """The campaign of a directory, closed at the end; what there is to know about it is told on stderr."""
    from ionlink.optimize import Campaign

    with warnings_on_stderr():
        campaign = Campaign.load(directory)
    try:
        yield campaign
    finally:
        campaign.store.close()


def track(directory: Path, campaign: "Campaign", files: Sequence[Path] = ()) -> None:
    """Record in MLflow what is not recorded yet, with some files, where the campaign's file says so."""
    from ionlink.optimize.directory import read_config

    if read_config(directory).tracking is None:  # MLflow takes seconds to import
        return
    from ionlink.optimize.tracking import MlflowTracker

    tracker = MlflowTracker.of(directory)
    assert tracker is not None
    with warnings_on_stderr():
        tracker.sync(campaign)
        if files:
            tracker.log_files(campaign, files)


def read_declaration(source: Path) -> str:
    """Text of the TOML file that an option --from names; raises `InputError`."""
    from ionlink.data.errors import InputError

    try:
        return source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--from: {source} cannot be read as text: {error}") from error
