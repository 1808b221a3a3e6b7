"""One replicate: a box built and taken through its protocol inside a directory, resumable after every step."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import openmm

from ionlink.data.formulation import Formulation
from ionlink.data.polymer_definition import polymer_definition
from ionlink.data.whole_file import NO_ROOM
from ionlink.simulate.analysis import analyse
from ionlink.simulate.box import build_box
from ionlink.simulate.contents import Contents
from ionlink.simulate.engine import Engine
from ionlink.simulate.errors import DiskFull, MachineFailed, SimulationFailed
from ionlink.simulate.protocol import Protocol
from ionlink.simulate.replicate_files import ReplicateFiles, load_state, save_state, step_part
from ionlink.simulate.run_record import Stopwatch
from ionlink.simulate.step_kinds import Produce, Swell
from ionlink.simulate.step_outcomes import step_outcomes
from ionlink.simulate.steps import attempt_step
from ionlink.simulate.trajectory import trajectory_file, whole_frames

Progress = Callable[[int, int], None]
"""Called with the number of finished steps and the number of all steps."""


def simulate_replicate(
    formulation: Formulation,
    protocol: Protocol,
    replicate: int,
    directory: Path,
    *,
    threads: int = 1,
    platform: str | None = None,
    progress: Progress | None = None,
) -> Mapping[str, float]:
    """Simulate one replicate and return its outcomes by name, in catalogue units.

    Every finished step is saved in `directory`; the same call on the same directory goes on after the last one and
    ends with the same outcomes as if it had not been interrupted. `platform` forces one of OpenMM's platforms, such as
    `CPU`; without it the fastest is taken.

    Raises:
        InputError: the directory holds another simulation.
        CannotSimulate: the force fields or the protocol do not cover the formulation.
        SimulationFailed: the simulation broke down; its `kind` says how.

    """
    with _full_disk_named(directory):
        directory.mkdir(parents=True, exist_ok=True)
        seed = replicate_seed(formulation, protocol, replicate)
        files = ReplicateFiles(directory)
        _prepare(files, formulation, protocol, replicate, seed)
        engine = _engine(files.contents(0), protocol, threads, directory, platform)
        state = load_state(files.start)
        for index in range(len(protocol.steps)):
            if not _is_finished(files, protocol, index):
                _run_step(index, protocol, engine, state, seed, files)
            # Also without an interruption, so that both ways go on from the very same numbers.
            state = load_state(files.step(index))
            if isinstance(protocol.steps[index], Swell):
                engine = _engine(files.contents(index + 1), protocol, threads, directory, platform)
            if progress is not None:
                progress(index + 1, len(protocol.steps))
        return _outcomes(files, engine, protocol, formulation)


def replicate_seed(formulation: Formulation, protocol: Protocol, replicate: int) -> int:
    """Seed of a replicate: it follows from what is simulated, not from when or in which campaign."""
    text = f"{formulation.model_dump_json()}{protocol.hash}{replicate}"
    return zlib.crc32(text.encode()) % (2**31 - 1)


def _engine(contents: Contents, protocol: Protocol, threads: int, directory: Path, platform: str | None) -> Engine:
    return Engine(contents.topology, contents.system, protocol.physics, threads, directory, contents.groups, platform)


@contextmanager
def _full_disk_named(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise DiskFull(f"no room left for {directory}; make room, then the same call goes on") from error


def _prepare(files: ReplicateFiles, formulation: Formulation, protocol: Protocol, replicate: int, seed: int) -> None:
    """Build the box, or see that the one there is of the same simulation."""
    identity = {**formulation.model_dump(), "protocol": protocol.hash, "replicate": replicate}
    if files.start.exists():
        files.check_identity(identity, formulation.ligand)
        return
    watch = Stopwatch()
    box = build_box(formulation, protocol, seed)
    files.save_record("build", {"seed": seed, "atoms": box.topology.getNumAtoms(), **watch.record()})
    files.save_box(box, {**identity, "polymer": polymer_definition(formulation.ligand)})


def _is_finished(files: ReplicateFiles, protocol: Protocol, index: int) -> bool:
    """Whether a step has left its state, and its frames: these are large, and may have been left behind or deleted.

    Some of them are none: a copy, or sampling them again, may have been interrupted.
    """
    step = protocol.steps[index]
    if not isinstance(step, Produce):
        return files.step(index).exists()
    frames = trajectory_file(files.directory, step.trajectory)
    return files.step(index).exists() and whole_frames(frames) == step.steps // step.sample_every_steps


def _run_step(
    index: int, protocol: Protocol, engine: Engine, state: openmm.State, seed: int, files: ReplicateFiles
) -> None:
    """Run a step from `state`; its record is written before its state, whose presence means that it is finished.

    Where it fails, the record holds how often it did, for the call that tries it again.
    """
    watch = Stopwatch(engine.device.hardware)
    step = protocol.steps[index]
    failed_before = int(files.load_record(step_part(index)).get("failed_attempts", 0))
    try:
        attempted = attempt_step(step, index, engine, state, seed, failed_before)
    except SimulationFailed as error:
        if not isinstance(error, MachineFailed):
            files.save_record(step_part(index), {"failed_attempts": error.attempts})
        raise
    contents = attempted.result.contents
    after = engine if contents is None else replace(engine, **vars(contents))
    record = {
        "kind": step.kind,
        "density": after.density_g_cm3(attempted.result.state),
        "converged": attempted.result.converged,
        "attempts": attempted.attempts,
        "failed_attempts": failed_before,
        "gentler": attempted.gentler,
        "platform": engine.device.platform,
        "threads": engine.threads,
        **attempted.result.record,
        **watch.record(),
    }
    files.save_record(step_part(index), record)
    if contents is not None:
        files.save_contents(index, contents, attempted.result.state)
    save_state(attempted.result.state, files.step(index))


def _outcomes(
    files: ReplicateFiles, engine: Engine, protocol: Protocol, formulation: Formulation
) -> Mapping[str, float]:
    watch = Stopwatch()
    groups = files.contents(len(protocol.steps)).groups
    outcomes = {
        **analyse(files.directory, engine.system, groups, formulation),
        **step_outcomes(protocol, files.needed_record, files.directory),
    }
    files.save_record("analysis", watch.record())
    return outcomes
