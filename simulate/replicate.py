"""One replicate: a box built and taken through its protocol inside a directory, resumable after every step."""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openmm
from openmm import app, unit

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.whole_file import write_whole
from ionlink.simulate.analysis import analyse
from ionlink.simulate.box import Box, build_box
from ionlink.simulate.engine import Engine
from ionlink.simulate.errors import SimulationFailed
from ionlink.simulate.groups import Groups
from ionlink.simulate.protocol import Protocol
from ionlink.simulate.steps import StepResult, run_step

_ATTEMPTS = 3

Progress = Callable[[int, int], None]
"""Called with the number of finished steps and the number of all steps."""


def simulate_replicate(
    formulation: Formulation,
    protocol: Protocol,
    replicate: int,
    directory: Path,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Mapping[str, float]:
    """Simulate one replicate and return its outcomes by name, in catalogue units.

    Every finished step is saved in `directory`; the same call on the same directory goes on after the last one and
    ends with the same outcomes as if it had not been interrupted.

    Raises:
        InputError: the directory holds another simulation.
        CannotSimulate: the force fields or the protocol do not cover the formulation.
        SimulationFailed: the simulation broke down.

    """
    directory.mkdir(parents=True, exist_ok=True)
    seed = replicate_seed(formulation, protocol, replicate)
    files = ReplicateFiles(directory)
    identity = {**formulation.model_dump(), "protocol": protocol.hash, "replicate": replicate}
    if files.start.exists():
        files.check_identity(identity)
    else:
        files.save_box(build_box(formulation, protocol, seed), identity)
    engine = Engine(files.load_topology(), files.load_system(), protocol.physics, threads, directory)
    state = _load_state(files.start)
    for index, step in enumerate(protocol.steps):
        finished = files.step(index)
        if not finished.exists():
            result, attempts = _run(index, protocol, engine, state, seed)
            record = {
                "kind": step.kind,
                "density": engine.density_g_cm3(result.state),
                "converged": result.converged,
                "attempts": attempts,
            }
            files.save_record(index, record)
            _save_state(result.state, finished)
        # Also without an interruption, so that both ways go on from the very same numbers.
        state = _load_state(finished)
        if progress is not None:
            progress(index + 1, len(protocol.steps))
    return _outcomes(files, engine, protocol, formulation)


def replicate_seed(formulation: Formulation, protocol: Protocol, replicate: int) -> int:
    """Seed of a replicate: it follows from what is simulated, not from when or in which campaign."""
    text = f"{formulation.model_dump_json()}{protocol.hash}{replicate}"
    return zlib.crc32(text.encode()) % (2**31 - 1)


def _run(index: int, protocol: Protocol, engine: Engine, state: openmm.State, seed: int) -> tuple[StepResult, int]:
    """The result of a step and how many attempts it took.

    About one box in fifty has two molecules pushed into each other so that a coordinate becomes NaN. Other random
    numbers take another way from the same state; the record says so.
    """
    step = protocol.steps[index]
    for attempt in range(_ATTEMPTS):
        try:
            return run_step(step, engine, state, _step_seed(seed, index, attempt)), attempt + 1
        except openmm.OpenMMException as error:
            reason = error
    raise SimulationFailed(
        f"step {index} ({step.kind}) of {protocol.name} broke down {_ATTEMPTS} times, the last time: {reason}"
    ) from reason


def _step_seed(seed: int, index: int, attempt: int) -> int:
    entropy = (seed, index, attempt) if attempt else (seed, index)
    # OpenMM takes 0 as "choose one yourself".
    return 1 + int(np.random.SeedSequence(entropy).generate_state(1)[0]) % (2**31 - 2)


@dataclass(frozen=True)
class ReplicateFiles:
    """Names and formats of the files in a replicate's directory."""

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

    def save_record(self, index: int, record: Mapping[str, object]) -> None:
        """What is worth knowing of a finished step."""
        write_whole(self.directory / f"step-{index:02d}.json", json.dumps(record))

    def load_record(self, index: int) -> Mapping[str, float]:
        """What `save_record` wrote."""
        record: Mapping[str, float] = json.loads((self.directory / f"step-{index:02d}.json").read_text("utf-8"))
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
        _save_state(context.getState(positions=True, velocities=True), self.start)

    def load_topology(self) -> app.Topology:
        """Topology of the box."""
        return app.PDBFile(str(self.directory / "topology.pdb")).topology

    def load_system(self) -> openmm.System:
        """Forces of the box."""
        return openmm.XmlSerializer.deserialize((self.directory / "system.xml").read_text("utf-8"))


def _outcomes(
    files: ReplicateFiles, engine: Engine, protocol: Protocol, formulation: Formulation
) -> Mapping[str, float]:
    last_compression = max(index for index, step in enumerate(protocol.steps) if step.kind == "compress")
    record = files.load_record(last_compression)
    return {
        **analyse(files.directory, engine.system, Groups.load(files.groups), formulation),
        "density": record["density"],
        "density_settled": float(record["converged"]),
    }


def _save_state(state: openmm.State, path: Path) -> None:
    write_whole(path, openmm.XmlSerializer.serialize(state))


def _load_state(path: Path) -> openmm.State:
    return openmm.XmlSerializer.deserialize(path.read_text("utf-8"))
