"""How well reference acids, Hammett and Taft tell pKa that were measured: one line for each kind of binding site.

    python benchmarks/pka_of_sites.py dataset_2386.csv

The table needs the columns `conjugate_acid` and `conjugate_base` (SMILES) and `exp_pka (pKa)`. That of
github.com/sarmaier/RootedCBH_pka, datasets/dataset_2386.csv, has 2386 acids of doi:10.1021/acs.jcim.0c00105. Nothing is
fitted to it.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from rdkit import Chem, RDLogger
from rdkit.Chem.MolStandardize.rdMolStandardize import Uncharger

from ionlink.data.binding_site import binding_sites
from ionlink.features.substituent_effects import sites_in_place

COLUMNS = ("conjugate_acid", "conjugate_base", "exp_pka (pKa)")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    RDLogger.DisableLog("rdApp.*")
    rows = measured(pd.read_csv(parser.parse_args().table, encoding="utf-8-sig"))
    print(summary(rows).to_string(index=False))


def measured(table: pd.DataFrame) -> pd.DataFrame:
    """Rows `site`, `measured`, `reference`, `in_place`: one for each acid whose proton is that of a binding site."""
    rows = (_row(*row) for row in table.rename(columns=str.strip)[[*COLUMNS]].itertuples(index=False))
    return pd.DataFrame([row for row in rows if row is not None], columns=["site", "measured", "reference", "in_place"])


def _row(acid: str, base: str, pka: float) -> tuple[str, float, float, float] | None:
    molecule = Chem.MolFromSmiles(acid)
    atom = _proton_lost_from(molecule, Chem.MolFromSmiles(base))
    neutral = Uncharger(True, True).uncharge(molecule)
    for site in sites_in_place(neutral):
        if atom in site.atoms and site.pka:
            return site.kind.name, pka, site.kind.pka[0], site.pka[0]
    return None


def _proton_lost_from(acid: Chem.Mol, base: Chem.Mol) -> int | None:
    match = _uncharged(base).GetSubstructMatch(_uncharged(acid))
    charges = [base.GetAtomWithIdx(i).GetFormalCharge() for i in match]
    changed = [i for i, charge in enumerate(charges) if acid.GetAtomWithIdx(i).GetFormalCharge() != charge]
    return changed[-1] if changed else None


def _uncharged(molecule: Chem.Mol) -> Chem.Mol:
    copy = Chem.RWMol(molecule)
    for atom in copy.GetAtoms():
        atom.SetFormalCharge(0)
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(0)
    return copy


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each kind of site that has reaction constants, and one for all of them."""
    known = rows[[binding_sites()[name].centre != () for name in rows["site"]]]
    kinds = [*known.groupby("site"), ("all of these", known)]
    return pd.DataFrame([{"site": name, "acids": len(group)} | _errors(group) for name, group in kinds]).round(2)


def _errors(group: pd.DataFrame) -> dict[str, float]:
    return {
        f"{name}, {kind}": summarise(group[kind] - group["measured"])
        for kind in ("reference", "in_place")
        for name, summarise in SUMMARIES.items()
    }


SUMMARIES = {
    "mean": np.mean,
    "RMSE": lambda errors: np.sqrt(np.mean(errors**2)),
    "median of absolute": lambda errors: np.median(np.abs(errors)),
}


if __name__ == "__main__":
    main()
