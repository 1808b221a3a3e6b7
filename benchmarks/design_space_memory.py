"""What a design space of ten million pairs costs: to make, to draw from, and to ask for a first and a modelled batch.

    python benchmarks/design_space_memory.py [--ligands 160000] [--cations 64] [--observed 16]

The ligands are SMILES of small acids that are put together here. Prints one JSON object: CPU seconds of each step, and
the largest resident memory of the process after it (Linux only).
"""

import argparse
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ionlink.data import Formulation, Observation, cations
from ionlink.optimize import Campaign, DesignSpace, Objective, RatioRange

ENDS = ("", "O", "N", "F", "Cl", "S", "C#N", "C(=O)O", "c1ccccc1", "c1ccncc1", "OC", "C(=O)N", "C(F)(F)F", "NC", "SC")
LONGEST_CHAIN = 28

OUTCOMES = (("peel_force", "maximise"), ("dmt_modulus_spread", "minimise"))


def library(n: int) -> list[str]:
    """`n` different small acids: alpha-hydroxy acids with an amine, each with its own substituent."""
    parts = ["C" * length + end for length in range(1, LONGEST_CHAIN) for end in ENDS]
    every = (f"O=C(O)C(O{first})N{second}" for first, second in itertools.product(parts, parts))
    found = list(itertools.islice(every, n))
    if len(found) < n:
        raise SystemExit(f"--ligands: only {len(found)} can be put together")
    return found


def steps(smiles: Sequence[str], names: Sequence[str], observed: int) -> Iterator[tuple[str, float]]:
    """What is done, and the processor seconds that it took."""
    start = time.process_time()
    space = DesignSpace(cations=tuple(names), ligands=tuple(smiles), ratio=RatioRange(lower=1, upper=20))
    yield f"make {len(space.combinations):,} combinations", time.process_time() - start
    start = time.process_time()
    space.draw(1000, np.random.default_rng(0))
    yield "draw 1,000", time.process_time() - start
    campaign = Campaign(space, [Objective.model_validate({"outcome": name, "goal": goal}) for name, goal in OUTCOMES])
    start = time.process_time()
    first = [candidate.formulation for candidate in campaign.ask(observed)]
    yield f"ask for {observed} without a model", time.process_time() - start
    campaign.tell([o for formulation in first for o in made_up(formulation)])
    for batch in ("first", "second"):
        start = time.process_time()
        campaign.ask(4)
        yield f"ask for 4 with a model, {batch} time", time.process_time() - start


def made_up(formulation: Formulation) -> list[Observation]:
    """Values that depend on charge, ratio and the length of the ligand."""
    assert formulation.ratio is not None
    charge, size = cations()[formulation.cation].charge, len(formulation.ligand)
    values = (charge + np.log(formulation.ratio), 0.1 * charge + size / 100)
    return [
        Observation(formulation=formulation, outcome=name, value=float(value), level="lab", source="made up")
        for (name, _), value in zip(OUTCOMES, values, strict=True)
    ]


def peak_mb() -> float:
    """Largest resident memory of this process so far, in MB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ligands", type=int, default=160_000)
    parser.add_argument("--cations", type=int, default=len(cations()))
    parser.add_argument("--observed", type=int, default=16)
    options = parser.parse_args()
    smiles, names = library(options.ligands), list(cations())[: options.cations]
    found: dict[str, dict[str, float]] = {"names alone": {"cpu_s": 0.0, "peak_mb": round(peak_mb())}}
    for step, cpu_s in steps(smiles, names, options.observed):
        found[step] = {"cpu_s": round(cpu_s, 2), "peak_mb": round(peak_mb())}
        print(f"{step}: {found[step]}", flush=True)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
