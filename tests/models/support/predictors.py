"""Small surrogates whose every move is known."""

import numpy as np
import pandas as pd

from ionlink.data import Formulation, Observation

CATIONS = ("Mg2+", "Ca2+", "Zn2+", "Fe3+", "Al3+", "Zr4+", "In3+", "La3+", "Y3+", "Ba2+", "Sr2+", "Cu2+")
LIGANDS = ("PAA", "PF-COO", "alginate", "gamma-PGA")


class Constant:
    """Says the same of everything."""

    def __init__(self, mean: float, deviation: float):
        self.mean, self.deviation = mean, deviation

    def predict(self, formulations, *, interval=0.9, noisy=False):
        return table(formulations, np.full(len(formulations), self.mean), self.deviation)


class Nearest:
    """Repeats the training value of the same cation and ligand with the nearest ratio: the keenest memory."""

    def __init__(self, rows, scale=1.0):
        self.rows, self.scale = rows, scale

    def predict(self, formulations, *, interval=0.9, noisy=False):
        return table(formulations, np.array([self._of(f) for f in formulations]) / self.scale, 1.0)

    def _of(self, point):
        def distance(row):
            other = row.formulation
            pair = (other.cation != point.cation) + (other.ligand != point.ligand)
            return pair, abs(np.log((other.ratio or 1.0) / (point.ratio or 1.0)))

        return min(self.rows, key=distance).value


def table(formulations, mean, deviation):
    return pd.DataFrame(
        {
            "cation": [f.cation for f in formulations],
            "ligand": [f.ligand for f in formulations],
            "ratio": [f.ratio for f in formulations],
            "outcome": "chains_per_cation",
            "mean": mean,
            "standard_deviation": deviation,
            "in_domain": True,
        }
    )


def observation(point, value, **changes):
    fields = {"outcome": "chains_per_cation", "standard_error": 0.1, "level": "lab", "source": "test"} | changes
    return Observation(formulation=point, value=float(value), **fields)


def points(cations=CATIONS, ligands=LIGANDS, ratios=(8.0, 20.0)):
    return [Formulation(cation=c, ligand=p, ratio=r) for c in cations for p in ligands for r in ratios]


def mean_fit(rows):
    values = [o.value for o in rows]
    return Constant(float(np.mean(values)), float(np.std(values)) + 0.1)


def held_out(error, deviation=1.0, groups=None, split="formulation-folds", folds=10):
    """A table as of `CrossValidation.predictions` with given errors; every group in one fold."""
    error = np.asarray(error, dtype=float)
    groups = np.arange(len(error)) if groups is None else np.asarray(groups)
    return pd.DataFrame(
        {
            "outcome": "chains_per_cation",
            "split": split,
            "fold": [str(g % folds) for g in groups],
            "group": [str(g) for g in groups],
            "cation": "Fe3+",
            "ligand": "PAA",
            "ratio": 8.0,
            "observed": error,
            "standard_error": 0.1,
            "mean": 0.0,
            "standard_deviation": deviation,
            "in_domain": True,
            "training_mean": 0.5,
            "model": "",
        }
    )
