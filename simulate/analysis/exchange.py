"""Whether cation–oxygen bonds stay: how many survive the trajectory, and how often an oxygen leaves."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from ionlink.simulate.analysis.contacts import Contacts

STAY_AWAY_PS = 0.5
"""An oxygen has left when it stays out of the first shell for this long; a shorter excursion is a vibration."""

CONFIDENCE = 0.95
"""Of the limit that the mean residence time exceeds."""

_PS_PER_NS = 1000.0


def exchange_outcomes(contacts: Contacts) -> Mapping[str, float]:
    """Survival of the first frame's bonds, departures per cation and nanosecond, and how long a bond lasts.

    The survival is the intermittent correlation of the bonds (Rapaport, doi:10.1080/00268978300102931; Luzar and
    Chandler, doi:10.1038/379055a0) at the length of the trajectory: a bond that breaks and forms again has survived. It
    is left out where the first frame has no bond, the departures where the trajectory is too short to tell one.
    """
    bonded = contacts.bonded.reshape(len(contacts.bonded), -1)
    cations = contacts.bonded.shape[1]
    frames_away = math.ceil(STAY_AWAY_PS / contacts.frame_interval_ps)
    observed_frames = len(bonded) - frames_away
    outcomes = {}
    if bonded[0].any():
        outcomes["bond_survival"] = float((bonded[0] & bonded[-1]).sum() / bonded[0].sum())
    if observed_frames > 0:
        observed_ns = observed_frames * contacts.frame_interval_ps / _PS_PER_NS
        events = departures(bonded, frames_away)
        outcomes["exchange_events_per_cation_ns"] = events / (cations * observed_ns)
        bond_ps = float(bonded[:observed_frames].sum()) * contacts.frame_interval_ps
        outcomes.update(residence_outcomes(bond_ps, events))
    return outcomes


def residence_outcomes(bond_ps: float, events: int) -> Mapping[str, float]:
    """Mean time in ps that a cation–oxygen bond lasts, and the time that it exceeds with 95 % confidence.

    Bonds that break at a constant rate last, by maximum likelihood, as long as all of them were watched together,
    divided by the number that broke; bonds that outlive the trajectory count as watched. The number that breaks is
    then Poisson distributed, and the limit follows from its exact upper limit (Garwood,
    doi:10.1093/biomet/28.3-4.437). Where none breaks there is a limit alone: a third of the time watched. Without a
    bond there is neither.

    Args:
        bond_ps: sum over all bonds of the time that each was watched, in ps.
        events: departures in that time.

    """
    if not bond_ps:
        return {}
    outcomes = {"residence_time_at_least": bond_ps / float(chi2.ppf(CONFIDENCE, 2 * events + 2) / 2.0)}
    return {"residence_time": bond_ps / events, **outcomes} if events else outcomes


def departures(bonded: NDArray[np.bool_], frames_away: int) -> int:
    """How often an oxygen that is bonded in one frame is not in any of the `frames_away` frames after it.

    Args:
        bonded: `frames x bonds`.
        frames_away: a departure later than this many frames before the end cannot be told and is not counted.

    """
    if len(bonded) <= frames_away:
        return 0
    windows = np.lib.stride_tricks.sliding_window_view(bonded[1:], frames_away, axis=0)
    return int((bonded[: len(windows)] & ~windows.any(axis=-1)).sum())
