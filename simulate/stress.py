"""Stress–strain curves: their file, the modulus, and the energy that a load–unload cycle dissipates."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np

from ionlink.data.whole_file import write_whole
from ionlink.simulate.damage import damage_named

STRESS_FILE = "stress.csv"
"""Name in a replicate's directory; the columns are the fields of `StressPoint`."""

MPA_PER_BAR = 0.1
"""Definition of the bar."""

LINEAR_UP_TO = 0.1
"""Strain up to which the curve is taken for straight."""

Phase = Literal["load", "unload"]


@dataclass(frozen=True)
class StressPoint:
    """Mean stress of a box held at one length."""

    strain: float
    """Length along z over that before the stretch, minus one."""
    stress_mpa: float
    """Axial stress, positive in tension: force over the cross-section before the stretch (nominal stress)."""
    phase: Phase
    lateral_stress_mpa: float
    """Mean of the stresses along x and y, positive in tension; of the cross-section as it is."""
    area_nm2: float
    """Cross-section as it is."""


def save_stress(points: Sequence[StressPoint], path: Path) -> None:
    """Write `path` whole."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(StressPoint)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(point) for point in points)
    write_whole(path, text.getvalue())


def load_stress(path: Path) -> tuple[StressPoint, ...]:
    """Read what `save_stress` wrote.

    Raises:
        FileDamaged: it cannot be read.

    """
    with damage_named(path), path.open(encoding="utf-8", newline="") as file:
        points = tuple(_point(row) for row in csv.DictReader(file))
        if not points:
            raise ValueError("no point of the curve is left")
        return points


def _point(row: dict[str, str]) -> StressPoint:
    return StressPoint(
        strain=float(row["strain"]),
        stress_mpa=float(row["stress_mpa"]),
        phase="load" if row["phase"] == "load" else "unload",
        lateral_stress_mpa=float(row["lateral_stress_mpa"]),
        area_nm2=float(row["area_nm2"]),
    )


def youngs_modulus_mpa(points: Sequence[StressPoint]) -> float | None:
    """Young's modulus E from the load curve up to `LINEAR_UP_TO`; `None` where fewer than three points lie there.

    Where the box narrowed while it was stretched, E is the slope of the axial stress. Where its cross-section was kept,
    the slopes of axial and lateral stress are c11 and c12 of a linear elastic isotropic body, of which
    E = (c11 − c12)(c11 + 2 c12)/(c11 + c12); a body whose slopes sum up to nothing has no modulus (`None`).
    """
    curve = [point for point in points if point.phase == "load" and point.strain <= LINEAR_UP_TO + 1e-9]
    if len(curve) < 3:
        return None
    axial, lateral = _slopes(curve)
    if not _kept_cross_section(curve):
        return axial
    if axial + lateral <= 0:
        return None
    return (axial - lateral) * (axial + 2 * lateral) / (axial + lateral)


def dissipated_energy_mj_m3(points: Sequence[StressPoint]) -> float | None:
    """Net work per volume of a load–unload cycle, ∮ stress dstrain; `None` where the curve has no unload.

    MPa times strain is MJ/m³. The work goes into heat, and into whatever changed in the network for good.
    """
    if not any(point.phase == "unload" for point in points):
        return None
    strain = np.array([point.strain for point in points])
    stress = np.array([point.stress_mpa for point in points])
    return float(np.trapezoid(stress, strain))


def _slopes(curve: Sequence[StressPoint]) -> tuple[float, float]:
    """Least-squares slopes over strain of axial and lateral stress, in MPa."""
    strain = np.array([point.strain for point in curve])
    stress = np.array([(point.stress_mpa, point.lateral_stress_mpa) for point in curve])
    centred = strain - strain.mean()
    axial, lateral = centred @ stress / (centred @ centred)
    return float(axial), float(lateral)


def _kept_cross_section(curve: Sequence[StressPoint]) -> bool:
    areas = np.array([point.area_nm2 for point in curve])
    return bool(np.ptp(areas) <= 1e-6 * areas.mean())
