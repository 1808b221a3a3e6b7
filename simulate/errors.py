"""What a simulation refuses to do."""


class CannotSimulate(Exception):  # noqa: N818 - it is a verdict on a formulation, not a fault of the program
    """The force fields or the geometry do not cover a formulation; the message is the reason and what could be done."""
