"""What predicting a million formulations costs, against GPyTorch's own posterior on the same rows.

Random formulations of all cations and ligands, ratios between 8 and 100 that do not repeat; one outcome. The surrogate
with 60 training rows is that of the shipped screen data; the larger one is fitted to more formulations of the same kind
with values that the smaller one predicts, plus noise. `gp.posterior` gets 512 rows at a time, fewer rows in all (time
is scaled up), and its inputs for nothing. Peak memory is the whole process's, the table of formulations included.

    python benchmarks/prediction_throughput.py [rows] [threads of gp.posterior]
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch
from botorch.models import SingleTaskGP
from rich.console import Console
from rich.table import Table

import ionlink
from ionlink.data import Formulation, Observation, cations, ligands, observations
from ionlink.models import Surrogate
from ionlink.models.fast_posterior import FastPosterior
from ionlink.table_file import write_parts

OUTCOME = "crosslink_strength"
POSTERIOR_ROWS = 20_480


def main(rows: int, threads: int) -> None:
    """Measure and print."""
    torch.set_num_threads(threads)
    asked = formulations(rows)
    small = Surrogate.fit([o for o in observations() if o.level == "screen"], outcomes=[OUTCOME])
    table = Table("training rows", "what", "seconds", "rows/s", "peak GB", "times as fast", title=f"{rows:,} rows")
    for surrogate in (small, larger(small, 216)):
        for what, needed, own in measured(asked, surrogate):
            count = len(surrogate.models[OUTCOME].gp.train_targets)
            table.add_row(str(count), what, f"{needed:.2f}", f"{rows / needed:,.0f}", peak(), f"{own / needed:.2f}")
    Console(width=110).print(table)


def measured(asked: pd.DataFrame, surrogate: Surrogate) -> Iterator[tuple[str, float, float]]:
    """What was done, the seconds that it took for all rows, and those of GPyTorch's own posterior."""
    gp = surrogate.models[OUTCOME].gp
    few = [Formulation(**row) for row in asked.head(POSTERIOR_ROWS).to_dict("records")]
    inputs = surrogate.inputs(few)
    scale = len(asked) / len(inputs)
    own = seconds(lambda: posterior(gp, inputs)) * scale
    yield "gp.posterior", own, own
    yield "FastPosterior", seconds(lambda: FastPosterior.of(gp).marginals(inputs)) * scale, own
    yield "ionlink.predict, a table", seconds(lambda: ionlink.predict(asked, model=surrogate, outcomes=OUTCOME)), own
    for kind in ("csv", "parquet"):
        yield f"{kind} to {kind}", file_seconds(asked, surrogate, kind), own


def formulations(rows: int) -> pd.DataFrame:
    """Random formulations."""
    random = np.random.default_rng(0)
    columns = {"cation": random.choice(list(cations()), rows), "ligand": random.choice(list(ligands()), rows)}
    return pd.DataFrame({**columns, "ratio": np.exp(random.uniform(np.log(8), np.log(100), rows))})


def larger(surrogate: Surrogate, count: int) -> Surrogate:
    """A surrogate of the same outcome with `count` training rows."""
    places = [Formulation(**row) for row in formulations(count).to_dict("records")]
    mean = surrogate.predict(places)["mean"].to_numpy()
    values = mean + np.random.default_rng(1).normal(0, 0.05 * mean.std(), count)
    seen = [
        Observation(formulation=f, outcome=OUTCOME, value=v, standard_error=0.05 * mean.std(), level="x", source="x")
        for f, v in zip(places, values, strict=True)
    ]
    return Surrogate.fit(seen)


def posterior(gp: SingleTaskGP, inputs: torch.Tensor) -> None:
    """Mean and variance as GPyTorch gives them."""
    with torch.no_grad():
        for chunk in inputs.split(512):
            found = gp.posterior(chunk)
            _ = found.mean, found.variance


def file_seconds(asked: pd.DataFrame, surrogate: Surrogate, kind: str) -> float:
    """From a file on disk to one."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / f"asked.{kind}", Path(folder) / f"out.{kind}"
        asked.to_csv(source, index=False) if kind == "csv" else asked.to_parquet(source, index=False)
        return seconds(lambda: write_parts(ionlink.predict_stream(source, model=surrogate, outcomes=OUTCOME), target))


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak() -> str:
    """Largest memory of the process so far, in GB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9:.2f}"


if __name__ == "__main__":
    main(*(int(text) for text in [*sys.argv[1:], *("1000000", "1")[len(sys.argv) - 1 :]]))
