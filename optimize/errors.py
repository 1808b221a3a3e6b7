"""What can go wrong in a campaign."""


class CampaignError(Exception):
    """A campaign cannot go on; the message says why and what could be done."""


class StoreError(CampaignError):
    """A store cannot be read, or holds another campaign's data."""


class SpaceExhausted(CampaignError):
    """Nothing is left in the design space that was not proposed before."""


class Locked(CampaignError):
    """Another process works on the same directory."""


class CampaignWarning(UserWarning):
    """Something to know about a campaign that goes on."""


class ObjectivesChanged(CampaignWarning):
    """A campaign's hypervolume reference was settled for other objectives than it has now."""


class StoreMigrated(CampaignWarning):
    """A store of an earlier version was brought up to date; the message names the copy of what it was before."""
