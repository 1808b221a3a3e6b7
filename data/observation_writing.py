"""Writes observations as a table that the knowledge base can read back."""

from collections.abc import Iterable
from pathlib import Path

from ionlink.data.catalogue import outcomes
from ionlink.data.observation import Observation
from ionlink.data.observation_table import OBSERVATION_COLUMNS, OBSERVATION_OPTIONAL
from ionlink.data.spreadsheet import csv_text

_COLUMNS = (*OBSERVATION_COLUMNS, *OBSERVATION_OPTIONAL)


def save_observations(observations: Iterable[Observation], path: Path) -> None:
    """Write `observations` to a new CSV file, one row each; numbers survive the way there and back.

    Raises:
        FileExistsError: `path` exists; nothing is overwritten.

    """
    with path.open("x", newline="", encoding="utf-8") as file:
        file.write(observation_table((observation, None) for observation in observations))


def observation_table(noted: Iterable[tuple[Observation, str | None]]) -> str:
    """Observations, each with a note for who reads the table, as the text of a CSV file."""
    return csv_text(_COLUMNS, (row_of(observation, note) for observation, note in noted))


def row_of(observation: Observation, note: str | None) -> dict[str, object]:
    """Cells of the row of one observation, by column."""
    return {
        **observation.formulation.model_dump(),
        **observation.model_dump(exclude={"formulation"}),
        "unit": outcomes()[observation.outcome].unit,
        "evidence": ";".join(observation.evidence),
        "note": note,
    }
