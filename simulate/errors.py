"""What a simulation refuses to do, and the ways in which it breaks down."""

from typing import ClassVar

WAY_OUT = "leave it out of the design space, or measure it and tell the campaign the outcome"
"""What can be done about a cation or a ligand that no force field covers."""


class CannotSimulate(Exception):
    """The force fields or the geometry do not cover a formulation; the message is the reason and what could be done."""

    kind: ClassVar[str] = "cannot_simulate"


class SimulationFailed(Exception):
    """A simulation broke down; the message says at which step and why. `kind` is a word that machines can sort by."""

    kind: ClassVar[str] = "failed"

    def __init__(self, message: str, *, step: int | None = None, attempts: int | None = None) -> None:
        super().__init__(message)
        self.step = step
        """Place in the protocol of the step that failed, from 0; `None` where it was none of them."""
        self.attempts = attempts
        """How often that step was tried."""


class NumericalBreakdown(SimulationFailed):
    """A coordinate or an energy became NaN."""

    kind = "numerical_breakdown"


class MinimisationFailed(SimulationFailed):
    """The clashes that packing left could not be removed."""

    kind = "minimisation"


class BoxTooSmall(SimulationFailed):
    """The box became smaller than twice the cutoff."""

    kind = "box_too_small"


class MachineFailed(SimulationFailed):
    """The machine gave way, which says nothing of what was simulated; the same call goes on."""


class DiskFull(MachineFailed):
    """There was no room for a file; what was written before is whole."""

    kind = "disk_full"


class FileDamaged(MachineFailed):
    """A file that an earlier call has left is gone, or cannot be read any more."""

    kind = "storage"


class DeviceFailed(MachineFailed):
    """The graphics processor has no memory left, does not fit its driver, or is gone."""

    kind = "device"
