"""What makes an observation unusable."""

from ionlink.data import cations, ligands, outcomes
from ionlink.data.observation import Observation


def observation_faults(observation: Observation) -> list[str]:
    """What makes an observation unusable, one line each."""
    where = f"{observation.formulation}, {observation.outcome}"
    faults = []
    if observation.formulation.cation not in cations():
        faults.append(f"{where}: {observation.formulation.cation} is not a known cation")
    if observation.formulation.ligand not in ligands():
        faults.append(f"{where}: {observation.formulation.ligand} is not a known ligand")
    outcome = outcomes().get(observation.outcome)
    if outcome is None:
        return [*faults, f"{where}: this outcome is not in the catalogue"]
    if outcome.lower is not None and observation.value < outcome.lower:
        faults.append(
            f"{where}: {observation.value:g} is below the smallest possible, {outcome.lower:g} {outcome.unit}"
        )
    if outcome.upper is not None and observation.value > outcome.upper:
        faults.append(f"{where}: {observation.value:g} is above the largest possible, {outcome.upper:g} {outcome.unit}")
    return faults
