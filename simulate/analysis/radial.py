"""Cation–oxygen radial distribution function and its first shell."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import MDAnalysis
import numpy as np
import pandas as pd
from MDAnalysis.analysis.rdf import InterRDF
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ionlink.simulate.groups import Groups

SHORT_RANGE_ANGSTROM = 8.0
"""Oxygens up to here are within short range of a cation, doi:10.1021/jacs.5c22740, Fig. 2c."""
LARGEST_ANGSTROM = 12.0
"""g(r) ends here, or at half the shortest edge of a smaller box."""

_BIN_ANGSTROM = 0.02
_SMOOTHING_BINS = 2.0
FIRST_SHELL_RANGE_ANGSTROM = (1.4, 3.4)
"""Where the first cation–oxygen peak of any cation lies."""
_FALLBACK_SHELL_WIDTH_ANGSTROM = 0.7
"""First shell beyond its peak where g(r) has no first minimum."""
_MINIMUM_SEARCH_ANGSTROM = 1.2
_RESOLVED_DEPTH = 0.2
"""A minimum counts when g(r) falls to this share of the first peak."""


@dataclass(frozen=True)
class Radial:
    """g(r) of cations and donor oxygens."""

    r_angstrom: NDArray[np.float64]
    g_r: NDArray[np.float64]
    coordination_number: NDArray[np.float64]
    """Oxygens per cation within r."""

    def save(self, path: Path, parts: Mapping[str, NDArray[np.float64]]) -> None:
        """Write as CSV with one row for each distance; `parts` are further columns."""
        columns = {"r_angstrom": self.r_angstrom, "g_r": self.g_r, "coordination_number": self.coordination_number}
        pd.DataFrame({**columns, **parts}).to_csv(path, index=False, float_format="%.6g")


@dataclass(frozen=True)
class FirstShell:
    """First peak of g(r) and where its shell ends."""

    peak_angstrom: float
    end_angstrom: float
    resolved: bool
    """Whether `end_angstrom` is a minimum of g(r), not the documented fallback (peak + 0.7 Å)."""


def cation_oxygen_rdf(universe: MDAnalysis.Universe, groups: Groups) -> Radial:
    """g(r) up to half the shortest edge of the box, at most 12 Å, mean over the frames of the trajectory."""
    largest = min(LARGEST_ANGSTROM, float(universe.dimensions[:3].min()) / 2.0)
    bins = int(largest / _BIN_ANGSTROM)
    cations = universe.atoms[groups.cations]
    oxygens = universe.atoms[groups.donor_oxygens.reshape(-1)]
    rdf = InterRDF(cations, oxygens, nbins=bins, range=(0.0, bins * _BIN_ANGSTROM)).run().results
    per_cation = rdf.count / (len(cations) * universe.trajectory.n_frames)
    return Radial(rdf.bins, rdf.rdf, np.cumsum(per_cation))


def reach_outcomes(radial: Radial) -> Mapping[str, float]:
    """Donor oxygens per cation within 8 Å and from there to 12 Å; left out where the box does not reach so far.

    Nothing is within 1 Å of a cation, so "1 to 8 Å" is "within 8 Å". The far end is fixed: counts up to half the edge
    of the box would compare boxes, not cations.
    """
    counts = radial.coordination_number
    short, long = (round(end / _BIN_ANGSTROM) for end in (SHORT_RANGE_ANGSTROM, LARGEST_ANGSTROM))
    outcomes = {}
    if len(counts) >= short:
        outcomes["oxygens_within_8_angstrom"] = float(counts[short - 1])
    if len(counts) >= long:
        outcomes["oxygens_beyond_8_angstrom"] = float(counts[long - 1] - counts[short - 1])
    return outcomes


def first_shell(radial: Radial) -> FirstShell | None:
    """First peak and first minimum of the smoothed g(r); `None` where no oxygen comes near a cation.

    The peak is the highest that stands out: a minimum ends it, or g(r) is nowhere higher as far as its shell may end.
    Where water parts cations and oxygens neither is so: g(r) rises from 3 Å on to a maximum beyond all first shells.
    """
    smooth = gaussian_filter1d(radial.g_r, _SMOOTHING_BINS)
    low, high = FIRST_SHELL_RANGE_ANGSTROM
    inside = np.flatnonzero((radial.r_angstrom > low) & (radial.r_angstrom < high))
    peaks = inside[(smooth[inside] > smooth[inside - 1]) & (smooth[inside] >= smooth[inside + 1])]
    for peak in sorted(map(int, peaks), key=lambda index: -smooth[index]):
        shell = _shell_of(radial, smooth, peak)
        if shell.resolved or smooth[peak] >= _ahead(smooth, peak).max():
            return shell
    return None


def _shell_of(radial: Radial, smooth: NDArray[np.float64], peak: int) -> FirstShell:
    minimum = peak + int(_ahead(smooth, peak).argmin())
    peak_angstrom = float(radial.r_angstrom[peak])
    if smooth[minimum] < _RESOLVED_DEPTH * smooth[peak]:
        return FirstShell(peak_angstrom, float(radial.r_angstrom[minimum]), resolved=True)
    return FirstShell(peak_angstrom, peak_angstrom + _FALLBACK_SHELL_WIDTH_ANGSTROM, resolved=False)


def _ahead(smooth: NDArray[np.float64], peak: int) -> NDArray[np.float64]:
    """g(r) from a peak on, as far as its shell may end."""
    return smooth[peak : peak + int(_MINIMUM_SEARCH_ANGSTROM / _BIN_ANGSTROM)]
