"""What of a formulation was not observed before, in words."""

import math
from collections.abc import Sequence

from ionlink.data.formulation import Formulation

FAR_RATIO = 1.25
"""From this factor on, a ratio is called a new one."""

CONDITIONS = {"ph": "pH", "temperature_k": "temperature in K"}


def news(formulation: Formulation, known: Sequence[Formulation], seen: str = "observed") -> tuple[str, ...]:
    """Which of cation, ligand, their combination, ratio and conditions `known` formulations do not have; a line each.

    `seen` is what the known ones were, a participle. Of what is new as a whole, nothing more is said of its parts:
    where the ligand is, the ratio on it must be.
    """
    if formulation in known:
        return ()
    found = [f"{name} was never {seen}" for name in formulation.shares if not any(name in f.shares for f in known)]
    on_ligand = [f for f in known if f.ligand == formulation.ligand]
    if not on_ligand:
        return (*found, f"{formulation.ligand} was never {seen}")
    together = [f for f in on_ligand if f.shares.keys() == formulation.shares.keys()]
    if not found and not together:
        found.append(f"{' with '.join(formulation.shares)} was never {seen} on {formulation.ligand}")
    where = f"{' and '.join(formulation.shares)} on {formulation.ligand}" if together else formulation.ligand
    return (
        *found,
        *_new_ratio(formulation, together or on_ligand, f"{seen} with {where}"),
        *_new_conditions(formulation, known, seen),
    )


def _new_ratio(formulation: Formulation, known: Sequence[Formulation], where: str) -> list[str]:
    ratios = [f.ratio for f in known if f.ratio is not None]
    if formulation.ratio is None or not ratios:
        return []
    own = formulation.ratio
    nearest = min(ratios, key=lambda ratio: abs(math.log(ratio / own)))
    if max(nearest / own, own / nearest) < FAR_RATIO:
        return []
    return [f"the nearest ratio {where} is {nearest:.4g}"]


def _new_conditions(formulation: Formulation, known: Sequence[Formulation], seen: str) -> list[str]:
    found = []
    for name, meaning in CONDITIONS.items():
        own, values = getattr(formulation, name), [getattr(f, name) for f in known if getattr(f, name) is not None]
        if own is not None and not values:
            found.append(f"no {meaning} is known of anything {seen}")
        elif own is not None:
            found += _outside(meaning, own, values)
    second, mixtures = formulation.second_cation, [f.shares for f in known if f.second_cation is not None]
    if second is not None and (values := [shares[second] for shares in mixtures if second in shares]):
        found += _outside("share of the second cation", formulation.shares[second], values)
    return found


def _outside(meaning: str, own: float, known: Sequence[float]) -> list[str]:
    if min(known) <= own <= max(known):
        return []
    return [f"{meaning} {own:.4g} is outside what is known, {min(known):.4g} to {max(known):.4g}"]
