"""Descriptors of a cation: how strongly, how hard and with how many donors it binds."""

import math

from ionlink.data import Cation
from ionlink.features.descriptor import Descriptor

SHANNON = "doi:10.1107/S0567739476001551"
BORN = "doi:10.1007/BF01881023"
HARDNESS = "doi:10.1021/ja00364a005; doi:10.1021/ic00277a030"
CRC = "doi:10.1201/b17118"
NIST = "NIST Atomic Spectra Database, doi:10.18434/T4W30F"
HYDROLYSIS = "P. L. Brown and C. Ekberg, doi:10.1002/9783527656189"
HYDRATION = "compilations named in the notes of cations.csv"
LENNARD_JONES = "doi:10.1021/jp8001614; doi:10.1021/ct400146w; doi:10.1021/jp505875v"
MISONO = "M. Misono et al., J. Inorg. Nucl. Chem. 29 (1967) 2685, as commonly quoted"

CHARGE = Descriptor("charge", "e", "Charge z of the cation.", "definition")

CATION_DESCRIPTORS = (
    CHARGE,
    Descriptor("ionic_radius", "angstrom", "Effective ionic radius r at the tabulated coordination and spin.", SHANNON),
    Descriptor("ionic_potential", "e/angstrom", "Charge over effective ionic radius, z/r.", SHANNON),
    Descriptor("z2_over_r", "e^2/angstrom", "Square of the charge over the radius, as in the Born energy.", BORN),
    Descriptor("hardness", "eV", "Absolute hardness (I - A)/2 of the cation.", HARDNESS, scale="log"),
    Descriptor("electronegativity", "1", "Pauling electronegativity of the element.", CRC),
    Descriptor("coordination_number", "1", "Preferred number of oxygen neighbours; the radius is for it.", SHANNON),
    Descriptor("octahedral_radius", "angstrom", "Effective ionic radius with six neighbours, same spin.", SHANNON),
    Descriptor(
        "log_k_hydrolysis", "1", "log10 K of M + H2O = MOH + H+: how strongly it binds a hydroxide.", HYDROLYSIS
    ),
    Descriptor("hydration_free_energy", "kJ/mol", "Absolute Gibbs energy of hydration of the ion.", HYDRATION),
    Descriptor("d_electrons", "1", "Electrons in the valence d shell.", "definition"),
    Descriptor("ionisation_energy", "eV", "Energy to remove one more electron from the gaseous cation.", NIST),
    Descriptor("electron_affinity", "eV", "Energy gained by one electron: the ionisation energy one step below.", NIST),
    Descriptor("misono_softness", "angstrom", "Misono's softness 10 (A/I) r/sqrt(z).", MISONO),
)

ION_DESCRIPTORS = (
    CHARGE,
    Descriptor("lennard_jones_radius", "angstrom", "Half the distance Rmin of its 12-6 potential.", LENNARD_JONES),
    Descriptor("cation_molar_mass", "g/mol", "Molar mass of the cation, which densities count.", CRC),
)
"""All that a simulation knows of a cation whose ions are point charges with a Lennard-Jones potential.

The well depth is a function of Rmin in the sets for charges above 1 (doi:10.1021/ct400146w, doi:10.1021/jp505875v).
"""


def describe_cation(cation: Cation) -> tuple[float, ...]:
    """Values of `CATION_DESCRIPTORS`, in their units; NaN for a property that nobody has measured."""
    return _numbers(
        cation.charge,
        cation.ionic_radius_angstrom,
        cation.ionic_potential_e_per_angstrom,
        cation.z2_over_r_e2_per_angstrom,
        cation.hardness_ev,
        cation.electronegativity_pauling,
        cation.coordination_number,
        cation.octahedral_radius_angstrom,
        cation.log_k_hydrolysis,
        cation.hydration_free_energy_kj_mol,
        cation.d_electrons,
        cation.ionisation_energy_ev,
        cation.electron_affinity_ev,
        cation.misono_softness_angstrom,
    )


def describe_ion(cation: Cation) -> tuple[float, ...]:
    """Values of `ION_DESCRIPTORS`, in their units; NaN for the radius of an ion that has no parameters."""
    return _numbers(cation.charge, cation.lennard_jones_radius_angstrom, cation.molar_mass_g_mol)


def _numbers(*values: float | None) -> tuple[float, ...]:
    return tuple(math.nan if value is None else float(value) for value in values)
