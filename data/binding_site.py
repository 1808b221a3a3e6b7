"""Binding sites: the groups of atoms of any ligand that can hold a cation, with a typical basicity.

Wider than the donor groups of polymers (`donor_group.py`), which are what a ratio counts: here an ether or a hydroxyl
counts as well, and small molecules with nitrogen and sulfur are meant to be described.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ionlink.data.csv_table import DATA_FOLDER, load_named
from ionlink.data.errors import InputError


class BindingSite(BaseModel):
    """A kind of binding site, found in the neutral (fully protonated) molecule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str

    smarts: str
    """Pattern in the neutral molecule. An atom belongs to the first kind of the table that claims it."""

    donor_atoms: tuple[int, ...] = Field(min_length=1)
    """Which atoms of `smarts`, counted from 0, can hold the cation."""

    pka: tuple[float, ...] = ()
    """pKa of `reference_acid`, one for each proton that it loses, or of the protonated amine; empty for weak donors.

    It sets the site on the scale of basicity; `features/substituent_effects.py` says what substituents change.
    """

    nature: Literal["acid", "base"] | None = None
    """Whether `pka` is of protons that the neutral molecule loses, or of one that it takes up."""

    reference_acid: str | None = None

    source: str | None = None
    """Where `pka` is from. `textbook value`: well known, but no source was looked up. `choice`: ours."""

    centre: tuple[int, ...] = ()
    """Atoms of `smarts` to which substituents are attached, or with which they are conjugated."""

    rho_polar: float | None = None
    """By how much Taft's polar constant of what is attached lowers `pka`; `None` where no value is known."""

    rho_ring: float | None = None
    """By how much Hammett's constants lower it, of what is on the same aromatic ring; `None` where none is known."""

    rho_source: str | None = None
    """Where the reaction constants are from."""

    meaning: str

    @model_validator(mode="after")
    def _says_of_what_its_pka_is(self) -> "BindingSite":
        if bool(self.pka) != (self.nature is not None):
            raise InputError("nature (acid or base) belongs to a pKa, and a pKa to it")
        return self

    @model_validator(mode="after")
    def _reaction_constants_have_a_centre_and_a_source(self) -> "BindingSite":
        has_constants = self.rho_polar is not None or self.rho_ring is not None
        if {bool(self.centre), self.rho_source is not None, has_constants} != {has_constants}:
            raise InputError("rho_polar and rho_ring need a centre and a rho_source, and these a reaction constant")
        if has_constants and not self.pka:
            raise InputError("reaction constants say what becomes of a pKa, and there is none")
        return self


@cache
def binding_sites() -> Mapping[str, BindingSite]:
    """Every kind of binding site by name, in the order in which they claim atoms.

    Raises:
        InputError: when the table is faulty, with one line for each fault.

    """
    return MappingProxyType(load_named(DATA_FOLDER / "binding_sites.csv", BindingSite, tuple(BindingSite.model_fields)))
