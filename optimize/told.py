"""What became of what was told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ionlink.data.formulation import Formulation
from ionlink.optimize.candidate import Candidate


@dataclass(frozen=True)
class Told:
    """What became of observations that were told."""

    stored: int
    """New observations."""

    repeated: int
    """Observations that were known already, and not stored again."""

    elsewhere: Mapping[str, int]
    """How many observations are of other levels or protocols than the campaign learns from directly, by level.

    They teach as much as the two are found to go together.
    """

    done: tuple[Candidate, ...]
    """Candidates that were pending, or had failed, and are done now."""

    withdrawn: int = 0
    """Observations that were withdrawn before, and stay so."""

    corrected: int = 0
    """How many of those stored are told in place of earlier ones."""

    failed: tuple[Candidate, ...] = ()
    """Candidates that have failed, as the file says, and had not before, or for another reason."""

    unusual: tuple[str, ...] = ()
    """A line for each value of a file that is far from all that was known of its outcome."""

    near: Mapping[int, Formulation] = field(default_factory=dict)
    """Of candidates that still wait, by id, what a file tells for no candidate and may have been made for that one."""

    unsaid: Mapping[str, int] = field(default_factory=dict)
    """How many observations do not say a condition that the design space varies, by its name, such as `ph`.

    They are of no candidate but one that they name, and the model learns nothing of the condition from them.
    """
