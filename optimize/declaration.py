"""What a campaign is told before it begins, as one value."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from ionlink.optimize.objective import Objective
from ionlink.optimize.space import DesignSpace
from ionlink.optimize.store import Store

if TYPE_CHECKING:
    from ionlink.optimize.campaign import Campaign


class Declaration(BaseModel):
    """The arguments of `Campaign`, but for its store."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    space: DesignSpace
    objectives: tuple[Objective, ...]
    seed: int = 0
    level: str = "lab"
    protocol: str | None = None

    @classmethod
    def of(cls, campaign: "Campaign") -> "Declaration":
        """What `campaign` was told."""
        return cls(**{name: getattr(campaign, name) for name in cls.model_fields})

    def campaign(self, store: Store) -> "Campaign":
        """The campaign that it makes with a store."""
        from ionlink.optimize.campaign import Campaign

        return Campaign(**{name: getattr(self, name) for name in type(self).model_fields}, store=store)
