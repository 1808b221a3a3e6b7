"""How donor groups meet cations: coordination numbers and modes, of donor groups and of cations."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionlink.simulate.analysis.contacts import Contacts


@dataclass(frozen=True)
class Modes:
    """How each donor group and each cation is bound, in one frame.

    Modes follow Deacon and Phillips, doi:10.1016/S0010-8545(00)80455-5: a carboxylate is bridging as soon as it touches
    two cations, whatever else it does. The same words are used of groups with three oxygens, such as sulfonates: two or
    three of them on the same cation are chelating. A cation has the highest mode among its donor groups, in the order
    bridging, chelating, monodentate.
    """

    monodentate: NDArray[np.bool_]
    """Donor groups with one oxygen on one cation."""
    chelating: NDArray[np.bool_]
    """Donor groups with two oxygens or more on the same cation, and none on another."""
    bridging: NDArray[np.bool_]
    """Donor groups whose oxygens are on two or more cations."""
    cation_free: NDArray[np.bool_]
    """Cations without a donor oxygen in their first shell."""
    cation_monodentate: NDArray[np.bool_]
    """Cations all of whose donor groups are monodentate."""
    cation_chelating: NDArray[np.bool_]
    """Cations with a chelating donor group and without a bridging one."""
    cation_bridging: NDArray[np.bool_]
    """Cations with a bridging donor group."""


def modes_of(bonded: NDArray[np.bool_]) -> Modes:
    """Modes from the contacts of one frame, `cations x donor groups x oxygens`."""
    touches = np.asarray(bonded.any(axis=2))
    cations_touched = touches.sum(axis=0)
    chelated = np.asarray(bonded.sum(axis=2) >= 2).any(axis=0)
    chelating, bridging = (cations_touched == 1) & chelated, cations_touched >= 2
    free = np.asarray(~touches.any(axis=1))
    cation_bridging = (touches & bridging).any(axis=1)
    cation_chelating = (touches & chelating).any(axis=1) & ~cation_bridging
    return Modes(
        monodentate=(cations_touched == 1) & ~chelated,
        chelating=chelating,
        bridging=bridging,
        cation_free=free,
        cation_monodentate=~free & ~cation_chelating & ~cation_bridging,
        cation_chelating=cation_chelating,
        cation_bridging=cation_bridging,
    )


def coordination_outcomes(contacts: Contacts) -> Mapping[str, float]:
    """Coordination number, modes of donor groups and of cations, and the share of free cations.

    Shares of modes are of all donor groups (cations) that touch a cation (donor group) in any frame; they are left
    out where none does. A cation without a donor oxygen in its first shell is free, every other one is bound.
    """
    frames, cations = contacts.bonded.shape[:2]
    found = [modes_of(bonded) for bonded in contacts.bonded]
    free = sum(int(modes.cation_free.sum()) for modes in found)
    return {
        "coordination_number": float(np.mean([bonded.sum() / cations for bonded in contacts.bonded])),
        **_shares(found, {mode: f"{mode}_fraction" for mode in ("monodentate", "chelating", "bridging")}),
        **_shares(
            found, {f"cation_{mode}": f"cation_{mode}_share" for mode in ("monodentate", "chelating", "bridging")}
        ),
        "free_cation_fraction": free / (frames * cations),
    }


def _shares(frames: list[Modes], outcome_of_mode: Mapping[str, str]) -> dict[str, float]:
    counts = np.array([[getattr(frame, mode).sum() for mode in outcome_of_mode] for frame in frames]).sum(axis=0)
    if not counts.sum():
        return {}
    return dict(zip(outcome_of_mode.values(), (counts / counts.sum()).tolist(), strict=True))
