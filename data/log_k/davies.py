"""Ionic strength: stability constants moved to infinite dilution by the Davies equation."""

import math

from ionlink.data.errors import InputError

DEBYE_HUCKEL_A = 0.509
"""A of the Debye–Hückel law for log10 in water at 25 °C, in (L/mol)^½; see `salt_term`."""

DAVIES_LINEAR = 0.3
"""Factor of the linear term, which Davies first gave as 0.2; see `salt_term`."""

HIGHEST_IONIC_STRENGTH_MOL_PER_L = 0.5
"""End of the range in which the Davies equation is commonly used; its linear term is empirical."""


def salt_term(ionic_strength_mol_per_l: float) -> float:
    """How far log10 of an activity coefficient falls per squared charge: A·(√I/(1+√I) − 0.3·I).

    The form with 0.3 is that of C. W. Davies, *Ion Association* (Butterworths, London 1962), p. 41; with 0.2 it was
    given in J. Chem. Soc. 1938, 2093. A = 0.509 at 25 °C is the value of the Debye–Hückel law in water.

    Raises:
        InputError: when the ionic strength is negative or above `HIGHEST_IONIC_STRENGTH_MOL_PER_L`.

    >>> round(salt_term(0.1), 3)
    0.107

    """
    if not 0 <= ionic_strength_mol_per_l <= HIGHEST_IONIC_STRENGTH_MOL_PER_L:
        raise InputError(
            f"an ionic strength of {ionic_strength_mol_per_l:g} mol/L is outside 0 to "
            f"{HIGHEST_IONIC_STRENGTH_MOL_PER_L:g} mol/L, where the Davies equation holds"
        )
    root = math.sqrt(ionic_strength_mol_per_l)
    return DEBYE_HUCKEL_A * (root / (1 + root) - DAVIES_LINEAR * ionic_strength_mol_per_l)


def at_zero_ionic_strength(
    log_k: float, cation_charge: int, ligand_charge: int, ionic_strength_mol_per_l: float
) -> float:
    """log10 K of M + L = ML at infinite dilution, from its value at a finite ionic strength.

    log K° = log K − Δz²·`salt_term`(I), with Δz² = (z_M + z_L)² − z_M² − z_L² = 2·z_M·z_L from the law of mass
    action. Ions of opposite charge bind more strongly where no salt screens them: log K° > log K.

    Args:
        log_k: At the given ionic strength and 25 °C.
        cation_charge: z_M, in elementary charges.
        ligand_charge: z_L of the species that binds, in elementary charges: −1 for acetate, 0 for ammonia.
        ionic_strength_mol_per_l: 0 to 0.5.

    Raises:
        InputError: when the ionic strength is outside the range of the Davies equation.

    >>> round(at_zero_ionic_strength(10.65, cation_charge=2, ligand_charge=-4, ionic_strength_mol_per_l=0.1), 2)
    12.36

    """
    return log_k - 2 * cation_charge * ligand_charge * salt_term(ionic_strength_mol_per_l)
