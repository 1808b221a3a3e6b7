"""Outcomes that follow from what the steps of a protocol recorded, not from trajectories."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ionlink.simulate.protocol import Protocol
from ionlink.simulate.step_kinds import Compress, Equilibrate, Stretch, Unload, steps_before_rest
from ionlink.simulate.stress import STRESS_FILE, dissipated_energy_mj_m3, load_stress, youngs_modulus_mpa


def step_outcome_names(protocol: Protocol) -> tuple[str, ...]:
    """Names in the catalogue of the outcomes that a replicate of this protocol can have by its steps."""
    measured = [step for step in protocol.steps if isinstance(step, Stretch | Unload) and step.stress_every_steps]
    equilibrations = [step for step in steps_before_rest(protocol.steps) if isinstance(step, Equilibrate)]
    return (
        "density",
        "density_settled",
        *(["equilibrated"] if equilibrations else []),
        *(["youngs_modulus"] if any(isinstance(step, Stretch) for step in measured) else []),
        *(["dissipated_energy"] if any(isinstance(step, Unload) for step in measured) else []),
    )


def step_outcomes(
    protocol: Protocol, record_of: Callable[[int], Mapping[str, Any]], directory: Path
) -> Mapping[str, float]:
    """Outcomes of a finished replicate in catalogue units; what the curve is too short for is left out.

    Args:
        protocol: what was run.
        record_of: the record of each step, by its place in the protocol.
        directory: where `stress.csv` lies, if the protocol measured any.

    """
    return {**_settling(protocol, record_of), **_mechanics(protocol, directory)}


def _settling(protocol: Protocol, record_of: Callable[[int], Mapping[str, Any]]) -> dict[str, float]:
    """Of the last step that waits for the density of the network at rest; `equilibrated` where one waits for more."""
    before = steps_before_rest(protocol.steps)
    waiting = [index for index, step in enumerate(before) if isinstance(step, Compress | Equilibrate)]
    record = record_of(waiting[-1])
    found = {"density": float(record["density"]), "density_settled": float(record["converged"])}
    if "tests" in record:
        found["density_settled"] = float(record["tests"][-1]["density"]["settled"])
    equilibrations = [index for index in waiting if isinstance(protocol.steps[index], Equilibrate)]
    if equilibrations:
        found["equilibrated"] = float(record_of(equilibrations[-1])["converged"])
    return found


def _mechanics(protocol: Protocol, directory: Path) -> dict[str, float]:
    """Of the stress–strain curve, where the protocol measures one."""
    names = step_outcome_names(protocol)
    if not {"youngs_modulus", "dissipated_energy"} & set(names):
        return {}
    curve = load_stress(directory / STRESS_FILE)
    found = {
        "youngs_modulus": youngs_modulus_mpa(curve),
        "dissipated_energy": dissipated_energy_mj_m3(curve),
    }
    return {name: value for name, value in found.items() if name in names and value is not None}
