import pytest

from ionlink.data import InputError, cations
from ionlink.data.salt import atoms_of, molar_mass_g_mol, salt_of


@pytest.mark.parametrize("cation", [c for c in cations().values() if c.soluble_salt], ids=lambda c: c.name)
def test_the_molar_mass_of_every_shipped_salt_is_that_of_an_independent_source(cation):
    from pymatgen.core import Composition

    weights = []
    for part in cation.soluble_salt.split("·"):
        formula = part.lstrip("0123456789")
        weights.append(int(part.removesuffix(formula) or 1) * Composition(formula).weight)
    salt = salt_of(cation.name)
    assert salt.molar_mass_g_mol == pytest.approx(sum(weights), rel=2e-4)
    assert salt.cations == 1


@pytest.mark.parametrize("formula", ["FeCl3·6H2O", "FeCl3*6H2O", "FeCl3.6H2O", "FeCl3 · 6H2O", "Fe(Cl)3·6(H2O)"])
def test_a_hydrate_may_be_typed_in_many_ways(formula):
    assert atoms_of(formula) == {"Fe": 1, "Cl": 3, "H": 12, "O": 6}
    assert molar_mass_g_mol(atoms_of(formula)) == pytest.approx(270.30, abs=0.01)


def test_two_cations_in_a_formula_are_two():
    assert salt_of("Fe3+", "Fe2(SO4)3").cations == 2
    assert salt_of("Fe3+", "Fe2(SO4)3").molar_mass_g_mol == pytest.approx(399.87, abs=0.02)


def test_groups_may_be_nested():
    assert atoms_of("K(Fe(SO4)2)3") == {"K": 1, "Fe": 3, "S": 6, "O": 24}


@pytest.mark.parametrize("formula", ["", "chloride", "FeCl3)", "Fe(Cl3", "Fe-Cl", "·6H2O", "FeCl3·", "()", "Fe()2"])
def test_what_is_no_formula_is_refused(formula):
    with pytest.raises(InputError, match="does not read as a formula"):
        atoms_of(formula)


def test_a_salt_without_the_cation_is_refused():
    with pytest.raises(InputError, match="contains no Fe"):
        salt_of("Fe3+", "AlCl3")
    with pytest.raises(InputError, match="no element"):
        salt_of("Fe3+", "FeXx3")


def test_none_is_made_up():
    unknown = next(name for name, cation in cations().items() if cation.soluble_salt is None)
    assert salt_of(unknown) is None
