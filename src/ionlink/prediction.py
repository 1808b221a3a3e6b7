"""`ionlink.predict`: what the surrogate says of formulations, in one call."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.known import known_observations

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("cation", "ligand", "ratio")


def predict(
    formulations: "pd.DataFrame | None" = None,
    *,
    cation: str | None = None,
    ligand: str | None = None,
    ratio: float | None = None,
    campaign: str | Path | None = None,
    level: str | None = None,
) -> "pd.DataFrame":
    """Predict every outcome that was observed at one level, with uncertainty.

    A surrogate is fitted to the shipped observations, or to those of a campaign, of that one level.

    Args:
        formulations: Table with the columns `cation`, `ligand`, `ratio` (donor groups per cation), one formulation
            per row; instead of the next three.
        cation: Such as `Fe3+` or `Fe(III)`.
        ligand: Name or synonym, such as `PF-COO`.
        ratio: Donor groups per cation.
        campaign: Directory of a campaign whose observations are to be learned from.
        level: Where the observations come from: `screen`, `literature`, `lab`, …; by default the campaign's own level
            and protocol, and `screen` without a campaign.

    Returns:
        One row per formulation and outcome: cation, ligand, ratio, outcome, mean, standard_deviation, lower and upper
        (90 % interval), unit, level, in_domain and domain_reason.

    Raises:
        InputError: with one line for each name, number or column that is not usable; or nothing to learn from.
        FitFailed: when the surrogate cannot be fitted.
    """
    wanted = _wanted(formulations, cation, ligand, ratio)
    observations = known_observations(campaign, level)

    from ionlink.models import Surrogate

    return Surrogate.fit(observations).predict(wanted)


def _wanted(
    frame: "pd.DataFrame | None", cation: str | None, ligand: str | None, ratio: float | None
) -> list[Formulation]:
    single = (cation, ligand, ratio)
    if frame is not None:
        if any(part is not None for part in single):
            raise InputError("predict: give either a table or cation, ligand and ratio, not both")
        return _from_table(frame)
    absent = [name for name, part in zip(COLUMNS, single, strict=True) if part is None]
    if cation is None or ligand is None or ratio is None:
        raise InputError(f"predict: {', '.join(absent)} missing; give cation, ligand and ratio, or a table of them")
    return _formulations([single])


def _from_table(frame: "pd.DataFrame") -> list[Formulation]:
    absent = [name for name in COLUMNS if name not in frame.columns]
    if absent:
        raise InputError(f"table: column {name} is missing; the columns are {', '.join(COLUMNS)}" for name in absent)
    if frame.empty:
        raise InputError("table: there are no rows")
    return _formulations(list(frame[list(COLUMNS)].itertuples(index=False, name=None)))


def _formulations(rows: Sequence[tuple[object, object, object]]) -> list[Formulation]:
    from ionlink.data import formulation_of

    faults: list[str] = []
    found: list[Formulation] = []
    for number, (cation, ligand, ratio) in enumerate(rows, start=1):
        where = f"row {number}, " if len(rows) > 1 else ""
        try:
            found.append(formulation_of(str(cation), str(ligand), ratio))  # type: ignore[arg-type]  # it checks the ratio
        except InputError as error:
            faults.extend(where + fault for fault in error.faults)
    if faults:
        raise InputError(faults)
    return found
