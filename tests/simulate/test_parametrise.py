"""Force fields of ligands: what is shipped is complete, and what is computed is what is shipped."""

import xml.etree.ElementTree as ET
from collections import Counter
from decimal import Decimal
from io import StringIO

import numpy as np
import openmm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openmm import app, unit
from rdkit import Chem

from ionlink.data.catalogue import ligands
from ionlink.data.donor_sites import charge_per_repeat_unit
from ionlink.data.ligand import Ligand
from ionlink.simulate import ambertools, parametrise
from ionlink.simulate.ambertools import find_ambertools
from ionlink.simulate.chain import build_chain, topology_of
from ionlink.simulate.errors import CannotSimulate
from ionlink.simulate.oligomer import oligomer
from ionlink.simulate.parametrise import force_field_file, shipped_folder
from ionlink.simulate.parametrise_charges import refuse_moved_protons, stitched, unit_charges
from ionlink.simulate.parametrise_types import missing_parameters
from ionlink.simulate.parametrise_units import PLACES, charge_model, distinct_places
from ionlink.simulate.repeat_unit import refuse_other_donors_than_oxygen

CARBOXYLATES = [
    "PAA",
    "PMAA",
    "PF-COO",
    "gamma-PGA",
    "alginate",
    "CMC",
    "poly-maleate",
    "poly-itaconate",
    "PEMA",
    "alpha-PGA",
    "PAsp",
    "P4VBA",
    "PPBT",
    "alginate-G",
    "alginate-M",
    "pectin",
    "PMVE-MA",
    "PIMA",
]
SHIPPED = [*CARBOXYLATES, "PSS", "PAMPS", "PVPA", "PHA"]
NOT_BY_THIS_ROUTE = {
    "PVA-borate": "no parameters for B",
    "alginate-borax": "no parameters for B",
    "CMC-borax": "no parameters for B",
    "PDA": "sit on the rings of the chain",
    "TA-PAA": "types its catecholate as an ortho-quinone",
    "PAA-catechol": "types its catecholate as an ortho-quinone",
}
"""Shipped ligands that cannot be simulated, and what the user is told."""

ION_FILE = "amber14/spce.xml"
GAFF2_CARBOXYLATE_NM = 0.1219
"""Bond c–o of GAFF2 2.2.30, which types a carboxylate like a carbonyl (crystals: 1.25 Å)."""


def installed():
    try:
        return find_ambertools()
    except CannotSimulate:
        return None


needs_ambertools = pytest.mark.skipif(installed() is None, reason="AmberTools is not installed (extra new-ligands)")


def force_field(name):
    return app.ForceField(ION_FILE, str(force_field_file(ligands()[name])))


def force(system, kind):
    return next(one for one in system.getForces() if isinstance(one, kind))


def charges(system):
    nonbonded = force(system, openmm.NonbondedForce)
    return np.array(
        [
            nonbonded.getParticleParameters(i)[0].value_in_unit(unit.elementary_charge)
            for i in range(system.getNumParticles())
        ]
    )


def context(system, positions_nm):
    made = openmm.Context(system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatformByName("Reference"))
    made.setPositions(positions_nm)
    return made


def minimised_nm(system, positions_nm):
    made = context(system, positions_nm)
    openmm.LocalEnergyMinimizer.minimize(made, maxIterations=500)
    return made.getState(getPositions=True).getPositions(asNumpy=True).value_in_unit(unit.nanometer)


def test_the_shipped_force_fields_are_those_of_their_ligands():
    assert sorted(SHIPPED) == sorted(path.stem for path in shipped_folder().glob("*.xml"))
    for name in SHIPPED:
        path = force_field_file(ligands()[name])
        assert path == shipped_folder() / f"{name}.xml"
        assert path.stat().st_size < 200_000


@pytest.mark.parametrize("name", [name for name in ligands() if name not in SHIPPED])
def test_a_ligand_without_shipped_force_field_is_refused_or_has_sound_charge_models(name):
    ligand = ligands()[name]
    if reason := NOT_BY_THIS_ROUTE.get(name):
        with pytest.raises(CannotSimulate, match=reason):
            parametrise.refuse_foreign_elements(ligand)
            for place in distinct_places(ligand):
                charge_model(ligand, place)
            parametrise.refuse_catecholates(ligand)
        return
    parametrise.refuse_foreign_elements(ligand)
    parametrise.refuse_catecholates(ligand)
    for place in distinct_places(ligand):
        model, unit_atoms = charge_model(ligand, place)
        formal = sum(model.GetAtomWithIdx(i).GetFormalCharge() for i in unit_atoms)
        assert formal == Chem.GetFormalCharge(model) == charge_per_repeat_unit(ligand.repeat_unit_smiles)


def test_a_ligand_with_boron_is_refused_before_anything_is_computed(own_cache):
    with pytest.raises(CannotSimulate, match="PVA-borate: GAFF2 has no parameters for B; no force field covers it"):
        force_field_file(ligands()["PVA-borate"])
    assert not own_cache.exists()


@pytest.mark.parametrize("name", ["chitosan", "PEI"])
def test_a_ligand_that_binds_by_nitrogen_is_refused(name):
    with pytest.raises(CannotSimulate, match=f"{name} binds by the N of its amine; simulated outcomes count"):
        refuse_other_donors_than_oxygen(ligands()[name])


def test_ligands_that_bind_by_oxygen_are_not_refused():
    for ligand in ligands().values():
        if ligand.donor_group != "amine":
            refuse_other_donors_than_oxygen(ligand)


@pytest.mark.parametrize("name", SHIPPED)
def test_one_file_serves_every_chain_length(name):
    made, ligand = force_field(name), ligands()[name]
    unit_charge = Chem.GetFormalCharge(Chem.MolFromSmiles(ligand.repeat_unit_smiles))
    for repeat_units in (*range(1, 5), 12):
        topology = chain_topology(ligand, repeat_units)
        found = charges(made.createSystem(topology, constraints=app.HBonds, hydrogenMass=3 * unit.amu))
        of_unit = [sum(found[atom.index] for atom in residue.atoms()) for residue in topology.residues()]
        np.testing.assert_allclose(of_unit, unit_charge, atol=1e-12)


def chain_topology(ligand, repeat_units):
    return topology_of(oligomer(ligand.repeat_unit_smiles, repeat_units), ligand.name)


@pytest.mark.parametrize("name", SHIPPED)
def test_no_parameter_is_missing(name):
    """OpenMM leaves out silently what a force field does not name."""
    molecule = oligomer(ligands()[name].repeat_unit_smiles, 3)
    made = with_every_barrier_raised(force_field_file(ligands()[name]))
    system = made.createSystem(chain_topology(ligands()[name], 3))
    torsions = force(system, openmm.PeriodicTorsionForce)
    found = {tuple(torsions.getTorsionParameters(i)[:4]) for i in range(torsions.getNumTorsions())}
    found |= {quartet[::-1] for quartet in found}
    propers = molecule.GetSubstructMatches(Chem.MolFromSmarts("*~*~*~*"), maxMatches=100_000)
    angles = molecule.GetSubstructMatches(Chem.MolFromSmarts("*~*~*"), maxMatches=100_000)
    assert force(system, openmm.HarmonicBondForce).getNumBonds() == molecule.GetNumBonds()
    assert force(system, openmm.HarmonicAngleForce).getNumAngles() == len(angles)
    assert not set(propers) - found
    carboxylates = molecule.GetSubstructMatches(Chem.MolFromSmarts("[#6][CX3](=[OX1])[OX1-]"))
    impropers = [set(quartet) for quartet in found]
    assert all(set(group) in impropers for group in carboxylates)


def with_every_barrier_raised(path):
    """OpenMM leaves out torsions without a barrier as well; with one, each torsion that the file names is seen."""
    root = ET.parse(path).getroot()
    for torsion in root.iterfind("PeriodicTorsionForce/*"):
        torsion.attrib |= {key: "1.0" for key in torsion.attrib if key.startswith("k")}
    return app.ForceField(StringIO(ET.tostring(root, encoding="unicode")))


@pytest.mark.parametrize("name", CARBOXYLATES)
def test_carboxylates_are_charged_and_shaped_as_in_gaff2(name):
    ligand = ligands()[name]
    chain = build_chain(ligand, 2, seed=1)
    system = force_field(name).createSystem(chain.topology)
    found = charges(system)
    oxygens = found[[list(group) for group in chain.donor_oxygens]]
    np.testing.assert_array_equal(oxygens[:, 0], oxygens[:, 1])
    assert np.all((oxygens > -0.90) & (oxygens < -0.80))
    positions = minimised_nm(system, chain.positions_nm)
    donors = {i for group in chain.donor_oxygens for i in group}
    lengths = [
        np.linalg.norm(positions[a.index] - positions[b.index])
        for a, b in chain.topology.bonds()
        if donors & {a.index, b.index}
    ]
    np.testing.assert_allclose(lengths, GAFF2_CARBOXYLATE_NM, atol=0.003)


def test_chains_of_several_ligands_and_ions_live_in_one_force_field():
    made = app.ForceField(ION_FILE, *(str(force_field_file(ligands()[name])) for name in ("PAA", "PMAA")))
    modeller = app.Modeller(app.Topology(), [])
    for name in ("PAA", "PMAA"):
        chain = build_chain(ligands()[name], 2, seed=1)
        modeller.add(chain.topology, chain.positions_nm * unit.nanometer)
    ions = app.Topology()
    residues = ions.addChain()
    for _ in range(2):
        ions.addAtom("MG", app.Element.getBySymbol("Mg"), ions.addResidue("MG", residues))
    modeller.add(ions, np.array([[3.0, 0, 0], [0, 3.0, 0]]) * unit.nanometer)
    system = made.createSystem(modeller.topology, constraints=app.HBonds, hydrogenMass=3 * unit.amu)
    assert charges(system).sum() == pytest.approx(0, abs=1e-9)
    nonbonded = force(system, openmm.NonbondedForce)
    assert nonbonded.getNumExceptions() > 0


@given(
    raw=st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=40),
    formal=st.integers(-3, 3),
    data=st.data(),
)
def test_stitched_charges_are_exact_in_sum_and_equal_in_each_class(raw, formal, data):
    size = len(raw)
    # Class 0 has one or two members, as a real unit always has an atom without a third equal.
    classes = [0, *data.draw(st.lists(st.integers(1, 9), min_size=size - 1, max_size=size - 1))]
    exact = stitched(np.array(raw), classes, formal)
    assert sum(exact) == Decimal(formal)
    for equal in set(classes):
        assert len({charge for charge, one in zip(exact, classes, strict=True) if one == equal}) == 1
    moved = np.array([float(charge) for charge in exact]) - np.array(raw)
    assert abs(moved.mean() - (formal - sum(raw)) / size) < 1e-6


def test_a_symmetric_unit_has_one_end():
    assert [place.name for place in distinct_places(ligands()["PF-COO"])] == ["middle", "head", "single"]
    assert [place.name for place in distinct_places(ligands()["PAA"])] == [place.name for place in PLACES]


@pytest.mark.parametrize("name", SHIPPED)
def test_charge_models_hold_the_whole_unit_and_no_foreign_charge(name):
    ligand = ligands()[name]
    formal = Chem.GetFormalCharge(Chem.MolFromSmiles(ligand.repeat_unit_smiles))
    for place in PLACES:
        model, unit_atoms = charge_model(ligand, place)
        ends = {"middle": 0, "single": 2}.get(place.name, 1)
        assert Chem.GetFormalCharge(model) == formal
        elements = Counter(model.GetAtomWithIdx(i).GetSymbol() for i in unit_atoms)
        whole = Counter(atom.GetSymbol() for atom in oligomer(ligand.repeat_unit_smiles, 1).GetAtoms())
        whole["H"] -= 2 - ends
        assert elements == whole


def test_caps_keep_what_the_charge_feels():
    model, _ = charge_model(ligands()["gamma-PGA"], PLACES[0])
    amide_on_both_sides = "CNC(=O)CC[C@H](NC(C)=O)C(=O)[O-]"
    assert Chem.MolToSmiles(Chem.RemoveHs(model)) == Chem.CanonSmiles(amide_on_both_sides)


def test_a_proton_that_am1_moved_is_noticed():
    acid = Chem.AddHs(Chem.MolFromSmiles("O"))
    here = np.array([[0.0, 0, 0], [0.96, 0, 0], [0, 0.96, 0]])
    refuse_moved_protons(acid, here)
    with pytest.raises(CannotSimulate, match="moved a proton"):
        refuse_moved_protons(acid, here * [1.6, 1, 1])


def test_missing_parameters_are_read_from_a_frcmod(tmp_path):
    frcmod = tmp_path / "a.frcmod"
    frcmod.write_text("BOND\nc3-zz  0.00  0.000       ATTN, need revision\nANGLE\nc3-c3-c3  60.0  112.0\n")
    assert missing_parameters(frcmod) == ["c3-zz  0.00  0.000       ATTN, need revision"]


@pytest.fixture
def new_ligand():
    return Ligand(
        name="new",
        full_name="poly(crotonic acid)",
        repeat_unit_smiles="[*:1]C(C)C([*:2])C(=O)[O-]",
        donor_group="carboxylate",
        source="test",
    )


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(parametrise, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "force_fields"


def test_a_new_ligand_without_ambertools_is_refused_with_the_way_out(new_ligand, own_cache, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(ambertools.sysconfig, "get_path", lambda _: str(tmp_path))
    with pytest.raises(CannotSimulate, match=r"no force field is shipped for new.*antechamber.*pip install"):
        force_field_file(new_ligand)
    assert not list(own_cache.glob("*"))


def test_a_cache_that_cannot_be_written_is_named_before_anything_is_computed(new_ligand, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(parametrise, "cache_folder", lambda: tmp_path / "file")
    monkeypatch.setattr(parametrise, "computed_force_field", lambda _: pytest.fail("it was computed"))
    with pytest.raises(OSError, match=r"the force field of new cannot be kept: .*; let XDG_CACHE_HOME name a folder"):
        force_field_file(new_ligand)


def test_a_new_ligand_is_computed_once(new_ligand, own_cache, monkeypatch):
    computed = []

    def compute(ligand):
        computed.append(ligand)
        return "<ForceField/>"

    monkeypatch.setattr(parametrise, "computed_force_field", compute)
    first, again = force_field_file(new_ligand), force_field_file(new_ligand.model_copy(update={"name": "same"}))
    assert first == again
    assert first.read_text() == "<ForceField/>"
    assert computed == [new_ligand]
    assert list(own_cache.iterdir()) == [first]


def test_a_failing_program_says_why(tmp_path):
    program = tmp_path / "sqm"
    program.write_text("#!/bin/sh\necho no convergence\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(CannotSimulate, match=r"sqm failed with exit status 3:\nno convergence"):
        ambertools.AmberTools(tmp_path, tmp_path).run("sqm", folder=tmp_path)


@needs_ambertools
def test_charges_come_out_as_shipped(tmp_path):
    paa = ligands()["PAA"]
    single = next(place for place in PLACES if place.name == "single")
    computed = [float(charge) for charge in unit_charges(paa, single, find_ambertools(), tmp_path / "single")]
    shipped = charges(force_field("PAA").createSystem(chain_topology(paa, 1)))
    np.testing.assert_allclose(computed, shipped, atol=1e-4)  # sqm prints four decimals
