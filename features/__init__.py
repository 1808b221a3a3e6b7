"""What formulations look like: descriptors of cation, ligand and ratio as a numeric matrix."""

from ionlink.features.descriptor import Descriptor
from ionlink.features.formulation_descriptors import DESCRIPTORS, FormulationDescriptors

__all__ = ["DESCRIPTORS", "Descriptor", "FormulationDescriptors"]
