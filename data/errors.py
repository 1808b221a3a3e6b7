"""The one error for bad input: every fault of a file or call at once."""

from collections.abc import Iterable


class InputError(ValueError):
    """What the user gave cannot be used; `faults` holds one clear line for each thing that is wrong."""

    def __init__(self, faults: str | Iterable[str]) -> None:
        self.faults: tuple[str, ...] = (faults,) if isinstance(faults, str) else tuple(faults)
        super().__init__("\n".join(self.faults))

    def __reduce__(self) -> tuple[type["InputError"], tuple[tuple[str, ...]]]:
        # The default would pickle the joined message and turn many faults into one.
        return type(self), (self.faults,)
