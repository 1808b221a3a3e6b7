r"""How soon ionlink's campaign finds good formulations, beside its peers, from the same starts with the same noise.

Problems are in `optimize_problems.py`, methods in `optimize_methods.py`: each runs in a process of its own, sees the
same descriptors, the same initial formulations of a seed and the same noise of each (seed, formulation, replicate), and
has the same budget in batches of four. Every finished run is a file under --out, and the same command goes on where it
was; --again METHOD makes that method's runs anew; --report only draws what is there.

    python benchmarks/optimize.py --out simulations/optimize --peers PEERS --seeds 10
    python benchmarks/optimize.py --out simulations/optimize --report --document docs/optimisation.md \\
        --figure docs/optimisation.svg

PEERS holds one environment per peer: `benchmarks/peers/optimize-environments.sh PEERS` makes them.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from optimize_methods import ADAPTERS, methods, variants
from optimize_problems import PROBLEMS, problem
from optimize_report import check_same_problems, report, write_into
from optimize_run import Method, MethodFailed, run
from optimize_scores import best

from ionlink.data import InputError

ROOT = Path(__file__).parent.parent


def tasks(options: argparse.Namespace) -> Iterator[tuple[str, Method, int]]:
    """Problem, method and seed of every run that is asked for, all problems of a seed before the next seed."""
    chosen = {name: method for name, method in methods(options.peers).items() if name in options.method}
    fewer = dict(part.split("=") for part in options.fewer)
    for seed in range(options.seeds):
        for base in chosen.values():
            if seed >= int(fewer.get(base.name, options.seeds)):
                continue
            for name in options.problem:
                for method in variants(base, problem(name).replicates):
                    yield name, method, seed


def path_of(out: Path, name: str, method: str, seed: int) -> Path:
    """File of a run."""
    return out / "runs" / name / method.replace(" ", "-") / f"{seed:02}.json"


def perform(out: Path, name: str, method: Method, seed: int, conditions: dict[str, str]) -> None:
    """Make a run and write it down; one that failed leaves its reason and is tried again the next time."""
    path = path_of(out, name, method.name, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    log, failed = path.with_suffix(".log"), path.with_suffix(".failed")
    try:
        found = prefix(out, method, seed) if shares_synthetic(name, method) else None
        found = found or run(problem(name, seed), method, seed, log)
    except MethodFailed as failure:
        failed.write_text(f"{failure}\n", encoding="utf-8")
        print(f"{name}, {method.name}, seed {seed}: {failure}", file=sys.stderr, flush=True)
        return
    failed.unlink(missing_ok=True)
    log.unlink(missing_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(found | conditions), encoding="utf-8")
    unfinished.replace(path)
    last = found["steps"][-1]
    cpu = sum(step["cpu_s"] or 0 for step in found["steps"])
    print(f"{name}, {method.name}, seed {seed}: {last['share']:.3f}, {cpu:.0f} CPU s", file=sys.stderr, flush=True)


def shares_synthetic(name: str, method: Method) -> bool:
    """Whether a run on `levels` is the beginning of that on `synthetic`: of a method that knows the highest only."""
    return name == "levels" and not method.decides


def prefix(out: Path, method: Method, seed: int) -> dict[str, Any] | None:
    """The first batches of the run on `synthetic`, up to the budget of `levels`; `None` where there is no such run."""
    path = path_of(out, "synthetic", method.name, seed)
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    of = problem("levels")
    cost = of.levels[-1].cost
    steps = [step | {"spent": step["spent"] * cost} for step in found["steps"] if step["spent"] * cost <= of.budget]
    return found | {"problem": "levels", "fingerprint": of.fingerprint, "steps": steps, "prefix_of": "synthetic"}


def conditions() -> dict[str, str]:
    """Commit, machine and Python of what runs now."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    models = [line for line in _cpu_lines() if line.startswith("model name")]
    cpu = models[0].split(":")[1].strip() if models else platform.processor()
    return {
        "commit": done.stdout.strip() or "unknown",
        "machine": f"{cpu}, {os.cpu_count()} CPUs, {platform.system()}",
        "python": platform.python_version(),
    }


def _cpu_lines() -> Sequence[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else ()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of runs and results.json")
    parser.add_argument("--peers", type=Path, help="folder of the peers' environments; without, no peers are run")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--fewer", nargs="+", default=[], metavar="METHOD=SEEDS", help="methods with fewer seeds")
    parser.add_argument("--method", nargs="+", choices=ADAPTERS, default=list(ADAPTERS))
    parser.add_argument("--problem", nargs="+", choices=PROBLEMS, default=list(PROBLEMS))
    parser.add_argument("--again", nargs="+", choices=ADAPTERS, default=[], help="methods whose runs are made anew")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, one thread each")
    parser.add_argument("--report", action="store_true", help="run nothing, only report what --out holds")
    parser.add_argument("--figure", type=Path, help="where the figure goes, such as docs/optimisation.svg")
    parser.add_argument("--document", type=Path, help="document that gets the tables, such as docs/optimisation.md")
    return parser.parse_args()


def main() -> None:
    """Make the runs that are asked for and not there yet, then report everything that is there; raises `InputError`."""
    options = _options()
    check_same_problems(options.out)
    if not options.report:
        here = conditions()
        for name in options.problem:
            best(problem(name))  # before threads ask for it
        again = [task for task in tasks(options) if task[1].name.split(" ")[0] in options.again]
        for name, method, seed in again:
            path_of(options.out, name, method.name, seed).unlink(missing_ok=True)
        missing = [t for t in tasks(options) if not path_of(options.out, t[0], t[1].name, t[2]).exists()]
        with ThreadPoolExecutor(options.jobs) as pool:
            for done in [pool.submit(perform, options.out, *task, here) for task in missing]:
                done.result()
    text = report(options.out, options.figure)
    print(text)
    if options.document is not None:
        write_into(options.document, text)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit("\n".join(error.faults))
