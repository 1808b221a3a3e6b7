"""Run candidates for the `screen` protocol on the five cations of the model case, for `resolving_power.py` to compare.

    python benchmarks/candidate_protocols.py ROOT [NAME …] [--replicates 3] [--ligand PAA] [--ratio 8] [--workers 2]

A NAME is a file in `benchmarks/protocols/` or a shipped level; without any, all files and `screen` run. Results go to
`ROOT/<name>/<cation>/replicate-<k>/result.json`, outcomes with the processor and wall time of the replicate; what is
finished is not run again. An hour or two of two cores.
"""

import argparse
import json
import time
import tomllib
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path

from ionlink.data import Formulation
from ionlink.data.whole_file import write_whole
from ionlink.dataset_design import MODEL_CASE_CATIONS
from ionlink.simulate.errors import SimulationFailed
from ionlink.simulate.protocol import Protocol, load_protocol
from ionlink.simulate.replicate import simulate_replicate

PROTOCOLS = Path(__file__).parent / "protocols"


def candidate(name: str) -> Protocol:
    """The protocol of a file, or the shipped one of that name."""
    path = PROTOCOLS / f"{name}.toml"
    return Protocol.model_validate(tomllib.loads(path.read_text("utf-8"))) if path.exists() else load_protocol(name)


def run(name: str, formulation: Formulation, replicate: int, root: Path) -> str:
    """One replicate in the process that calls it; a line that says what became of it."""
    directory = root / name / formulation.cation / f"replicate-{replicate}"
    result = directory / "result.json"
    what = f"{name} {formulation.cation} {replicate}"
    if result.exists():
        return f"{what}: finished before"
    wall, cpu = time.time(), time.process_time()
    try:
        outcomes = simulate_replicate(formulation, candidate(name), replicate, directory)
    except SimulationFailed as error:
        return f"{what}: {error}"
    times = {"cpu": time.process_time() - cpu, "wall": time.time() - wall}
    write_whole(result, json.dumps({**outcomes, **times}))
    return f"{what}: {times['cpu']:.0f} s of processor time"


def main() -> None:
    """Run what is asked for and print a line for each replicate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--replicates", type=int, default=3)
    parser.add_argument("--ligand", default="PAA")
    parser.add_argument("--ratio", type=float, default=8.0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    names = options.names or [*sorted(path.stem for path in PROTOCOLS.glob("*.toml")), "screen"]
    formulations = [Formulation(cation=c, ligand=options.ligand, ratio=options.ratio) for c in MODEL_CASE_CATIONS]
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        pending = [
            pool.submit(run, name, formulation, replicate, options.root)
            for name, replicate, formulation in product(names, range(options.replicates), formulations)
        ]
        for future in pending:
            print(future.result(), flush=True)


if __name__ == "__main__":
    main()
