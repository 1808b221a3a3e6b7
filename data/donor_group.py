"""Donor groups: how they are found in a molecule and which of their atoms bind a cation."""

from functools import cached_property

from pydantic import BaseModel, ConfigDict

from ionlink.data.errors import InputError


class DonorGroup(BaseModel):
    """A group of atoms that binds cations, in its deprotonated form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str

    smarts: str
    """Pattern that matches the deprotonated group; no two patterns claim the same donor atom."""

    donors: tuple[int, ...]
    """Which atoms of `smarts`, counted from 0, bind the cation."""

    counter_ions: int
    """Cations that a group holds in a salt of the polymer near pH 7: one for each proton of a pKa well below 7 that it
    has lost (of phosphonic acid only the first, of catechol and hydroxamic acid none), one for the charge of a borate.
    """

    example: str
    """SMILES of a small molecule that bears the group once, written as the group must be written."""

    meaning: str
    """One sentence with the definition."""

    @cached_property
    def acidic_protons(self) -> int:
        """Protons that it has lost where all are gone, which is the negative charge of its example."""
        from rdkit import Chem

        return -int(Chem.GetFormalCharge(Chem.MolFromSmiles(self.example)))


DONOR_GROUPS: dict[str, DonorGroup] = {
    group.name: group
    for group in (
        DonorGroup(
            name="carboxylate",
            smarts="[CX3;$(C[#6]),H1](=[OX1])[OX1-]",
            donors=(1, 2),
            counter_ions=1,
            example="CC(=O)[O-]",
            meaning="Carboxylate on carbon; carbonates and carbamates are not.",
        ),
        DonorGroup(
            name="hydroxamate",
            smarts="[CX3](=[OX1])[NX3][OX1-]",
            donors=(1, 3),
            counter_ions=0,
            example="CC(=O)N[O-]",
            meaning="Hydroxamate, deprotonated at its oxygen; binds through both oxygens.",
        ),
        DonorGroup(
            name="catecholate",
            smarts="[c;R]([OX1-])[c;R][OX1-,OX2H1]",
            donors=(1, 3),
            counter_ions=0,
            example="[O-]c1ccccc1[O-]",
            meaning="Two neighbouring oxygens on an aromatic ring, one or both deprotonated; a gallol counts once.",
        ),
        DonorGroup(
            name="sulfonate",
            smarts="[SX4;$(S[#6])](=[OX1])(=[OX1])[OX1-]",
            donors=(1, 2, 3),
            counter_ions=1,
            example="CS(=O)(=O)[O-]",
            meaning="Sulfonate, its sulfur on carbon.",
        ),
        DonorGroup(
            name="sulfate",
            smarts="[SX4;$(S[OX2][#6])](=[OX1])(=[OX1])[OX1-]",
            donors=(1, 2, 3),
            counter_ions=1,
            example="COS(=O)(=O)[O-]",
            meaning="Sulfate half-ester, its sulfur on the oxygen of an alcohol.",
        ),
        DonorGroup(
            name="sulfamate",
            smarts="[SX4;$(S[#7])](=[OX1])(=[OX1])[OX1-]",
            donors=(1, 2, 3),
            counter_ions=1,
            example="CNS(=O)(=O)[O-]",
            meaning="N-sulfonate, as on the glucosamine of heparin.",
        ),
        DonorGroup(
            name="phosphonate",
            smarts="[PX4;$(P[#6])](=[OX1])([OX1-])[OX1-,OX2H1]",
            donors=(1, 2, 3),
            counter_ions=1,
            example="CP(=O)([O-])[O-]",
            meaning="Phosphonate, its phosphorus on carbon, once or twice deprotonated.",
        ),
        DonorGroup(
            name="phosphate",
            smarts="[PX4;$(P[OX2][#6])](=[OX1])([OX1-])[OX1-,OX2H1]",
            donors=(1, 2, 3),
            counter_ions=1,
            example="COP(=O)([O-])[O-]",
            meaning="Phosphate monoester, once or twice deprotonated.",
        ),
        DonorGroup(
            name="borate_diol",
            smarts="[BX4-;R]([OX2;R;$(O[#6])])([OX2;R;$(O[#6])])([OX2])[OX2]",
            donors=(1, 2, 3, 4),
            counter_ions=1,
            example="C1CO[B-](O)(O)O1",
            meaning="Tetrahedral borate ester of a diol, with one diol or (as a cross-link) two.",
        ),
        DonorGroup(
            name="amine",
            # No amide, aniline, amidine or sulfonamide: their nitrogen has no lone pair to give.
            smarts="[NX3;+0;!$(N[!#6;!#1;!#0]);!$(N[#6]=*);!$(N[#6]#*);!$(N[#6]:*)]",
            donors=(0,),
            counter_ions=0,
            example="CN",
            meaning="Aliphatic amine as free base; the acid is its ammonium ion.",
        ),
    )
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
