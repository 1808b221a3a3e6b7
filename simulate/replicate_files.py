"""Names and formats of the files in a replicate's directory; each is whole or absent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openmm

from ionlink.data.errors import InputError
from ionlink.data.polymer_definition import refuse_redefined
from ionlink.data.whole_file import write_whole
from ionlink.simulate.box import Box
from ionlink.simulate.contents import Contents, ContentsFiles, contents_files, step_part
from ionlink.simulate.damage import damage_named
from ionlink.simulate.engine import state_at

__all__ = ["ReplicateFiles", "load_state", "save_state", "step_part"]


@dataclass(frozen=True)
class ReplicateFiles:
    """The files of one replicate."""

    directory: Path

    @property
    def start(self) -> Path:
        """State after packing; written last, so that its presence means that the box is complete."""
        return self.directory / "start.xml"

    def step(self, index: int) -> Path:
        """State after a step; its presence means that the step is finished."""
        return self.directory / f"{step_part(index)}.xml"

    def save_record(self, part: str, record: Mapping[str, object]) -> None:
        """What is worth knowing of a finished part: `build`, `step-00` and so on, or `analysis`."""
        write_whole(self.directory / f"{part}.json", json.dumps(record))

    def load_record(self, part: str) -> Mapping[str, Any]:
        """What `save_record` wrote; empty where a part was run by a version that recorded nothing of it."""
        path = self.directory / f"{part}.json"
        return _read_json(path) if path.exists() else {}

    def needed_record(self, index: int) -> Mapping[str, Any]:
        """The record of a finished step that outcomes are taken from.

        Raises:
            FileDamaged: it is not there, or cannot be read.

        """
        return _read_json(self.directory / f"{step_part(index)}.json")

    def check_identity(self, identity: Mapping[str, object], polymer: str) -> None:
        """Raise `InputError` where the directory was begun for something else, or when `polymer` was another one."""
        path = self.directory / "identity.json"
        held = _read_json(path) if path.exists() else {}
        kept = held.pop("polymer", None)
        if held != identity:
            raise InputError(
                f"{self.directory} holds another simulation ({held or None}); name another directory for {identity}"
            )
        refuse_redefined(polymer, kept, path)

    def save_box(self, box: Box, identity: Mapping[str, object]) -> None:
        """Write what is simulated, topology, system, groups and the packed state."""
        write_whole(self.directory / "identity.json", json.dumps(identity))
        state = state_at(box.system, box.positions_nm, np.eye(3) * box.edge_nm)
        ContentsFiles(self.directory).save(Contents(box.topology, box.system, box.groups), state)
        save_state(state, self.start)

    def save_contents(self, index: int, contents: Contents, state: openmm.State) -> None:
        """Write what the box holds after a step that changed it, before the state of that step."""
        ContentsFiles(self.directory, f"{step_part(index)}-").save(contents, state)

    def contents(self, finished_steps: int) -> Contents:
        """What the box holds after a number of steps."""
        return contents_files(self.directory, finished_steps).load()


def save_state(state: openmm.State, path: Path) -> None:
    """Write a state as XML, which every version and platform of OpenMM reads back."""
    write_whole(path, openmm.XmlSerializer.serialize(state))


def load_state(path: Path) -> openmm.State:
    """What `save_state` wrote."""
    with damage_named(path, "delete it, then the same command makes it again"):
        return openmm.XmlSerializer.deserialize(path.read_text("utf-8"))


def _read_json(path: Path) -> dict[str, Any]:
    with damage_named(path):
        return dict(json.loads(path.read_text("utf-8")))
