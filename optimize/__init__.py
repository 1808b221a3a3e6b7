"""What to try next: design space, objectives, campaign, store, and the loop that runs them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ionlink.optimize.aim import Aim
    from ionlink.optimize.campaign import Campaign
    from ionlink.optimize.candidate import Candidate, Prediction
    from ionlink.optimize.combination import Combination
    from ionlink.optimize.config import CampaignConfig
    from ionlink.optimize.costs import Costs
    from ionlink.optimize.decision import Decide, Level
    from ionlink.optimize.directory import create_campaign_directory
    from ionlink.optimize.errors import (
        CampaignError,
        CampaignWarning,
        Locked,
        ObjectivesChanged,
        SpaceExhausted,
        StoreError,
        StoreMigrated,
    )
    from ionlink.optimize.exclusion import Exclusion
    from ionlink.optimize.executor import Executor, LocalExecutor
    from ionlink.optimize.loop import run_campaign
    from ionlink.optimize.objective import Objective
    from ionlink.optimize.oracle import Oracle
    from ionlink.optimize.outcome_constraint import OutcomeConstraint
    from ionlink.optimize.second_cation import SecondCation
    from ionlink.optimize.space import DesignSpace
    from ionlink.optimize.start import Start
    from ionlink.optimize.stopping import BudgetSpent, RemainingImprovement, Stagnation, TargetReached
    from ionlink.optimize.store import Store
    from ionlink.optimize.told import Told
    from ionlink.optimize.variable import FractionRange, PhRange, RatioRange, TemperatureRange
    from ionlink.optimize.why import Why

_HOMES = {
    "Aim": "aim",
    "BudgetSpent": "stopping",
    "Campaign": "campaign",
    "CampaignConfig": "config",
    "CampaignError": "errors",
    "CampaignWarning": "errors",
    "Candidate": "candidate",
    "Combination": "combination",
    "Costs": "costs",
    "Decide": "decision",
    "DesignSpace": "space",
    "Exclusion": "exclusion",
    "Executor": "executor",
    "FractionRange": "variable",
    "Level": "decision",
    "LocalExecutor": "executor",
    "Locked": "errors",
    "Objective": "objective",
    "ObjectivesChanged": "errors",
    "Oracle": "oracle",
    "OutcomeConstraint": "outcome_constraint",
    "PhRange": "variable",
    "Prediction": "candidate",
    "RatioRange": "variable",
    "RemainingImprovement": "stopping",
    "SecondCation": "second_cation",
    "SpaceExhausted": "errors",
    "Start": "start",
    "Stagnation": "stopping",
    "Store": "store",
    "StoreError": "errors",
    "StoreMigrated": "errors",
    "TargetReached": "stopping",
    "TemperatureRange": "variable",
    "Told": "told",
    "Why": "why",
    "create_campaign_directory": "directory",
    "run_campaign": "loop",
}

__all__ = [
    "Aim",
    "BudgetSpent",
    "Campaign",
    "CampaignConfig",
    "CampaignError",
    "CampaignWarning",
    "Candidate",
    "Combination",
    "Costs",
    "Decide",
    "DesignSpace",
    "Exclusion",
    "Executor",
    "FractionRange",
    "Level",
    "LocalExecutor",
    "Locked",
    "Objective",
    "ObjectivesChanged",
    "Oracle",
    "OutcomeConstraint",
    "PhRange",
    "Prediction",
    "RatioRange",
    "RemainingImprovement",
    "SecondCation",
    "SpaceExhausted",
    "Stagnation",
    "Start",
    "Store",
    "StoreError",
    "StoreMigrated",
    "TargetReached",
    "TemperatureRange",
    "Told",
    "Why",
    "create_campaign_directory",
    "run_campaign",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562; SQLAlchemy and torch load only when a name needs them
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
