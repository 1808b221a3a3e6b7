"""Cation–oxygen radial distribution function and its first shell."""

from dataclasses import dataclass
from pathlib import Path

import MDAnalysis
import numpy as np
import pandas as pd
from MDAnalysis.analysis.rdf import InterRDF
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ionlink.simulate.groups import Groups

_BIN_ANGSTROM = 0.02
_SMOOTHING_BINS = 2.0
_FIRST_SHELL_RANGE_ANGSTROM = (1.4, 3.4)
"""Where the first cation–oxygen peak of any cation lies."""
_FALLBACK_SHELL_WIDTH_ANGSTROM = 0.7
"""First shell beyond its peak where g(r) has no first minimum."""
_MINIMUM_SEARCH_ANGSTROM = 1.2
_RESOLVED_DEPTH = 0.2
"""A minimum counts when g(r) falls to this share of the first peak."""


@dataclass(frozen=True)
class Radial:
    """g(r) of cations and carboxylate oxygens."""

    r_angstrom: NDArray[np.float64]
    g_r: NDArray[np.float64]
    coordination_number: NDArray[np.float64]
    """Oxygens per cation within r."""

    def save(self, path: Path) -> None:
        """Write as CSV with one row for each distance."""
        columns = {"r_angstrom": self.r_angstrom, "g_r": self.g_r, "coordination_number": self.coordination_number}
        pd.DataFrame(columns).to_csv(path, index=False, float_format="%.6g")


@dataclass(frozen=True)
class FirstShell:
    """First peak of g(r) and where its shell ends."""

    peak_angstrom: float
    end_angstrom: float
    resolved: bool
    """Whether `end_angstrom` is a minimum of g(r), not the documented fallback (peak + 0.7 Å)."""


def cation_oxygen_rdf(universe: MDAnalysis.Universe, groups: Groups) -> Radial:
    """g(r) up to half the shortest edge of the box, at most 12 Å, mean over the frames of the trajectory."""
    largest = min(12.0, float(universe.dimensions[:3].min()) / 2.0)
    bins = int(largest / _BIN_ANGSTROM)
    cations = universe.atoms[groups.cations]
    oxygens = universe.atoms[groups.donor_oxygens.reshape(-1)]
    rdf = InterRDF(cations, oxygens, nbins=bins, range=(0.0, bins * _BIN_ANGSTROM)).run().results
    per_cation = rdf.count / (len(cations) * universe.trajectory.n_frames)
    return Radial(rdf.bins, rdf.rdf, np.cumsum(per_cation))


def first_shell(radial: Radial) -> FirstShell:
    """First peak and first minimum of the smoothed g(r).

    Raises:
        ValueError: no oxygen comes near a cation, so there is no first shell.

    """
    smooth = gaussian_filter1d(radial.g_r, _SMOOTHING_BINS)
    low, high = _FIRST_SHELL_RANGE_ANGSTROM
    window = (radial.r_angstrom > low) & (radial.r_angstrom < high)
    if not smooth[window].any():
        raise ValueError(f"no carboxylate oxygen within {high} Å of a cation")
    peak = int(np.flatnonzero(window)[smooth[window].argmax()])
    stop = peak + int(_MINIMUM_SEARCH_ANGSTROM / _BIN_ANGSTROM)
    minimum = peak + int(smooth[peak:stop].argmin())
    peak_angstrom = float(radial.r_angstrom[peak])
    if smooth[minimum] < _RESOLVED_DEPTH * smooth[peak]:
        return FirstShell(peak_angstrom, float(radial.r_angstrom[minimum]), resolved=True)
    return FirstShell(peak_angstrom, peak_angstrom + _FALLBACK_SHELL_WIDTH_ANGSTROM, resolved=False)
