"""Writes observations: as a table that the knowledge base can read back, and as text."""

from collections.abc import Iterable
from pathlib import Path

from ionlink.data.catalogue import outcomes
from ionlink.data.formulation import CONDITIONS
from ionlink.data.observation import Observation
from ionlink.data.observation_table import OBSERVATION_COLUMNS, OBSERVATION_OPTIONAL
from ionlink.data.spreadsheet import csv_text

_COLUMNS = (*OBSERVATION_COLUMNS, *(name for name in OBSERVATION_OPTIONAL if name not in CONDITIONS))


def save_observations(observations: Iterable[Observation], path: Path) -> None:
    """Write `observations` to a new CSV file, one row each; numbers survive the way there and back.

    Raises:
        FileExistsError: `path` exists; nothing is overwritten.

    """
    with path.open("x", newline="", encoding="utf-8") as file:
        file.write(observation_table((observation, None) for observation in observations))


def observation_table(noted: Iterable[tuple[Observation, str | None]]) -> str:
    """Observations, each with a note for who reads the table, as the text of a CSV file.

    Conditions of formulations have columns where any formulation has them.
    """
    rows = [row_of(observation, note) for observation, note in noted]
    used = {name for row in rows for name in row}
    return csv_text([*_COLUMNS, *(name for name in CONDITIONS if name in used)], rows)


def row_of(observation: Observation, note: str | None) -> dict[str, object]:
    """Cells of the row of one observation, by column."""
    return {
        **observation.formulation.model_dump(),
        **observation.model_dump(exclude={"formulation"}),
        "unit": outcomes()[observation.outcome].unit,
        "evidence": ";".join(observation.evidence),
        "note": note,
    }


def written(observation: Observation) -> str:
    """Value with its bound, error and unit, which a pure number has none of.

    >>> from ionlink.data.formulation import Formulation
    >>> made = {"formulation": Formulation(cation="Fe3+", ligand="PAA", ratio=8), "level": "lab", "source": "book"}
    >>> written(Observation(outcome="swelling_ratio", value=4.1, **made))
    '4.1'
    >>> written(Observation(outcome="peel_force", value=0.4, bound="<", **made))
    '< 0.4 N'

    """
    bound = "" if observation.bound == "=" else f"{observation.bound} "
    error = "" if observation.standard_error is None else f" ± {observation.standard_error:.6g}"
    unit = outcomes()[observation.outcome].unit
    return f"{bound}{observation.value:.6g}{error}{'' if unit == '1' else f' {unit}'}"
