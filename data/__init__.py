"""What is known: cations, ligands, outcomes, observations, and the tables they come from."""

from ionlink.data.catalogue import ligands, outcomes
from ionlink.data.cation import Cation
from ionlink.data.cation_table import CationProperty, cation_properties, cations
from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.lab_table import lab_table_template, read_lab_table
from ionlink.data.ligand import Ligand
from ionlink.data.naming import formulation_of
from ionlink.data.observation import Observation, Ranking
from ionlink.data.observation_table import observations, rankings
from ionlink.data.outcome import Outcome

__all__ = [
    "Cation",
    "CationProperty",
    "Formulation",
    "InputError",
    "Ligand",
    "Observation",
    "Outcome",
    "Ranking",
    "cation_properties",
    "cations",
    "formulation_of",
    "lab_table_template",
    "ligands",
    "observations",
    "outcomes",
    "rankings",
    "read_lab_table",
]
