"""Whether the density of a network remembers how hard it was compressed, by the temperature of its melt.

    python benchmarks/density_memory.py [--boxes 2] [--workers 2]

Fe3+ on poly(acrylic acid) at 8:1, ten chains, by the steps of `screen` up to its equilibration, with other temperatures
of the melt and other pressures of the compression. Prints the density at 300 K and 1 bar of each box, as Markdown.
Ten minutes of one core.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ionlink.data import Formulation
from ionlink.simulate.box import build_box
from ionlink.simulate.engine import Engine, state_at
from ionlink.simulate.protocol import Protocol, load_protocol
from ionlink.simulate.replicate import replicate_seed
from ionlink.simulate.step_kinds import Equilibrate, Step
from ionlink.simulate.steps import attempt_step

FORMULATION = Formulation(cation="Fe3+", ligand="PAA", ratio=8)
CHAINS = 10
MELTS_K = (700.0, 1000.0)
PRESSURES_BAR = (500.0, 2000.0, 5000.0, 20000.0)


def variant(melt_k: float, pressure_bar: float) -> Protocol:
    """`screen` up to its equilibration, with another melt and another compression."""
    screen = load_protocol("screen")
    hottest = max(step.temperature_k for step in screen.steps if step.kind == "compress")
    until = next(index for index, step in enumerate(screen.steps) if isinstance(step, Equilibrate))
    steps = tuple(_changed(step, hottest, melt_k, pressure_bar) for step in screen.steps[: until + 1])
    box = screen.box.model_copy(update={"min_chains": CHAINS})
    return screen.model_copy(update={"box": box, "steps": steps})


def _changed(step: Step, hottest: float, melt_k: float, pressure_bar: float) -> Step:
    update = {name: melt_k for name, value in step if name.endswith("temperature_k") and value == hottest}
    if step.kind == "compress":
        update["pressure_bar"] = pressure_bar
    return step.model_copy(update=update)


def density_g_cm3(melt_k: float, pressure_bar: float, replicate: int) -> float:
    """Of one box, at 300 K and 1 bar."""
    protocol = variant(melt_k, pressure_bar)
    seed = replicate_seed(FORMULATION, protocol, replicate)
    box = build_box(FORMULATION, protocol, seed)
    state = state_at(box.system, box.positions_nm, np.eye(3) * box.edge_nm)
    with TemporaryDirectory() as folder:
        engine = Engine(box.topology, box.system, protocol.physics, 1, Path(folder), box.groups)
        for index, step in enumerate(protocol.steps):
            state = attempt_step(step, index, engine, state, seed).result.state
    return engine.density_g_cm3(state)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boxes", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        found = {
            (melt, pressure, box): pool.submit(density_g_cm3, melt, pressure, box)
            for melt, pressure, box in product(MELTS_K, PRESSURES_BAR, range(options.boxes))
        }
        print("| melt | " + " | ".join(f"{pressure:g} bar" for pressure in PRESSURES_BAR) + " |")
        print("|---" * (len(PRESSURES_BAR) + 1) + "|")
        for melt in MELTS_K:
            cells = [
                ", ".join(f"{found[melt, pressure, box].result():.2f}" for box in range(options.boxes))
                for pressure in PRESSURES_BAR
            ]
            print(f"| {melt:g} K | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
