"""What is weighed out to cross-link a polymer in solution."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ionlink.data.catalogue import ligands
from ionlink.data.donor_group import donor_group
from ionlink.data.donor_sites import charge_per_repeat_unit, donor_groups_per_repeat_unit
from ionlink.data.errors import InputError
from ionlink.data.naming import cation_name
from ionlink.data.salt import Salt, salt_of

PolymerForm = Literal["H+", "Li+", "Na+", "K+", "NH4+"]
"""What balances the charge of the acid groups in the polymer as it was weighed: `H+` is the acid.

A salt is one of neutral pH: see `DonorGroup.counter_ions`.
"""


@dataclass(frozen=True)
class RepeatUnit:
    """A repeat unit as it was weighed, with its counter-ions."""

    formula: str
    """In Hill order."""

    molar_mass_g_mol: float


class PolymerSolution(BaseModel):
    """The polymer solution that each sample takes, and how the cation is added."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mass_g: float = Field(gt=0, allow_inf_nan=False)
    """Of the solution, per sample."""

    solids_percent: float = Field(gt=0, le=100)
    """Mass of polymer in the solution, as `form`, in per cent."""

    form: PolymerForm = "H+"
    """The form that `solids_percent` is of: the acid, or its salt near pH 7."""

    salt_stock_mol_l: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Moles of salt in a litre of stock solution; `None` where salts are weighed."""

    salts: Mapping[str, str] = {}
    """Formula of the salt by cation, such as `{"Fe3+": "FeCl3·6H2O"}`; else one that is known to dissolve well."""

    @field_validator("salts")
    @classmethod
    def _salts_are_of_their_cations(cls, salts: Mapping[str, str]) -> Mapping[str, str]:
        named: dict[str, str] = {}
        faults: list[str] = []
        for cation, formula in salts.items():
            try:
                name = cation_name(cation)
                salt_of(name, formula)
            except InputError as error:
                faults += error.faults
                continue
            if name in named:
                faults.append(f"salt: {name} has two, '{named[name]}' and '{formula}'; name one")
            named[name] = formula
        if faults:
            raise InputError(faults)
        return named

    def salt(self, cation: str) -> Salt | None:
        """What brings the cation; `None` where no soluble salt is known."""
        return salt_of(cation, self.salts.get(cation))

    def donor_groups_mmol(self, ligand: str) -> float:
        """Donor groups, of the kind that the ratio counts, in a sample of this polymer.

        Raises:
            InputError: nothing is known of the repeat unit, or it is not an acid and has no such form.

        """
        if ligand not in ligands():
            raise InputError(f"{ligand} is no polymer of the knowledge base: count its donor groups yourself")
        polymer = ligands()[ligand]
        groups = donor_groups_per_repeat_unit(polymer.repeat_unit_smiles).get(polymer.donor_group, 0)
        if not groups:
            raise InputError(f"{ligand}: its repeat unit has no {polymer.donor_group}: count its donor groups yourself")
        return 1000 * groups * self.mass_g * self.solids_percent / 100 / self.repeat_unit(ligand).molar_mass_g_mol

    def repeat_unit(self, ligand: str) -> RepeatUnit:
        """The repeat unit of a polymer in `form`.

        Raises:
            InputError: it is positively charged, so that its counter-ions are anions.

        """
        return repeat_unit_of(ligands()[ligand].repeat_unit_smiles, self.form)


def repeat_unit_of(smiles: str, form: PolymerForm) -> RepeatUnit:
    """A repeat unit with what balances its charge; as drawn where it has none.

    In a salt, only groups that are ionised near pH 7 have lost a proton: a catechol beside a carboxylate has not.

    Raises:
        InputError: it is positively charged, so that its counter-ions are anions.

    >>> repeat_unit_of("[*:1]CC([*:2])C(=O)[O-]", "Na+")
    RepeatUnit(formula='C3H3NaO2', molar_mass_g_mol=94.045)

    """
    from rdkit import Chem, rdBase
    from rdkit.Chem.Descriptors import MolWt  # type: ignore[attr-defined]  # made at run time, not in its stubs
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    charge = charge_per_repeat_unit(smiles)
    if charge > 0:
        raise InputError(f"{smiles}: is positively charged; forms are {', '.join(get_args(PolymerForm))}")
    held = sum(count * donor_group(kind).counter_ions for kind, count in donor_groups_per_repeat_unit(smiles).items())
    salt = min(held, -charge)
    with rdBase.BlockLogs():
        neutral = Chem.MolFromSmiles(".".join([smiles, *[f"[{form}]"] * salt, *["[H+]"] * (-charge - salt)]))
    return RepeatUnit(CalcMolFormula(neutral).replace("*2", ""), round(float(MolWt(neutral)), 3))
