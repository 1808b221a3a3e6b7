import re

import pytest

from ionlink.data import InputError, cation_properties, cations
from ionlink.data.formula import atoms_of, ions_of, molar_mass_g_mol
from ionlink.data.salt import salt_of


@pytest.mark.parametrize("cation", [c for c in cations().values() if c.soluble_salt], ids=lambda c: c.name)
def test_the_molar_mass_of_every_shipped_salt_is_that_of_an_independent_source(cation):
    from pymatgen.core import Composition

    weights, cations_in_it = [], 0
    for part in cation.soluble_salt.split("·"):
        formula = part.lstrip("0123456789")
        weights.append(int(part.removesuffix(formula) or 1) * Composition(formula).weight)
        cations_in_it += Composition(formula)[cation.element]
    salt = salt_of(cation.name)
    assert salt.molar_mass_g_mol == pytest.approx(sum(weights), rel=2e-4)
    assert salt.cations == cations_in_it


@pytest.mark.parametrize(
    "prop", [p for p in cation_properties() if p.property == "soluble_salt"], ids=lambda p: p.cation
)
def test_how_much_of_a_soluble_salt_dissolves_stands_in_its_note(prop):
    amount = re.match(r"solubility (?:at least )?([\d.]+) mol/(?:L|kg of water)\b", prop.note)
    assert float(amount[1]) >= 0.1


@pytest.mark.parametrize(
    ("cation", "formula", "mass_percent", "mol_kg"),
    [
        ("Al3+", "Al(NO3)3", 40.8, 3.2),
        ("Ag+", "AgNO3", 70.1, 14),
        ("Tl+", "Tl2SO4", 5.19, 0.11),
        ("Fe2+", "FeSO4", 22.8, 1.94),
    ],
)
def test_molalities_follow_from_mass_percent(cation, formula, mass_percent, mol_kg):
    (note,) = (p.note for p in cation_properties() if (p.cation, p.property) == (cation, "soluble_salt"))
    assert f"{mol_kg:g} mol/kg of water ({mass_percent} % by mass)" in note
    g_mol = salt_of(cation, formula).molar_mass_g_mol
    assert 1000 * mass_percent / (100 - mass_percent) / g_mol == pytest.approx(mol_kg, rel=0.02)


@pytest.mark.parametrize(
    "formula", ["FeCl3·6H2O", "FeCl3*6H2O", "FeCl3.6H2O", "FeCl3 · 6H2O", "FeCl3 x 6 H2O", "Fe(Cl)3·6(H2O)"]
)
def test_a_hydrate_may_be_typed_in_many_ways(formula):
    atoms = atoms_of(ions_of(formula))
    assert atoms == {"Fe": 1, "Cl": 3, "H": 12, "O": 6}
    assert molar_mass_g_mol(atoms) == pytest.approx(270.30, abs=0.01)


@pytest.mark.parametrize(
    ("formula", "g_mol"),
    [
        ("CaSO4·0.5H2O", 145.15),
        ("CaSO4.0.5H2O", 145.15),
        ("CaSO4·0,5H2O", 145.15),
        ("CaSO4·1/2 H2O", 145.15),
        ("2CaSO4·H2O", 290.30),
        ("3CdSO4·8H2O", 769.55),
        ("CdSO4·8/3H2O", 256.52),
        ("Fe(NO₃)₃·9H₂O", 404.00),
        ("Fe(NO3)3 × 9 H2O", 404.00),
        ("Fe(OH2)6Cl3", 270.30),
    ],
)
def test_water_may_be_a_fraction_and_digits_subscripts(formula, g_mol):
    assert molar_mass_g_mol(atoms_of(ions_of(formula))) == pytest.approx(g_mol, abs=0.03)


def test_two_cations_in_a_formula_are_two():
    assert salt_of("Fe3+", "Fe2(SO4)3").cations == 2
    assert salt_of("Fe3+", "Fe2(SO4)3").molar_mass_g_mol == pytest.approx(399.87, abs=0.02)


@pytest.mark.parametrize(
    ("formula", "g_mol"),
    [
        ("[Co(NH3)6]Cl3", 267.47),
        ("K2[PdCl4]", 326.43),
        ("Na2PdCl4·3H2O", 348.26),
        ("Ca(OCl)2", 142.98),
        ("[Mn(H2O)6]Cl2", 233.93),
    ],
)
def test_complexes_stand_in_square_brackets(formula, g_mol):
    """As suppliers state them; those of hydrates and hypochlorites too."""
    assert molar_mass_g_mol(atoms_of(ions_of(formula))) == pytest.approx(g_mol, abs=0.02)


def test_groups_may_be_nested():
    assert atoms_of(ions_of("K(Fe(SO4)2)3")) == {"K": 1, "Fe": 3, "S": 6, "O": 24}


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "chloride",
        "FeCl3)",
        "Fe(Cl3",
        "Fe[Cl3",
        "Fe[Cl3)",
        "[Fe(Cl])3",
        "[]",
        "[Co(NH3)6]3+",
        "Fe-Cl",
        "·6H2O",
        "FeCl3·",
        "()",
        "Fe()2",
    ],
)
def test_what_is_no_formula_is_refused(formula):
    with pytest.raises(InputError, match="does not read as a formula"):
        ions_of(formula)


@pytest.mark.parametrize("formula", ["CaSO4·1½H2O", "CaSO4·1/0H2O", "FeCl3·xH2O"])
def test_water_whose_amount_is_no_number_is_refused(formula):
    with pytest.raises(InputError, match="does not read as a formula"):
        ions_of(formula)


@pytest.mark.parametrize("formula", ["In(NO3)3·xH2O", "In(NO3)3 x H2O", "Fe2(SO4)3·n H2O", "Al2(SO4)3·14-18H2O"])
def test_water_that_differs_from_batch_to_batch_is_asked_for(formula):
    with pytest.raises(InputError, match="its water is no number; write the number of its certificate"):
        ions_of(formula)


@pytest.mark.parametrize(
    ("cation", "formula", "found"),
    [
        ("Fe3+", "FeCl2", "Fe is +2"),
        ("Fe3+", "FeSO4·7H2O", "Fe is +2"),
        ("Fe3+", "(NH4)2Fe(SO4)2·6H2O", "Fe is +2"),
        ("Fe3+", "Fe3O4", "Fe is +2.67"),
        ("Fe3+", "K4Fe(CN)6", "Fe is +2"),
        ("Fe2+", "Fe(CH3COO)3", "Fe is +3"),
        ("Cu2+", "CuCl", "Cu is +1"),
        ("Hg2+", "Hg2(NO3)2", "Hg is +1"),
        ("Cr3+", "K2Cr2O7", "Cr is +6"),
        ("U4+", "UO2(NO3)2·6H2O", "U is +6"),
        ("VO2+", "V2(SO4)3", "V is +3"),
    ],
)
def test_a_salt_of_another_charge_is_refused(cation, formula, found):
    with pytest.raises(InputError, match=re.escape(f"{found} in '{formula}'; a salt of {cation} has")) as caught:
        salt_of(cation, formula)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    ("cation", "formula"),
    [
        ("Fe3+", "NH4Fe(SO4)2·12H2O"),
        ("Fe2+", "(NH4)2SO4·FeSO4·6H2O"),
        ("Fe3+", "Fe(C6H5O7)·3H2O"),
        ("Co3+", "Co(NH3)6Cl3"),
        ("Co3+", "[Co(NH3)6]Cl3"),
        ("Cr3+", "[CrCl2(H2O)4]Cl·2H2O"),
        ("Fe3+", "K3[Fe(CN)6]"),
        ("Ni2+", "[Ni(en)3]Cl2"),
        ("Pd2+", "K2[PdCl4]"),
        ("Ca2+", "Ca(OCl)2"),
        ("Ca2+", "Ca(OCl)2·2H2O"),
        ("Li+", "LiOCl"),
        ("Na+", "NaOCl·5H2O"),
        ("Zr4+", "ZrOCl2·8H2O"),
        ("Bi3+", "BiOCl"),
        ("La3+", "LaOCl"),
        ("Ca2+", "(CH3COO)2Ca·H2O"),
        ("Al3+", "Al(OH)(C2H3O2)2"),
        ("Ce4+", "(NH4)2Ce(NO3)6"),
        ("Zr4+", "ZrO(NO3)2·6H2O"),
        ("VO2+", "VOSO4·5H2O"),
        ("Zn2+", "Zn(CF3SO3)2"),
    ],
)
def test_a_salt_of_the_cations_charge_is_taken(cation, formula):
    assert salt_of(cation, formula).cations == 1


@pytest.mark.parametrize(
    ("cation", "formula", "g_mol"),
    [  # as suppliers state them; the sums of standard atomic weights differ by less than 0.01
        ("Mg2+", "Mg(OAc)2·4H2O", 214.45),
        ("Zn2+", "Zn(OAc)2·2H2O", 219.51),
        ("Zn2+", "(AcO)2Zn", 183.48),
        ("Mn2+", "Mn(OAc)2·4H2O", 245.09),
        ("Pd2+", "Pd(OAc)2", 224.51),
        ("Ag+", "AgOAc", 166.91),
        ("Zr4+", "Zr(OPr)4", 327.58),
        ("Al3+", "Al(OiPr)3", 204.25),
        ("Ti4+", "Ti(OiPr)4", 284.22),
        ("Ti4+", "Ti(OCH(CH3)2)4", 284.22),
        ("Ti4+", "Ti(OBu)4", 340.33),
        ("Ti4+", "Ti(OEt)4", 228.11),
        ("Fe3+", "Fe(OTs)3", 569.44),
        ("Fe3+", "Fe(acac)3", 353.17),
        ("Zr4+", "Zr(acac)4", 487.66),
        ("VO2+", "VO(acac)2", 265.16),
        ("Zn2+", "Zn(OTf)2", 363.53),
        ("Li+", "LiNTf2", 287.09),
        ("Li+", "LiN(SO2CF3)2", 287.09),
        ("Na+", "NaN(CN)2", 89.03),
        ("K+", "KSCN", 97.18),
        ("K+", "KOCN", 81.12),
        ("Cu+", "Cu(MeCN)4PF6", 372.72),
        ("Sn2+", "Sn(Oct)2", 405.12),
        ("Fe3+", "FeNaEDTA", 367.05),
        ("Ca2+", "CaNa2EDTA", 374.27),
        ("Zn2+", "Zn(C4H9OSO3)2", 371.75),
        ("Ba2+", "Ba(C2H5OSO3)2", 387.58),
        ("Na+", "NaC2H5OSO3", 148.11),
        ("Na+", "NaCH3OSO3", 134.08),
        ("Na+", "NaMeOSO3", 134.08),
        ("Na+", "NaOSO3CH3", 134.08),
        ("Mg2+", "Mg(CH3OSO3)2", 246.50),
        ("Mg2+", "Mg(MeSO4)2", 246.50),
        ("Li+", "LiAlH4", 37.95),
        ("Na+", "NaBH4", 37.83),
        ("Al3+", "Al(BH4)3", 71.51),
        ("Fe3+", "Fe(OTos)3", 569.44),
        ("Na+", "NaOTos", 194.18),
        ("Zn2+", "ZnCl2·EtOAc", 224.40),
        ("K+", "KCNO", 81.12),
        ("Na+", "NaCNO", 65.01),
        ("Ag+", "AgCNO", 149.88),
    ],
)
def test_usual_abbreviations_are_the_groups_that_they_mean(cation, formula, g_mol):
    salt = salt_of(cation, formula)
    assert salt.molar_mass_g_mol == pytest.approx(g_mol, abs=0.01)
    assert (salt.cations, salt.unchecked) == (1, ())


@pytest.mark.parametrize(
    ("cation", "formula", "found"),
    [("Fe3+", "Fe(OAc)2", "Fe is +2"), ("Cu+", "Cu(OTf)2", "Cu is +2"), ("Co3+", "Co(acac)2", "Co is +2")],
)
def test_abbreviated_groups_count_in_the_charge(cation, formula, found):
    with pytest.raises(InputError, match=re.escape(f"{found} in '{formula}'")):
        salt_of(cation, formula)


@pytest.mark.parametrize(
    ("formula", "g_mol"),
    [("Pr(NO3)3·6H2O", 435.01), ("PrCl3", 247.26), ("PrOCl", 192.36), ("Pr(OAc)3", 318.04), ("Pr(OiPr)3", 318.17)],
)
def test_praseodymium_is_praseodymium_in_its_own_salts(formula, g_mol):
    salt = salt_of("Pr3+", formula)
    assert salt.molar_mass_g_mol == pytest.approx(g_mol, abs=0.01)
    assert (salt.cations, salt.unchecked) == (1, ())


@pytest.mark.parametrize(
    ("cation", "formula", "group"),
    [("Ca2+", "CaAc2", "OAc"), ("Zr4+", "Zr(PrO)4", "OPr"), ("Fe3+", "FeTs3", "OTs"), ("Al3+", "Al(OAm)3", "C5H11")],
)
def test_an_abbreviation_that_is_also_an_element_is_refused(cation, formula, group):
    with pytest.raises(InputError, match=rf"in '{re.escape(formula)}' would be an element; write .*{group}"):
        salt_of(cation, formula)


@pytest.mark.parametrize(
    ("cation", "formula", "g_mol", "unchecked"),
    [
        ("Fe3+", "Fe(C9H17O2)3", 527.54, ("C",)),
        ("Zn2+", "ZnEt2", 123.50, ("Et",)),
        ("Fe2+", "FeCp2", 186.03, ("Cp",)),
        ("Bi3+", "BiVO4", 323.92, ("V",)),
    ],
)
def test_a_salt_whose_charge_is_not_known_is_taken_and_says_so(cation, formula, g_mol, unchecked):
    salt = salt_of(cation, formula)
    assert salt.molar_mass_g_mol == pytest.approx(g_mol, abs=0.02)
    assert salt.unchecked == unchecked


def test_metals_of_one_charge_count_in_the_charge():
    assert salt_of("Cu2+", "CaCu(OAc)4·6H2O").unchecked == ()
    with pytest.raises(InputError, match="Fe is \\+3"):
        salt_of("Fe2+", "MgFe2O4")


def test_an_oxide_of_unknown_oxygen_is_no_oxalate():
    with pytest.raises(InputError, match="Ox is no element"):
        salt_of("Fe2+", "FeOx")


def test_a_salt_without_the_cation_is_refused():
    with pytest.raises(InputError, match="contains no Fe"):
        salt_of("Fe3+", "AlCl3")
    with pytest.raises(InputError, match="no element"):
        salt_of("Fe3+", "FeXx3")


def test_none_is_made_up():
    unknown = next(name for name, cation in cations().items() if cation.soluble_salt is None)
    assert salt_of(unknown) is None
