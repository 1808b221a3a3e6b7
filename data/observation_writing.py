"""Writes observations as a table that the knowledge base can read back."""

import csv
from collections.abc import Iterable
from pathlib import Path

from ionlink.data.catalogue import outcomes
from ionlink.data.observation import Observation
from ionlink.data.observation_table import OBSERVATION_COLUMNS, OBSERVATION_OPTIONAL

_COLUMNS = (*OBSERVATION_COLUMNS, *OBSERVATION_OPTIONAL)


def save_observations(observations: Iterable[Observation], path: Path) -> None:
    """Write `observations` to a new CSV file, one row each; numbers survive the way there and back.

    Raises:
        FileExistsError: `path` exists; nothing is overwritten.

    """
    with path.open("x", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        for observation in observations:
            fields = observation.model_dump(exclude={"formulation"})
            unit = outcomes()[observation.outcome].unit
            evidence = ";".join(observation.evidence)
            row = {**observation.formulation.model_dump(), **fields, "unit": unit, "evidence": evidence, "note": ""}
            writer.writerow(row)
