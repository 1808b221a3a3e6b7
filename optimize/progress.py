"""What a running campaign tells whoever watches it."""

from collections.abc import Sequence
from typing import Protocol

from ionlink.optimize.campaign import Campaign
from ionlink.optimize.candidate import Candidate


class Progress(Protocol):
    """Watches a campaign; called in the driver's process, between the steps of the loop."""

    def round_started(self, number: int, rounds: int, candidates: Sequence[Candidate], replicates: int) -> None:
        """Round `number` of `rounds` has so many `replicates` to run for its pending `candidates`."""
        ...

    def replicate_ended(self, candidate: Candidate, replicate: int, failure: str | None) -> None:
        """A replicate (from 0) ended, with a reason where it failed."""
        ...

    def candidate_ended(self, candidate: Candidate) -> None:
        """A candidate is done or failed."""
        ...

    def stopped(self, reason: str) -> None:
        """A rule ends the campaign before its rounds are spent."""
        ...


class Tracker(Protocol):
    """Records a campaign elsewhere."""

    def sync(self, campaign: Campaign) -> None:
        """Record all that is not recorded yet; called after every round, and again by a run that continues."""
        ...


class Silent:
    """Watches without a word."""

    def round_started(self, number: int, rounds: int, candidates: Sequence[Candidate], replicates: int) -> None:
        """Ignored."""

    def replicate_ended(self, candidate: Candidate, replicate: int, failure: str | None) -> None:
        """Ignored."""

    def candidate_ended(self, candidate: Candidate) -> None:
        """Ignored."""

    def stopped(self, reason: str) -> None:
        """Ignored."""

    def sync(self, campaign: Campaign) -> None:
        """Ignored."""
