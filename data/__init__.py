"""What is known: cations, ligands, outcomes, observations, and the tables they come from."""

from ionlink.data.catalogue import ligands, outcomes
from ionlink.data.cation import Cation
from ionlink.data.cation_table import CationProperty, cation_properties, cations
from ionlink.data.donor_sites import charge_per_repeat_unit, donor_groups_per_repeat_unit
from ionlink.data.errors import InputError
from ionlink.data.evidence import EvidenceMark, evidence_marks
from ionlink.data.formulation import Formulation
from ionlink.data.lab_table import lab_table_template, read_lab_table
from ionlink.data.ligand import Ligand
from ionlink.data.naming import formulation_of
from ionlink.data.observation import Category, Observation, Ranking
from ionlink.data.observation_table import categories, observations, rankings, stability_constants
from ionlink.data.outcome import Outcome
from ionlink.data.own_tables import own_folder
from ionlink.data.solvent import Solvent, solvents
from ionlink.data.target import Target
from ionlink.data.target_table import targets

__all__ = [
    "Category",
    "Cation",
    "CationProperty",
    "EvidenceMark",
    "Formulation",
    "InputError",
    "Ligand",
    "Observation",
    "Outcome",
    "Ranking",
    "Solvent",
    "Target",
    "categories",
    "cation_properties",
    "cations",
    "charge_per_repeat_unit",
    "donor_groups_per_repeat_unit",
    "evidence_marks",
    "formulation_of",
    "lab_table_template",
    "ligands",
    "observations",
    "outcomes",
    "own_folder",
    "rankings",
    "read_lab_table",
    "solvents",
    "stability_constants",
    "targets",
]
