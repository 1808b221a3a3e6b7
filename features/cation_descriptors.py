"""Descriptors of a cation: how strongly, how hard and with how many donors it binds."""

import math

from ionlink.data import Cation
from ionlink.features.descriptor import Descriptor

SHANNON = "doi:10.1107/S0567739476001551"
BORN = "doi:10.1007/BF01881023"
HARDNESS = "doi:10.1021/ja00364a005; doi:10.1021/ic00277a030"
CRC = "doi:10.1201/b17118"

CATION_DESCRIPTORS = (
    Descriptor("charge", "e", "Charge z of the cation.", "definition"),
    Descriptor("ionic_radius", "angstrom", "Effective ionic radius r at the tabulated coordination and spin.", SHANNON),
    Descriptor("ionic_potential", "e/angstrom", "Charge over effective ionic radius, z/r.", SHANNON),
    Descriptor("z2_over_r", "e^2/angstrom", "Square of the charge over the radius, as in the Born energy.", BORN),
    Descriptor("hardness", "eV", "Absolute hardness (I - A)/2 of the cation.", HARDNESS),
    Descriptor("electronegativity", "1", "Pauling electronegativity of the element.", CRC),
    Descriptor("coordination_number", "1", "Preferred number of oxygen neighbours; the radius is for it.", SHANNON),
)


def describe_cation(cation: Cation) -> tuple[float, ...]:
    """Values of `CATION_DESCRIPTORS`, in their units; NaN for a property that nobody has measured."""
    values = (
        cation.charge,
        cation.ionic_radius_angstrom,
        cation.ionic_potential_e_per_angstrom,
        cation.z2_over_r_e2_per_angstrom,
        cation.hardness_ev,
        cation.electronegativity_pauling,
        cation.coordination_number,
    )
    return tuple(math.nan if value is None else float(value) for value in values)
