"""How well ionlink's default surrogate predicts what it has not seen, beside its peers on the same folds.

Data: a, the stability constants of the knowledge base; b-oxygen and b-all, those of a table given by --log-k, of
ligands whose donors are all oxygen, and all; c, the shipped molecular dynamics. Splits: random (pairs or formulations),
new cation, new ligand. Peers see `FormulationDescriptors(cross_terms=True)`, Chemprop the ligand's graph.
What is finished stays under --out, and the same command goes on where it was; --report only draws what is there.

    python benchmarks/surrogates.py --out simulations/surrogates --log-k log_k.csv --peers-python PEERS/bin/python

CatBoost, XGBoost and Chemprop need environments of their own, `benchmarks/peers/surrogates-requirements.txt`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from surrogate_data import NEW_CATION, NEW_LIGAND, RANDOM, DataSet, Fold, data_sets
from surrogate_methods import METHOD_NAMES, OF_MOLECULES, Method, Predicted, method
from surrogate_report import report, write_into

from ionlink.data import InputError
from ionlink.models.threads import one_thread

SPLITS = (RANDOM, NEW_CATION, NEW_LIGAND)


def folds(data: DataSet, asked: str) -> list[Fold]:
    """Of all divisions, one after the other."""
    return [
        Fold(data, split, label, division)
        for division, split in enumerate(data.splits[asked])
        for label in split.fold_names
    ]


def held_out_table(asked: str, name: str, fold: Fold, predicted: Predicted) -> pd.DataFrame:
    """Predictions of one fold, one row per held-out row and outcome."""
    formulations = [fold.data.formulations[row] for row in fold.held]
    groups = [fold.split.groups[row] for row in fold.held]
    frames = [
        pd.DataFrame(
            {
                "data": fold.data.name,
                "split": asked,
                "folds": fold.split.name,
                "division": fold.division,
                "fold": fold.label,
                "method": name,
                "outcome": outcome,
                "row": fold.held,
                "group": groups,
                "cation": [f.cation for f in formulations],
                "ligand": [f.ligand for f in formulations],
                "ratio": np.array([f.ratio for f in formulations], dtype=np.float64),
                "observed": fold.data.observed[fold.held, column],
                "mean": predicted.mean[:, column],
                "standard_deviation": predicted.deviation[:, column],
                "degrees_of_freedom": np.inf if predicted.degrees is None else predicted.degrees[:, column],
                "training_mean": fold.data.observed[fold.training, column].mean(),
                "training_rows": len(fold.training),
                "fit_s": predicted.fit_s,
                "predict_s": predicted.predict_s,
            }
        )
        for column, outcome in enumerate(fold.data.outcomes)
    ]
    return pd.concat(frames, ignore_index=True)


def run(data: DataSet, splits: Sequence[str], name: str, learn: Method, out: Path) -> None:
    """Predict every fold that is not there yet."""
    numbered = [(asked, number, fold) for asked in splits for number, fold in enumerate(folds(data, asked))]
    for asked, number, fold in numbered:
        path = out / "predictions" / data.name / asked.replace(" ", "-") / _slug(name) / f"{number:02}.csv"
        if path.exists():
            continue
        with one_thread():
            table = held_out_table(asked, name, fold, learn(fold))
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        table.to_csv(unfinished, index=False)
        unfinished.replace(path)
        print(
            f"{data.name}, {asked}, {name}: {fold.label} ({table['fit_s'].iloc[0]:.1f} s)", file=sys.stderr, flush=True
        )


def check_same_data(data: DataSet, out: Path) -> None:
    """Raise `InputError` where `out` holds predictions of other observations, descriptors or folds."""
    path = out / "predictions" / data.name / "data.json"
    folds_of = {asked: len(folds(data, asked)) for asked in data.splits}
    stated = {"fingerprint": data.fingerprint, "rows": len(data.rows), "folds": folds_of}
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(json.dumps(stated, indent=1), encoding="utf-8")
    elif json.loads(path.read_text(encoding="utf-8")) != stated:
        raise InputError(
            f"{out}: its predictions of {data.name} are of other observations or folds; give another --out"
        )


def _slug(name: str) -> str:
    return name.lower().replace(",", "").replace(" ", "-")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of predictions, metrics.csv and results.json")
    parser.add_argument("--log-k", type=Path, help="table of stability constants for b-oxygen and b-all")
    parser.add_argument("--peers-python", type=Path, help="Python with CatBoost and XGBoost")
    parser.add_argument("--chemprop-python", type=Path, help="Python with Chemprop")
    parser.add_argument("--only", nargs="+", choices=("a", "b-oxygen", "b-all", "c"))
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=SPLITS)
    parser.add_argument("--methods", nargs="+", choices=METHOD_NAMES, default=METHOD_NAMES)
    parser.add_argument("--report", action="store_true", help="fit nothing, only report what --out holds")
    parser.add_argument("--figure", type=Path, help="where the figure goes, such as docs/surrogates.svg")
    parser.add_argument("--document", type=Path, help="document that gets the tables, such as docs/surrogates.md")
    return parser.parse_args()


def main() -> None:
    """Fit what is asked and not there yet, then report everything that is there."""
    options = _options()
    pythons = dict.fromkeys(("CatBoost", "CatBoost, uncertain", "XGBoost"), options.peers_python)
    pythons["Chemprop"] = options.chemprop_python
    pythons = {name: path for name, path in pythons.items() if path is not None}
    available = data_sets(options.log_k)
    chosen = [] if options.report else options.only or list(available)
    missing = [name for name in chosen if name not in available]
    if missing:
        raise InputError(f"{name}: needs a table of stability constants, --log-k FILE" for name in missing)
    for letter in chosen:
        data = available[letter]()
        check_same_data(data, options.out)
        for name in options.methods:
            learn = method(name, pythons)
            if learn is not None and not (name in OF_MOLECULES and letter == "c"):
                run(data, options.splits, name, learn, options.out)
    text = report(options.out, options.figure)
    print(text)
    if options.document is not None:
        write_into(options.document, text)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit("\n".join(error.faults))
