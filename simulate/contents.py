"""What a box holds, and the files of that in a replicate's directory."""

import io
from dataclasses import dataclass
from pathlib import Path

import openmm
from openmm import app

from ionlink.data.whole_file import write_whole
from ionlink.simulate.damage import damage_named
from ionlink.simulate.groups import Groups


@dataclass(frozen=True)
class Contents:
    """The molecules of a box and their forces; coordinates are in states."""

    topology: app.Topology
    system: openmm.System
    groups: Groups


@dataclass(frozen=True)
class ContentsFiles:
    """The three files that hold the contents of a box."""

    directory: Path
    prefix: str = ""
    """None for the box that was built; `step-07-` for what a step has made of it."""

    @property
    def topology(self) -> Path:
        """Atoms, residues, bonds."""
        return self.directory / f"{self.prefix}topology.pdb"

    @property
    def system(self) -> Path:
        """Forces."""
        return self.directory / f"{self.prefix}system.xml"

    @property
    def groups(self) -> Path:
        """Which atoms are what; written last, so that its presence means that the others are complete."""
        return self.directory / f"{self.prefix}groups.json"

    def save(self, contents: Contents, state: openmm.State) -> None:
        """Write all three; the topology with the positions of `state`."""
        topology = io.StringIO()
        app.PDBFile.writeFile(contents.topology, state.getPositions(), topology, keepIds=True)
        write_whole(self.topology, topology.getvalue())
        write_whole(self.system, openmm.XmlSerializer.serialize(contents.system))
        contents.groups.save(self.groups)

    def load(self) -> Contents:
        """What `save` wrote."""
        with damage_named(self.system):
            system = openmm.XmlSerializer.deserialize(self.system.read_text("utf-8"))
        with damage_named(self.topology):
            topology = app.PDBFile(io.StringIO(self.topology.read_text("utf-8"))).topology
            if topology.getNumAtoms() != system.getNumParticles():
                raise ValueError(f"{topology.getNumAtoms()} of {system.getNumParticles()} atoms")
        return Contents(topology, system, self.load_groups())

    def load_groups(self) -> Groups:
        """Which atoms are what."""
        with damage_named(self.groups):
            return Groups.load(self.groups)


def contents_files(directory: Path, finished_steps: int | None = None) -> ContentsFiles:
    """The files that tell what the box of a replicate holds after its first steps; `None` asks for the end."""
    steps = sorted(directory.glob("step-*-groups.json"), reverse=True)
    for path in steps:
        prefix = path.name.removesuffix("groups.json")
        if finished_steps is None or prefix < f"{step_part(finished_steps)}-":
            return ContentsFiles(directory, prefix)
    return ContentsFiles(directory)


def step_part(index: int) -> str:
    """Name of a step's record."""
    return f"step-{index:02d}"
