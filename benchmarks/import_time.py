"""What starting up costs: `import ionlink` and `ionlink --help` against an empty Python.

    python benchmarks/import_time.py [repeats]

Prints one JSON object: best wall time in seconds of each command over the repeats, and its ratio to `python -c pass`.
The best time is the one least disturbed by whatever else the machine does.
"""

import json
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import ionlink": ["-c", "import ionlink"],
    "import ionlink.data": ["-c", "import ionlink.data"],
    "ionlink --help": ["-m", "ionlink", "--help"],
    "ionlink campaign run --help": ["-m", "ionlink", "campaign", "run", "--help"],
    "ionlink data list": ["-m", "ionlink", "data", "list"],
}


def best_time_s(arguments: list[str], repeats: int) -> float:
    """Shortest wall time of `python *arguments`."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return min(times)


def main(repeats: int = 7) -> None:
    """Measure and print."""
    best = {name: best_time_s(arguments, repeats) for name, arguments in COMMANDS.items()}
    empty = best["python -c pass"]
    print(json.dumps({name: {"s": round(t, 3), "ratio": round(t / empty, 1)} for name, t in best.items()}, indent=2))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
