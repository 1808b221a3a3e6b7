"""What makes an observation unusable."""

from collections.abc import Sequence

from ionlink.data import cations, ligands, outcomes
from ionlink.data.formulation import temperature_faults
from ionlink.data.observation import Observation
from ionlink.data.observation_table import kind_fault, range_faults
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.combination import canonical_or_typed, ligand_fault
from ionlink.optimize.sameness import deviation


def naming_faults(
    told: Sequence[Observation], made_for: Sequence[int | None], candidates: Sequence[Candidate]
) -> list[str]:
    """Which ids, one for each of what is `told`, are of no candidate, or of one that it cannot be of, one line each."""
    known = {candidate.id: candidate.formulation for candidate in candidates}
    named = [(o.formulation, number) for o, number in zip(told, made_for, strict=True) if number is not None]
    faults = [f"made_for: there is no candidate {number}" for _, number in named if number not in known]
    faults += [
        f"made_for: candidate {number} is {known[number]}, but {formulation} is told of it; give None if that was made "
        "instead"
        for formulation, number in named
        if number in known and deviation(formulation, known[number]) > 1
    ]
    return list(dict.fromkeys(faults))


def observation_faults(observation: Observation) -> list[str]:
    """What makes an observation unusable, one line each."""
    where = f"{observation.formulation}, {observation.outcome}"
    faults: list[str] = []
    unknown = [name for name in observation.formulation.shares if name not in cations()]
    faults += [f"{where}: {name} is not a known cation" for name in unknown]
    ligand = observation.formulation.ligand
    if ligand not in ligands() and canonical_or_typed(ligand) != ligand:
        faults.append(f"{where}: {ligand} is known as {canonical_or_typed(ligand)}")
    elif ligand_fault(ligand) is not None:
        faults.append(f"{where}: {ligand} is not a known ligand")
    faults += [f"{where}: {fault}" for fault in temperature_faults(observation.formulation.temperature_k)]
    outcome = outcomes().get(observation.outcome)
    if outcome is None:
        return [*faults, f"{where}: this outcome is not in the catalogue"]
    if outcome.categories:
        return [*faults, f"{where}: {kind_fault(outcome)}"]
    return [*faults, *range_faults(observation.value, outcome, str(observation.formulation))]
