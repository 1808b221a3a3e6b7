"""What can go wrong when a surrogate learns."""


class FitFailed(Exception):
    """A surrogate could not be fitted; the message names the outcome and says why."""

    def __init__(self, outcome: str, reason: str) -> None:
        self.outcome = outcome
        self.reason = reason
        super().__init__(f"{outcome}: {reason}")

    def __reduce__(self) -> tuple[type["FitFailed"], tuple[str, str]]:
        return type(self), (self.outcome, self.reason)
