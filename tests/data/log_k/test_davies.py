"""Constants move to zero ionic strength as the activity coefficients of the ions demand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants

from ionlink.data import InputError
from ionlink.data.log_k.davies import DEBYE_HUCKEL_A, at_zero_ionic_strength, salt_term

charges = st.integers(-6, 6)
strengths = st.floats(0, 0.5)


def log_activity_coefficient(charge, ionic_strength):
    return -(charge**2) * salt_term(ionic_strength)


@given(st.integers(1, 4), charges, strengths)
def test_the_shift_is_that_of_the_activity_coefficients_of_the_three_species(cation, ligand, ionic_strength):
    expected = 5 + (
        log_activity_coefficient(cation + ligand, ionic_strength)
        - log_activity_coefficient(cation, ionic_strength)
        - log_activity_coefficient(ligand, ionic_strength)
    )
    assert at_zero_ionic_strength(5, cation, ligand, ionic_strength) == pytest.approx(expected, abs=1e-9)


@given(st.integers(1, 4), charges, strengths)
def test_salt_screens_attraction_and_repulsion(cation, ligand, ionic_strength):
    shift = at_zero_ionic_strength(5, cation, ligand, ionic_strength) - 5
    assert shift * ligand <= 1e-12  # an anion binds more strongly without salt, a cation less
    assert (shift == 0) == (ligand == 0 or salt_term(ionic_strength) == 0 or 5 + shift == 5)


def test_without_salt_or_charge_nothing_moves():
    assert at_zero_ionic_strength(7.3, 3, -4, 0) == 7.3
    assert at_zero_ionic_strength(7.3, 3, 0, 0.1) == 7.3


def test_the_size_of_the_shift_that_compilations_use():
    assert at_zero_ionic_strength(0, 2, -1, 0.1) == pytest.approx(2 * 2 * 0.107, abs=1e-3)


def test_the_limiting_law_holds_at_low_ionic_strength():
    assert salt_term(1e-8) == pytest.approx(DEBYE_HUCKEL_A * 1e-4, rel=1e-3)


def test_a_is_that_of_water():
    """A = e³·(2·N_A)^½ / (ln 10 · 8π · (ε k T)^(3/2)), with the relative permittivity of water at 25 °C, about 78.4."""
    permittivity_times_kt = 78.4 * constants.epsilon_0 * constants.k * 298.15
    per_cubic_metre = constants.e**3 * math.sqrt(2 * constants.N_A) / (8 * math.pi * permittivity_times_kt**1.5)
    assert per_cubic_metre * math.sqrt(1000) / math.log(10) == pytest.approx(DEBYE_HUCKEL_A, rel=0.01)


@pytest.mark.parametrize("ionic_strength", [-0.1, 0.51, 3, math.nan, math.inf])
def test_beyond_its_range_the_equation_is_refused(ionic_strength):
    with pytest.raises(InputError, match=r"outside 0 to 0\.5 mol/L"):
        at_zero_ionic_strength(5, 2, -1, ionic_strength)
