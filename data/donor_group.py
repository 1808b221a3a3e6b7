"""Donor groups: how they are found in a molecule and which of their atoms bind a cation."""

from pydantic import BaseModel, ConfigDict

from ionlink.data.errors import InputError


class DonorGroup(BaseModel):
    """A group of atoms that binds cations, in its deprotonated form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str

    smarts: str
    """Pattern that matches the deprotonated group once."""

    donors: tuple[int, ...]
    """Which atoms of `smarts`, counted from 0, bind the cation."""


DONOR_GROUPS: dict[str, DonorGroup] = {
    group.name: group for group in (DonorGroup(name="carboxylate", smarts="[CX3](=[OX1])[OX1-]", donors=(1, 2)),)
}


def donor_group(name: str) -> DonorGroup:
    """The donor group of that name.

    Raises:
        InputError: no such donor group is known.
    """
    try:
        return DONOR_GROUPS[name]
    except KeyError:
        known = ", ".join(sorted(DONOR_GROUPS))
        raise InputError(f"donor group {name!r} is not known; known are: {known}") from None
