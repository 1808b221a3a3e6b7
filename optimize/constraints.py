"""Every kind of known constraint, as `[[space.constraints]]` names them."""

from typing import Annotated, TypeAlias

from pydantic import Field

from ionlink.optimize.cation_constraints import Hydrolysis, Redox, Solubility, Toxicity
from ionlink.optimize.formulation_constraints import ChargeBalance, Linear, Members, Price

KnownConstraint: TypeAlias = Annotated[
    ChargeBalance | Hydrolysis | Linear | Members | Price | Redox | Solubility | Toxicity, Field(discriminator="kind")
]
"""Told apart by `kind`."""

__all__ = [
    "ChargeBalance",
    "Hydrolysis",
    "KnownConstraint",
    "Linear",
    "Members",
    "Price",
    "Redox",
    "Solubility",
    "Toxicity",
]
