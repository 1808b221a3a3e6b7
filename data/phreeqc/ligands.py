"""Reads `phreeqc_ligands.csv`: which molecules the ligands of PHREEQC databases are, and checks that they are."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ionlink.data.csv_table import DATA_FOLDER, build, read_rows
from ionlink.data.errors import InputError
from ionlink.data.molecule import read_molecule
from ionlink.data.phreeqc.database import Database
from ionlink.data.phreeqc.formula import Species, read_species
from ionlink.data.spelling import name_key

LIGANDS = DATA_FOLDER / "phreeqc_ligands.csv"
REQUIRED = ("database", "species", "smiles", "name", "source")
OPTIONAL = ("note",)

WEIGHT_TOLERANCE_G_MOL = 0.1
"""Databases round formula weights by up to 0.06 g/mol; a hydrogen more or less is 1 g/mol."""


class PhreeqcLigand(BaseModel):
    """A ligand of one database."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str
    """File name of the database."""

    species: str
    """The species L that binds, as the database writes it."""

    smiles: str
    """Canonical SMILES of the neutral molecule."""

    name: str

    source: str
    """What identifies the molecule."""

    note: str | None = None

    @property
    def charge(self) -> int:
        """Charge of the species that binds, in elementary charges."""
        return read_species(self.species).charge


def load_phreeqc_ligands(path: Path = LIGANDS) -> tuple[PhreeqcLigand, ...]:
    """Every ligand of every database, in the order of the table.

    Raises:
        InputError: with one line for each fault; a SMILES must be canonical and neutral.

    """
    faults: list[str] = []
    found = []
    for row in read_rows(path, REQUIRED, OPTIONAL):
        ligand = build(PhreeqcLigand, row.cells, row.where, faults)
        if ligand is not None:
            faults.extend(f"{row.where}, smiles: {fault}" for fault in smiles_faults(ligand.smiles))
            found.append(ligand)
    if faults:
        raise InputError(faults)
    return tuple(found)


@cache
def molecule_spellings() -> dict[str, str]:
    """SMILES of the shipped table's molecules by what they are called, reduced to letters and digits.

    By the name of the acid, of its anion, and as a database writes the species: `acetic acid`, `acetate`, `EDTA`.
    """
    found = {}
    for row in read_rows(LIGANDS, REQUIRED, OPTIONAL):
        name, species = row.cells["name"], row.cells["species"]
        for spelling in (name, name.replace("ic acid", "ate"), species.partition("-")[0]):
            found[name_key(spelling)] = row.cells["smiles"]
    return found


def smiles_faults(smiles: str) -> Iterator[str]:
    """One line for each thing that keeps a SMILES from being the canonical one of a neutral molecule."""
    try:
        molecule = read_molecule(smiles)
    except InputError as error:
        yield from error.faults
        return
    if molecule.smiles != smiles:
        yield f"'{smiles}' is not canonical and neutral; write '{molecule.smiles}'"


def identity_faults(ligand: PhreeqcLigand, database: Database) -> Iterator[str]:
    """One line for each way in which a molecule is not what the database means by its species."""
    if ligand.species not in database.reactions:
        yield f"{ligand.database}, {ligand.species}: the database has no such species"
        return
    species = read_species(ligand.species)
    found, expected = weight_in(database.weights, species), weight_of(ligand.smiles, species.charge)
    if abs(found - expected) > WEIGHT_TOLERANCE_G_MOL:
        yield (
            f"{ligand.database}, {ligand.species}: weighs {found:.2f} g/mol there, "
            f"{ligand.smiles} with charge {species.charge} weighs {expected:.2f}"
        )
    for name in database.reactions:
        if deprotonates(read_species(name), species):
            yield f"{ligand.database}, {ligand.species}: {name} has fewer hydrogens; L is fully deprotonated"


def weight_in(weights: Mapping[str, float], species: Species) -> float:
    """Weight of a ligand species in g/mol, from the formula weights of its database."""
    return sum(float(count) * weights.get(element, 0.0) for element, count in species.elements.items())


def weight_of(smiles: str, charge: int) -> float:
    """Weight in g/mol of a molecule that has lost one proton for each negative charge."""
    from rdkit.Chem import AddHs, GetPeriodicTable, MolFromSmiles

    neutral = sum(atom.GetMass() for atom in AddHs(MolFromSmiles(smiles)).GetAtoms())
    return float(neutral + charge * GetPeriodicTable().GetAtomicWeight("H"))


def deprotonates(species: Species, ligand: Species) -> bool:
    """Whether a species is the ligand with fewer hydrogens."""
    heavy = {element: count for element, count in ligand.elements.items() if element != "H"}
    others = {element: count for element, count in species.elements.items() if element != "H"}
    return others == heavy and species.elements.get("H", 0) < ligand.elements.get("H", 0)
