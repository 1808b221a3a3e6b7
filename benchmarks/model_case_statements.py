"""What the model case's simulations state of its five cations, one by one, against the shipped `screen` observations.

    python benchmarks/model_case_statements.py

The statements (doi:10.1021/jacs.5c22740) stand in `model_case_statements.csv`: cations, a relation, and other cations
or a number. Every pair is judged: `agrees` where the difference has the stated sign and exceeds two combined standard
errors, `disagrees` where it exceeds them with the opposite sign, else `not resolvable`. A stated equality agrees where
the difference with two standard errors lies within the tolerance, disagrees where it lies outside. The tolerances are
a reading of words: 0.1 for `about 90 %` (one chain of ten) and for `nearly unchanged`, 0.2 Å for `similar distances`.
A statement on several pairs agrees where all pairs do and disagrees where one does. Standard errors are pooled over the
five cations, because each rests on three replicates. Prints a Markdown table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from ionlink.data import Observation, observations
from ionlink.simulate import load_protocol

STATEMENTS_FILE = Path(__file__).with_name("model_case_statements.csv")
CATIONS = ("Mg2+", "Ca2+", "Fe3+", "In3+", "Zr4+")
LIGAND, RATIO, LEVEL = "PF-COO", 60.0, "screen"
PROTOCOL = load_protocol(LEVEL).hash
STANDARD_ERRORS = 2.0

Verdict = Literal["agrees", "disagrees", "not resolvable"]
Relation = Literal["<", ">", "="]


@dataclass(frozen=True)
class Measured:
    """An outcome of the five cations."""

    means: Mapping[str, float]
    standard_error: float
    """Pooled over the cations."""


def measured(outcome: str, known: Sequence[Observation]) -> Measured | None:
    """The shipped observations of an outcome, or `None` where one of the five cations has none."""
    found = {
        one.formulation.cation: one
        for one in known
        if (one.outcome, one.formulation.ligand, one.formulation.ratio) == (outcome, LIGAND, RATIO)
        and (one.level, one.protocol) == (LEVEL, PROTOCOL)
    }
    errors = [found[cation].standard_error for cation in CATIONS if cation in found]
    values = {cation: found[cation].value for cation in CATIONS if cation in found}
    if len(values) < len(CATIONS) or None in errors or None in values.values():
        return None
    pooled = float(np.sqrt(np.mean(np.square(np.array(errors, dtype=float)))))
    return Measured({cation: float(value) for cation, value in values.items() if value is not None}, pooled)


def verdict(difference: float, error: float, relation: Relation, tolerance: float = 0.0) -> Verdict:
    """Judge one pair by the difference `first - second` and its standard error."""
    margin = STANDARD_ERRORS * error
    if relation == "=":
        if abs(difference) + margin <= tolerance:
            return "agrees"
        return "disagrees" if abs(difference) - margin > tolerance else "not resolvable"
    if abs(difference) <= margin:
        return "not resolvable"
    return "agrees" if (difference < 0) == (relation == "<") else "disagrees"


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """Of a statement on several pairs."""
    if "disagrees" in verdicts:
        return "disagrees"
    return "not resolvable" if "not resolvable" in verdicts else "agrees"


def judged(statement: "pd.Series[str]", found: Measured) -> Iterator[tuple[str, Verdict]]:
    """Each pair of a statement with its verdict."""
    tolerance = float(statement["tolerance"] or 0.0)
    for cation in statement["cations"].split():
        for other in statement["others"].split():
            is_cation = other in found.means
            reference = found.means[other] if is_cation else float(other)
            error = found.standard_error * (np.sqrt(2.0) if is_cation else 1.0)
            yield (
                f"{cation} {statement['relation']} {other}",
                verdict(found.means[cation] - reference, error, statement["relation"], tolerance),
            )


def row(statement: "pd.Series[str]", found: Measured | None) -> str:
    """A row of the table."""
    head = f"| {statement['figure']} | {statement['statement']} | `{statement['outcome']}` |"
    if found is None:
        return f"{head} not simulated | not simulated |"
    pairs = list(judged(statement, found))
    named = [*statement["cations"].split(), *(other for other in statement["others"].split() if other in found.means)]
    numbers = ", ".join(f"{cation} {_number(found.means[cation])}" for cation in CATIONS if cation in named)
    conclusion = overall([one for _, one in pairs])
    exceptions = [f"{pair}: {one}" for pair, one in pairs if one != conclusion]
    detail = f" ({'; '.join(exceptions)})" if exceptions else ""
    return f"{head} {numbers} (± {found.standard_error:.2g}) | **{conclusion}**{detail} |"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:#.3g}"


def main() -> None:
    """Judge all statements and print."""
    known = observations()
    print("| figure | statement | outcome | here (± pooled standard error) | verdict |\n|---|---|---|---|---|")
    for _, statement in pd.read_csv(STATEMENTS_FILE, dtype=str, keep_default_na=False).iterrows():
        print(row(statement, measured(statement["outcome"], known)))


if __name__ == "__main__":
    main()
