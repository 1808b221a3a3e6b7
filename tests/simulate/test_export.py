"""Structures that other programs can read: whole molecules in the box, the right frame, the bonds."""

import errno
import sys
from pathlib import Path

import MDAnalysis
import numpy as np
import pytest
from openmm import app, unit

from ionlink.data import InputError
from ionlink.simulate import export
from ionlink.simulate.export import export_structure, export_trajectory, view_structure
from ionlink.simulate.groups import Groups

LONGEST_BOND_ANGSTROM = 2.0


@pytest.fixture(scope="module")
def replicate(finished):
    return finished[0]


@pytest.fixture(scope="module")
def structure(replicate, tmp_path_factory):
    return MDAnalysis.Universe(export_structure(replicate, tmp_path_factory.mktemp("export") / "rest.pdb"))


@pytest.mark.parametrize(("export", "name"), [(export_structure, "rest.pdb"), (export_trajectory, "all.xtc")])
def test_a_disk_that_is_full_leaves_no_part_of_a_file(replicate, tmp_path, monkeypatch, export, name):
    """A part would be taken for the whole by the next call, which writes what is not there."""

    def fill(_, path, **__):
        Path(path).write_text("half an at", "utf-8")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(MDAnalysis.AtomGroup, "write", fill)
    with pytest.raises(OSError, match="No space left"):
        export(replicate, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_chains_are_whole(structure):
    assert len(structure.bonds)
    assert structure.bonds.values().max() < LONGEST_BOND_ANGSTROM  # without periodic images


def test_every_molecule_has_its_centre_in_the_box(structure, replicate):
    chains = Groups.load(replicate / "groups.json").chain_of_atom
    for chain in range(chains[-1] + 1):
        centre = structure.atoms[: len(chains)][chains == chain].positions.mean(axis=0)
        assert (centre >= -1e-2).all()
        assert (centre <= structure.dimensions[:3] + 1e-2).all()


def test_it_is_the_last_frame(structure, replicate):
    trajectory = MDAnalysis.Universe(str(replicate / "topology.pdb"), str(replicate / "rest.dcd"))
    edges = trajectory.dimensions[:3]
    moved = [(structure.atoms.positions - frame.positions) / edges for frame in trajectory.trajectory]
    off = [np.abs(shift - np.round(shift)).max() for shift in moved]
    assert int(np.argmin(off)) == len(off) - 1
    assert off[-1] < 1e-3


def test_cations_keep_their_name(structure, replicate):
    cations = Groups.load(replicate / "groups.json").cations
    assert set(structure.atoms[cations].elements) == {"Fe"}


@pytest.mark.parametrize("ending", ["pdb", "xtc"])
def test_a_trajectory_has_all_frames(replicate, structure, tmp_path, ending):
    out = export_trajectory(replicate, tmp_path / f"all.{ending}")
    whole = MDAnalysis.Universe(str(replicate / "topology.pdb"), str(out))
    held = MDAnalysis.Universe(str(replicate / "topology.pdb"), str(replicate / "rest.dcd"))
    assert whole.trajectory.n_frames == held.trajectory.n_frames
    whole.trajectory[-1]
    np.testing.assert_allclose(whole.atoms.positions, structure.atoms.positions, atol=0.01)


def test_the_stretched_network_is_longer(replicate, structure, tmp_path):
    stretched = MDAnalysis.Universe(export_structure(replicate, tmp_path / "stretched.pdb", "stretched"))
    assert stretched.dimensions[2] / structure.dimensions[2] == pytest.approx(1.3, rel=1e-3)


def test_what_cannot_be_written_is_refused_with_every_fault(replicate, tmp_path):
    out = tmp_path / "network.gsd"
    out.touch()
    with pytest.raises(InputError) as error:
        export_trajectory(replicate, out)
    assert [fault.partition(": ")[2] for fault in error.value.faults] == [
        "'.gsd' cannot be written; use .pdb or .xtc",
        "exists; name a file that does not, or move it away",
    ]


def test_a_directory_without_a_trajectory_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no finished replicate, .*rest\.dcd and .*topology\.pdb missing"):
        export_structure(tmp_path, tmp_path / "out.pdb")


def test_a_notebook_sees_the_structure(replicate):
    page = view_structure(replicate)._make_html()
    assert "CRYST1" in page
    assert "sphere" in page


def test_without_py3dmol_one_is_told_how_to_get_it(replicate, monkeypatch):
    monkeypatch.setitem(sys.modules, "py3Dmol", None)
    with pytest.raises(ImportError, match=r"pip install -e '\.\[notebook\]'"):
        view_structure(replicate)


WATERS = 10_050


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A replicate with more residues than the four columns of a PDB file can number, each water in another place."""
    directory = tmp_path_factory.mktemp("large")
    topology = app.Topology()
    chain, solvent = topology.addChain(), topology.addChain()
    carbons = [topology.addAtom("C", app.element.carbon, topology.addResidue("PAA", chain)) for _ in range(2)]
    topology.addBond(*carbons)
    for _ in range(WATERS):
        water = topology.addResidue("HOH", solvent)
        oxygen = topology.addAtom("O", app.element.oxygen, water)
        for name in ("H1", "H2"):
            topology.addBond(oxygen, topology.addAtom(name, app.element.hydrogen, water))
    edge_nm = 10.0
    topology.setPeriodicBoxVectors(np.eye(3) * edge_nm)
    oxygens = np.random.default_rng(0).uniform(-2 * edge_nm, 2 * edge_nm, (WATERS, 1, 3))
    waters = oxygens + np.array([[0.0, 0.0, 0.0], [0.1, 0.0, 0.0], [0.0, 0.1, 0.0]])
    positions_nm = np.concatenate([[[1.0, 1.0, 1.0], [1.15, 1.0, 1.0]], waters.reshape(-1, 3)])
    with (directory / "topology.pdb").open("w") as file:
        app.PDBFile.writeFile(topology, positions_nm * unit.nanometer, file, keepIds=True)
    with (directory / "rest.dcd").open("wb") as file:
        frames = app.DCDFile(file, topology, 1.0 * unit.femtosecond)
        frames.writeModel(positions_nm * unit.nanometer)
    none = np.zeros(0, dtype=np.int64)
    Groups(np.zeros(2, dtype=np.int64), none.reshape(0, 2), none, np.arange(2, 2 + 3 * WATERS, 3)).save(
        directory / "groups.json"
    )
    return directory


def test_waters_beyond_the_ten_thousandth_are_whole_and_in_the_box_too(large, tmp_path):
    lines = export_structure(large, tmp_path / "rest.pdb").read_text("utf-8").splitlines()
    atoms = [line for line in lines if line.startswith("HETATM")]
    positions = np.array([[float(line[at : at + 8]) for at in (30, 38, 46)] for line in atoms])
    waters = positions[2:].reshape(WATERS, 3, 3)
    assert np.abs(waters - waters[:, :1]).max() < 1.1
    centres = waters.mean(axis=1)
    assert (centres >= -1e-2).all()
    assert (centres <= 100.0 + 1e-2).all()
    assert len({line[22:26] for line in atoms[-300:]}) == 100, "each residue has a number unlike that of its neighbours"


def test_bonds_are_written_of_as_many_atoms_as_the_format_can_name(large, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "MOST_BONDED_ATOMS", 2)
    lines = export_structure(large, tmp_path / "rest.pdb").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("CONECT")] == ["CONECT    1    2", "CONECT    2    1"]
