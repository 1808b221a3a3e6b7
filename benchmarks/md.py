"""What the MD pipeline costs on top of its integrator, and how replicates best share the cores.

    python benchmarks/md.py [--quick] [--json FILE]

Three comparisons, each within one run on one machine, on Fe3+ / PAA / 8:1 at the `screen` level:

- pipeline: the whole of a replicate (building, every step, analysis) over the bare integrator for as many steps, half
  of them from the state before each step of the protocol and half from the state after it; wanted at most 1.25.
  The time of energy minimisations, which are no steps of the integrator, is named apart.
  CPU time is the number to look at on a machine that does other work; wall time says the same on a quiet one.
- second use: building a box of a ligand that was used before, up to the first step; wanted below 1 s.
- cores: the same steps as two replicates at once on one thread each, one after the other on one thread, and one after
  the other on two threads; the first wanted at least 1.7 times as fast as the second. Wall time: a quiet machine only.

`--quick` shortens every run of dynamics to a fifth.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import openmm

from ionlink.data import Formulation
from ionlink.simulate.box import build_box
from ionlink.simulate.engine import Engine
from ionlink.simulate.hardware import hardware
from ionlink.simulate.protocol import Protocol, load_protocol
from ionlink.simulate.replicate import simulate_replicate
from ionlink.simulate.replicate_files import ReplicateFiles, load_state

FORMULATION = Formulation(cation="Fe3+", ligand="PAA", ratio=8)
SECOND_USE = ("PAA", "PF-COO")
SHORTER = 5
WARM_UP_STEPS = 20
CORES_STEPS = 2000
Times = dict[str, float]
"""Seconds: `wall` and `cpu`."""


def protocol_of(quick: bool) -> Protocol:
    """The `screen` protocol, its runs of plain dynamics a fifth as long for a quick look."""
    screen = load_protocol("screen")
    if not quick:
        return screen
    shorter = [
        step.model_copy(update={"steps": max(100, step.steps // SHORTER)})
        if step.kind in {"dynamics", "produce"}
        else step
        for step in screen.steps
    ]
    return screen.model_copy(update={"steps": tuple(shorter)})


@contextmanager
def timed() -> Iterator[Times]:
    """Wall and CPU seconds of a block, in the mapping that it gives, once the block has ended."""
    times: Times = {}
    wall, cpu = time.perf_counter(), time.process_time()
    yield times
    times.update(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)


@contextmanager
def counted_steps() -> Iterator[list[int]]:
    """Every number of steps that an integrator is asked for while the block runs."""
    counts: list[int] = []
    plain = openmm.LangevinMiddleIntegrator.step

    def counting(self: openmm.LangevinMiddleIntegrator, steps: int) -> None:
        counts.append(steps)
        plain(self, steps)

    openmm.LangevinMiddleIntegrator.step = counting
    try:
        yield counts
    finally:
        openmm.LangevinMiddleIntegrator.step = plain


@contextmanager
def timed_minimisations() -> Iterator[Times]:
    """Seconds of all energy minimisations while the block runs."""
    total: Times = {"wall": 0.0, "cpu": 0.0}
    plain = openmm.LocalEnergyMinimizer.minimize

    def timing(*arguments: object) -> None:
        with timed() as times:
            plain(*arguments)
        total.update({kind: total[kind] + times[kind] for kind in total})

    openmm.LocalEnergyMinimizer.minimize = staticmethod(timing)
    try:
        yield total
    finally:
        openmm.LocalEnergyMinimizer.minimize = staticmethod(plain)


def pipeline(protocol: Protocol, directory: Path) -> tuple[Times, Times, list[int]]:
    """Times of a whole replicate and of its minimisations; how many steps of dynamics each of its steps took."""
    taken: list[int] = []
    with counted_steps() as counts, timed_minimisations() as minimising, timed() as times:
        simulate_replicate(
            FORMULATION, protocol, 0, directory, progress=lambda *_: taken.append(sum(counts) - sum(taken))
        )
    return times, minimising, taken


def engine_of(directory: Path, protocol: Protocol, threads: int) -> Engine:
    """What a replicate in `directory` runs with."""
    files = ReplicateFiles(directory)
    contents = files.contents(0)
    return Engine(contents.topology, contents.system, protocol.physics, threads, directory, contents.groups)


def bare(engine: Engine, state: Path, timestep_fs: float, steps: int) -> Times:
    """Times of uninterrupted dynamics from a state."""
    simulation = engine.simulation(load_state(state), timestep_fs, 300.0, seed=1)
    simulation.step(WARM_UP_STEPS)
    with timed() as times:
        simulation.step(steps)
    return times


def bare_pipeline(protocol: Protocol, directory: Path, taken: list[int]) -> Times:
    """Times of the bare integrator for the steps that a finished replicate took."""
    files, engine = ReplicateFiles(directory), engine_of(directory, protocol, 1)
    states = [files.start, *(files.step(index) for index in range(len(protocol.steps)))]
    total = {"wall": 0.0, "cpu": 0.0}
    for step, steps, before, after in zip(protocol.steps, taken, states, states[1:], strict=False):
        for state in (before, after) if steps else ():
            times = bare(engine, state, step.timestep_fs, steps // 2)
            total = {kind: total[kind] + times[kind] for kind in total}
    return total


def second_use(ligand: str, protocol: Protocol, folder: Path) -> Times:
    """Times from a formulation to the first step, the ligand having been used before in this process."""
    formulation = Formulation(cation="Fe3+", ligand=ligand, ratio=8)
    build_box(formulation, protocol, 1)
    directory = folder / ligand
    directory.mkdir()
    with timed() as times:
        files = ReplicateFiles(directory)
        files.save_box(build_box(formulation, protocol, 2), {})
        engine = engine_of(directory, protocol, 1)
        engine.simulation(load_state(files.start), 1.0, 300.0, 1)
    return times


def produce(directory: Path, threads: int, steps: int) -> tuple[float, float]:
    """Begin and end, by the clock that all processes share, of dynamics in a process of its own."""
    protocol = load_protocol("screen")
    last = ReplicateFiles(directory).step(len(protocol.steps) - 1)
    simulation = engine_of(directory, protocol, threads).simulation(load_state(last), 4.0, 300.0, seed=1)
    simulation.step(WARM_UP_STEPS)
    begin = time.time()
    simulation.step(steps)
    return begin, time.time()


def cores(directory: Path, steps: int) -> dict[str, float]:
    """Replicates per hour in units of the slowest way: two at once, or one after the other on one or two threads."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        alone = {threads: pool.submit(produce, directory, threads, steps).result() for threads in (1, 2)}
        both = [pool.submit(produce, directory, 1, steps) for _ in range(2)]
        spans = [future.result() for future in both]
    seconds = {
        "two at once, one thread each": max(end for _, end in spans) - min(begin for begin, _ in spans),
        "one after the other, one thread": 2 * (alone[1][1] - alone[1][0]),
        "one after the other, two threads": 2 * (alone[2][1] - alone[2][0]),
    }
    return {way: seconds["one after the other, one thread"] / spent for way, spent in seconds.items()}


def measure(quick: bool) -> dict[str, object]:
    """All three comparisons, with the machine and how busy it was."""
    protocol = protocol_of(quick)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        busy_before = os.getloadavg()[0]
        second = {ligand: second_use(ligand, protocol, folder) for ligand in SECOND_USE}
        whole, minimising, taken = pipeline(protocol, folder / "run")
        plain = bare_pipeline(protocol, folder / "run", taken)
        shared = cores(folder / "run", CORES_STEPS // (SHORTER if quick else 1))
    return {
        "hardware": hardware(),
        "load_average": {"before": busy_before, "after": os.getloadavg()[0]},
        "quick": quick,
        "steps_of_dynamics": sum(taken),
        "pipeline_s": whole,
        "minimisation_s": minimising,
        "bare_integrator_s": plain,
        "pipeline_over_bare": {kind: whole[kind] / plain[kind] for kind in whole},
        "without_minimisation_over_bare": {kind: (whole[kind] - minimising[kind]) / plain[kind] for kind in whole},
        "second_use_s": second,
        "throughput": shared,
    }


def table(found: dict[str, object]) -> str:
    """The same for people, as Markdown."""
    over, second, shared = found["pipeline_over_bare"], found["second_use_s"], found["throughput"]
    rows = [
        ("pipeline over bare integrator, CPU time", over["cpu"], "≤ 1.25"),
        ("the same without minimisations", found["without_minimisation_over_bare"]["cpu"], ""),
        ("pipeline over bare integrator, wall time", over["wall"], "≤ 1.25"),
        *((f"second use of {ligand}, CPU s before dynamics", times["cpu"], "< 1") for ligand, times in second.items()),
        *((f"throughput, {way}", ratio, "≥ 1.7" if "at once" in way else "") for way, ratio in shared.items()),
    ]
    lines = [f"| {what} | {number:.2f} | {wanted} |" for what, number, wanted in rows]
    return "\n".join(["| | measured | wanted |", "|---|---|---|", *lines])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = measure(arguments.quick)
    text = json.dumps(found, indent=2)
    print(table(found))
    print(text)
    if arguments.json:
        arguments.json.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
