"""Which constraints clash: where a space leaves nothing to propose, a smallest set of them that suffices for that."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ionlink.data.plural import counted
from ionlink.optimize.variable import Variable

if TYPE_CHECKING:
    from ionlink.optimize.combination import Combination
    from ionlink.optimize.space import DesignSpace

LOOKED_AT, LOOKED_AT_IN_LIBRARY = 20_000, 5_000
"""So many combinations are looked at, spread over the space, before none is said to be left; fewer where each ligand
has to be read first."""

COUNTED = 2_000
"""So many combinations are looked at, spread over the space, to say how many a constraint removes."""

Rule = tuple[str, Any]
"""Field of the design space, and the constraint or range in it; all exclusions are one rule."""


def misfits(space: "DesignSpace") -> list[str]:
    """One line for each part of the space that does not fit its other parts."""
    names = frozenset(v.name for v in space.variables)
    faults = (
        [] if space.ratio or space.pool else ["ratio: is missing; give a range, such as { lower = 10, upper = 100 }"]
    )
    if space.pool is None and space.second_cation is not None and space.second_cation.fraction is None:
        faults.append("second_cation.fraction: is missing; give a range, such as { lower = 0.1, upper = 0.5 }")
    faults += [fault for constraint in space.constraints for fault in constraint.misfits(names)]
    cations = {name for choice in space.cation_choices for name in choice}
    for exclusion in space.exclusions:
        strangers = [] if exclusion.cation in cations else [exclusion.cation]
        strangers += [exclusion.ligand] if space.is_read and exclusion.ligand not in space.ligands else []
        faults += [f"exclusion of {exclusion.cation} on {exclusion.ligand}: {x} is not in the space" for x in strangers]
    return faults


def clash(space: "DesignSpace") -> list[str]:
    """Nothing where something can be proposed; else one line that names the constraints and ranges that clash.

    They are found by leaving out one after the other, for good where still nothing is left (a deletion filter: J. W.
    Chinneck and E. W. Dravnieks, doi:10.1287/ijoc.3.2.157): without any of those that stay, something would be left.
    """
    if _any_left(space):
        return []
    kept = rules = _rules(space)
    for rule in rules:
        fewer = [other for other in kept if other is not rule]
        if not _any_left(_with(space, fewer)):
            kept = fewer
    if not kept:
        return ["the space leaves nothing to propose, even without its constraints"]
    looked = list(_spread_out(space, COUNTED))
    parts = [f"{_name(rule)} (alone removes {_removed(_with(space, [rule]), looked)})" for rule in kept]
    most = _most(space)
    where = "" if len(space.combinations) <= most else f" among {most} combinations spread over the space"
    fault = "are" if len(parts) > 1 else "is"
    return [f"the constraints leave nothing to propose{where}; at fault {fault} {'; '.join(parts)}"]


def _rules(space: "DesignSpace") -> list[Rule]:
    found: list[Rule] = [("exclusions", space.exclusions)] if space.exclusions else []
    found += [("constraints", constraint) for constraint in space.constraints]
    return found + ([(v.name, v) for v in space.variables] if space.pool is None else [])


def _with(space: "DesignSpace", rules: Sequence[Rule]) -> "DesignSpace":
    """The space with these rules alone; a range that is not among them is as wide as it can be. Not checked."""
    fields = {name: getattr(space, name) for name in type(space).model_fields}
    fields["exclusions"] = next((value for field, value in rules if field == "exclusions"), ())
    fields["constraints"] = tuple(value for field, value in rules if field == "constraints")
    ranges = {field for field, _ in rules}
    for variable in space.variables if space.pool is None else ():
        if variable.name in ranges:
            continue
        wide = type(variable)(lower=variable.widest[0], upper=variable.widest[1])
        if variable.name == "second_fraction" and space.second_cation is not None:
            fields["second_cation"] = space.second_cation.model_copy(update={"fraction": wide})
        else:
            fields[variable.name] = wide
    return type(space).model_construct(**fields)


def _most(space: "DesignSpace") -> int:
    return LOOKED_AT if space.is_read else LOOKED_AT_IN_LIBRARY


def _any_left(space: "DesignSpace") -> bool:
    return any(space.combination_fault(combination) is None for combination in _spread_out(space, _most(space)))


def _removed(space: "DesignSpace", looked: "Sequence[Combination]") -> str:
    count = sum(space.combination_fault(combination) is not None for combination in looked)
    if len(looked) == len(space.combinations):
        return f"{count} of {len(looked)} combinations"
    return f"{100 * count / len(looked):.3g} % of the combinations"


def _spread_out(space: "DesignSpace", most: int) -> "Iterator[Combination]":
    """All combinations in an order that jumps about; of many, some."""
    size = len(space.combinations)
    order = (
        np.random.default_rng(0).permutation(size) if size <= most else np.linspace(0, size - 1, most, dtype=np.int64)
    )
    if size > most:
        order = np.random.default_rng(0).permutation(order)
    return (space.combinations[int(index)] for index in order)


def _name(rule: Rule) -> str:
    field, value = rule
    if field == "exclusions":
        return f"the exclusions of {counted(len(value), 'pair')}"
    return str(value) if isinstance(value, Variable) else f"the constraint '{value}'"
