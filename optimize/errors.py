"""What can go wrong in a campaign."""


class CampaignError(Exception):
    """A campaign cannot go on; the message says why and what could be done."""


class StoreError(CampaignError):
    """A store cannot be read, or holds another campaign's data."""


class ToldMeanwhile(StoreError):
    """Something was told since what is to be told now was judged by what was known."""


class UnusableResult(CampaignError):
    """What an oracle gave as the result of a replicate cannot be kept, which says nothing of the formulation."""

    kind = "unusable_result"
    """Of failure."""


class SpaceExhausted(CampaignError):
    """Too little is left in the design space that was not proposed before."""

    @classmethod
    def after(cls, found: int, wanted: int) -> "SpaceExhausted":
        """So many formulations were found of those that were wanted."""
        return cls(
            f"{wanted} formulations were asked for; {found} were found in the space that differ enough from each other "
            f"and from those proposed before; {cls.way_out(found)}"
        )

    @staticmethod
    def way_out(found: int) -> str:
        """What would not fail, where so many were found."""
        if found:
            return f"ask for {found} (-n {found})"
        return "the campaign's status says what is pending or was not observed; a wider space may have more"


class Locked(CampaignError):
    """Another process works on the same directory."""


class CampaignWarning(UserWarning):
    """Something to know about a campaign that goes on."""


class ObjectivesChanged(CampaignWarning):
    """A campaign's hypervolume reference was settled for other objectives than it has now."""


class StoreMigrated(CampaignWarning):
    """A store of an earlier version was brought up to date; the message names the copy of what it was before."""


class TrackingWarning(CampaignWarning):
    """What MLflow was to record could not be recorded, or not where it was meant to be."""
