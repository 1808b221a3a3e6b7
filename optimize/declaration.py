"""What a campaign is told before it begins, as one value."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from ionlink.data.observation import Ranking
from ionlink.optimize.aim import Aim, Combine
from ionlink.optimize.decision import Level
from ionlink.optimize.objective import Objective
from ionlink.optimize.outcome_constraint import OutcomeConstraint
from ionlink.optimize.space import DesignSpace
from ionlink.optimize.start import Start
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
    constraints: tuple[OutcomeConstraint, ...] = ()
    combine: Combine = "pareto"
    start: Start = Start()
    rankings: tuple[Ranking, ...] = ()
    levels: tuple[Level, ...] = ()

    @classmethod
    def of(cls, campaign: "Campaign") -> "Declaration":
        """What `campaign` was told."""
        own = cls.model_fields.keys() & vars(campaign).keys()
        aim = cls.model_fields.keys() & vars(campaign.aim).keys()
        fields = {name: getattr(campaign, name) for name in own} | {name: getattr(campaign.aim, name) for name in aim}
        return cls(**fields)

    @property
    def aim(self) -> Aim:
        """What the campaign is after; raises `InputError`."""
        return Aim(self.objectives, self.constraints, self.combine)

    def campaign(self, store: Store) -> "Campaign":
        """The campaign that it makes with a store."""
        from ionlink.optimize.campaign import Campaign

        return Campaign(**{name: getattr(self, name) for name in type(self).model_fields}, store=store)
