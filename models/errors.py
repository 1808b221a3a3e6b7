"""What can go wrong when a surrogate learns."""

from collections.abc import Mapping
from types import MappingProxyType


class FitFailed(Exception):
    """A surrogate could not be fitted; the message names the outcome and says why, a line for each of several."""

    def __init__(self, outcome: str, reason: str, others: Mapping[str, str] = MappingProxyType({})) -> None:
        self.outcome = outcome
        self.reason = reason
        self.others = others
        """Why other outcomes failed too."""

        self.faults = tuple(f"{name}: {why}" for name, why in ((outcome, reason), *others.items()))
        super().__init__("\n".join(self.faults))

    def __reduce__(self) -> tuple[type["FitFailed"], tuple[str, str, dict[str, str]]]:
        return type(self), (self.outcome, self.reason, dict(self.others))

    @classmethod
    def of(cls, reasons: Mapping[str, str]) -> "FitFailed":
        """Of several outcomes, one at least, each with its reason."""
        first, *others = reasons.items()
        return cls(*first, dict(others))


class NotRecorded(Exception):
    """What was done could not be recorded in MLflow; the message says why, and where it lies."""
