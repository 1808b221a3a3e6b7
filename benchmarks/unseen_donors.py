"""Whether predictions of stability constants hold what they say of ligands that bind by donors nobody measured.

The shipped constants teach; held out are, one after the other, all ligands with one kind of donor, and with --log-k the
ligands of another table. Printed: how many of the 90 % intervals hold what was measured, and how many would if a new
kind of donor were no more than a new ligand.

    python benchmarks/unseen_donors.py --log-k log_k.csv
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from surrogate_data import given_constants, shipped_constants

from ionlink.data import Observation
from ionlink.models import Surrogate
from ionlink.models.calibration import Width
from ionlink.models.domain import donors_of
from ionlink.models.threads import one_thread

OUTCOME = "log_k1"
FEWEST_ROWS = 5


def foretold(taught: Sequence[Observation], asked: Sequence[Observation]) -> pd.DataFrame:
    """One row for each that is asked of a ligand that was not taught: its errors, and whether intervals hold it."""
    surrogate = Surrogate.fit(taught, outcomes=[OUTCOME])
    model = surrogate.models[OUTCOME]
    verdicts = [model.domain.verdict(o.formulation).novelty for o in asked]
    frame = surrogate.predict([o.formulation for o in asked], noisy=True)
    error = frame["mean"] - [o.value for o in asked]
    half = (frame["upper"] - frame["lower"]) / 2
    calibration = model.learned.calibration
    assert calibration is not None
    believed = calibration.model_copy(update={"new_donor": Width()})
    narrower = [believed.width(v).factor / calibration.width(v).factor for v in verdicts]
    found = frame[["cation", "ligand"]].assign(
        donor=["new donor" if v.donor else "known donors" for v in verdicts],
        error=error,
        held=error.abs() <= half,
        held_as_a_new_ligand=error.abs() <= half * narrower,
    )
    return found[[v.ligand for v in verdicts]]


def summary(found: pd.DataFrame) -> dict[str, object]:
    """Numbers of one line of the table."""
    return {
        "rows": len(found),
        "ligands": found["ligand"].nunique(),
        "RMSE": round(float(np.sqrt((found["error"] ** 2).mean())), 2),
        "90 % hold (%)": round(100 * found["held"].mean()),
        "as a new ligand (%)": round(100 * found["held_as_a_new_ligand"].mean()),
    }


def without_each_donor(known: Sequence[Observation]) -> Iterator[dict[str, object]]:
    """For each kind of donor of which there are enough rows."""
    kinds = sorted({kind for o in known for kind in donors_of(o.formulation.ligand)})
    for kind in kinds:
        has = [kind in donors_of(o.formulation.ligand) for o in known]
        told, anew = ([o for o, own in zip(known, has, strict=True) if own == side] for side in (False, True))
        if len(anew) >= FEWEST_ROWS:
            yield {"held out": kind} | summary(foretold(told, anew))


def of_another_table(known: Sequence[Observation], path: Path) -> Iterator[dict[str, object]]:
    """Ligands that are not shipped."""
    found = foretold(known, [row[0] for row in given_constants(path, oxygen_only=False).rows])
    for name, own in found.groupby("donor"):
        yield {"held out": f"{path.name}, {name}"} | summary(own)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log-k", type=Path, help="table of stability constants, as `ionlink data import log-k` reads")
    options = parser.parse_args()
    known = [row[0] for row in shipped_constants().rows]
    with one_thread():
        lines = list(without_each_donor(known))
        lines += of_another_table(known, options.log_k) if options.log_k else []
    print(pd.DataFrame(lines).to_string(index=False))


if __name__ == "__main__":
    main()
