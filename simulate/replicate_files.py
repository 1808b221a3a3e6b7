"""Names and formats of the files in a replicate's directory; each is whole or absent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openmm
from openmm import app, unit

from ionlink.data.errors import InputError
from ionlink.data.whole_file import write_whole
from ionlink.simulate.box import Box


@dataclass(frozen=True)
class ReplicateFiles:
    """The files of one replicate."""

    directory: Path

    @property
    def start(self) -> Path:
        """State after packing; written last, so that its presence means that the box is complete."""
        return self.directory / "start.xml"

    @property
    def groups(self) -> Path:
        """Which atoms are what."""
        return self.directory / "groups.json"

    def step(self, index: int) -> Path:
        """State after a step; its presence means that the step is finished."""
        return self.directory / f"step-{index:02d}.xml"

    def save_record(self, part: str, record: Mapping[str, object]) -> None:
        """What is worth knowing of a finished part: `build`, `step-00` and so on, or `analysis`."""
        write_whole(self.directory / f"{part}.json", json.dumps(record))

    def load_record(self, part: str) -> Mapping[str, Any]:
        """What `save_record` wrote; empty where a part was run by a version that recorded nothing of it."""
        path = self.directory / f"{part}.json"
        record: Mapping[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return record

    def check_identity(self, identity: Mapping[str, object]) -> None:
        """Raise `InputError` where the directory was begun for something else."""
        path = self.directory / "identity.json"
        held = json.loads(path.read_text("utf-8")) if path.exists() else None
        if held != identity:
            raise InputError(
                f"{self.directory} holds another simulation ({held}); name another directory for {identity}"
            )

    def save_box(self, box: Box, identity: Mapping[str, object]) -> None:
        """Write what is simulated, topology, system, groups and the packed state."""
        write_whole(self.directory / "identity.json", json.dumps(identity))
        box.groups.save(self.groups)
        with (self.directory / "topology.pdb").open("w", encoding="utf-8") as file:
            app.PDBFile.writeFile(box.topology, box.positions_nm * unit.nanometer, file, keepIds=True)
        write_whole(self.directory / "system.xml", openmm.XmlSerializer.serialize(box.system))
        context = openmm.Context(box.system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference"))
        context.setPeriodicBoxVectors(*(np.eye(3) * box.edge_nm))
        context.setPositions(box.positions_nm)
        save_state(context.getState(positions=True, velocities=True), self.start)

    def load_topology(self) -> app.Topology:
        """Topology of the box."""
        return app.PDBFile(str(self.directory / "topology.pdb")).topology

    def load_system(self) -> openmm.System:
        """Forces of the box."""
        return openmm.XmlSerializer.deserialize((self.directory / "system.xml").read_text("utf-8"))


def step_part(index: int) -> str:
    """Name of a step's record."""
    return f"step-{index:02d}"


def save_state(state: openmm.State, path: Path) -> None:
    """Write a state as XML, which every version and platform of OpenMM reads back."""
    write_whole(path, openmm.XmlSerializer.serialize(state))


def load_state(path: Path) -> openmm.State:
    """What `save_state` wrote."""
    return openmm.XmlSerializer.deserialize(path.read_text("utf-8"))
