"""Which replicates a candidate asks for, and where they run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ionlink.data.observation import Observation
from ionlink.data.result_file import RESULT_FILE
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.config import FEWEST_REPLICATES
from ionlink.optimize.replicate import replicate_directory


@dataclass(frozen=True)
class ReplicatePlan:
    """Replicates of a formulation at a level go on counting, in the directory of the first candidate that asked."""

    home: Candidate
    """Whose directory they run in."""

    start: int
    """How many were asked for before."""

    count: int

    @classmethod
    def of(
        cls, candidate: Candidate, candidates: Sequence[Candidate], observations: Sequence[Observation], first: int
    ) -> "ReplicatePlan":
        """Of a candidate of a campaign with these candidates; where it is the first, at least `first` replicates.

        `observations` are in force. What was observed elsewhere is not repeated: its replicates keep their numbers.
        """
        place = candidate.formulation, candidate.level
        before = [c for c in candidates if c.id < candidate.id and (c.formulation, c.level) == place]
        before = [c for c in before if c.status in ("done", "failed")]
        if candidate.kind != "replicate":
            return cls(candidate, 0, max(first, candidate.replicates))
        if before:
            asked = max(first, before[0].replicates) + sum(c.replicates for c in before[1:])
            return cls(before[0], asked, candidate.replicates)
        known = [o.replicates or 1 for o in observations if (o.formulation, o.level) == place]
        return cls(candidate, max(known, default=0), max(FEWEST_REPLICATES, candidate.replicates))

    def directory(self, runs: Path, replicate: int) -> Path:
        """Where a replicate runs."""
        return replicate_directory(runs, self.home, replicate)

    def numbers(self, runs: Path) -> list[int]:
        """Those that are asked for, after earlier ones that have a result."""
        earlier = [k for k in range(self.start) if (self.directory(runs, k) / RESULT_FILE).exists()]
        return [*earlier, *range(self.start, self.start + self.count)]
