"""Whether cation–oxygen bonds stay: how many survive the trajectory, and how often an oxygen leaves."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ionlink.simulate.analysis.contacts import Contacts

STAY_AWAY_PS = 0.5
"""An oxygen has left when it stays out of the first shell for this long; a shorter excursion is a vibration."""

_PS_PER_NS = 1000.0


def exchange_outcomes(contacts: Contacts) -> Mapping[str, float]:
    """Share of the first frame's bonds that hold in the last one, and departures per cation and nanosecond.

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
        outcomes["exchange_events_per_cation_ns"] = departures(bonded, frames_away) / (cations * observed_ns)
    return outcomes


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
