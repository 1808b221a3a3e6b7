"""What a simulation refuses to do."""


class CannotSimulate(Exception):
    """The force fields or the geometry do not cover a formulation; the message is the reason and what could be done."""


class SimulationFailed(Exception):
    """A simulation broke down; the message says at which step and why."""
