"""Try a step, again with other random numbers, and a last time with a gentler variant."""

from dataclasses import dataclass

import numpy as np
import openmm

from ionlink.data.plural import counted
from ionlink.simulate.engine import Engine
from ionlink.simulate.errors import DeviceFailed, MachineFailed, SimulationFailed
from ionlink.simulate.step_kinds import Step
from ionlink.simulate.steps.gentler import gentler
from ionlink.simulate.steps.result import StepResult
from ionlink.simulate.steps.run import run_step

ATTEMPTS = 3
"""As it stands, with other random numbers, gentler."""


@dataclass(frozen=True)
class Attempted:
    """The result of a step, and what it took."""

    result: StepResult
    attempts: int
    """Those of earlier calls included."""
    gentler: bool
    """Whether only the gentler variant of the step went through."""


def attempt_step(
    step: Step, index: int, engine: Engine, state: openmm.State, seed: int, failed_before: int = 0
) -> Attempted:
    """The result of the protocol's step number `index`, tried up to three times from the same state.

    About one box in fifty has two molecules pushed into each other so that a coordinate becomes NaN. Other random
    numbers often take another way from there; where they do not, smaller steps do. Attempts that failed in earlier
    calls count on, so that none has the random numbers of another.

    Raises:
        SimulationFailed: its subclass of the last attempt, with the step and the number of attempts.
        MachineFailed: is not tried again.

    """
    failures: list[SimulationFailed] = []
    for attempt in range(ATTEMPTS):
        last = attempt == ATTEMPTS - 1
        variant = gentler(step) if last else step
        try:
            result = run_step(variant, engine, state, step_seed(seed, index, failed_before + attempt))
            return Attempted(result, failed_before + attempt + 1, gentler=last)
        except DeviceFailed:
            if not failures:
                raise
            break  # a GPU that a box has crashed has no device left for this process: what failed is the box
        except MachineFailed:
            raise
        except SimulationFailed as error:
            failures.append(error)
    reason, attempts = failures[-1], failed_before + len(failures)
    how = ", the last time, in smaller steps" if len(failures) == ATTEMPTS else ""
    raise type(reason)(
        f"step {index} ({step.kind}) broke down {counted(attempts, 'time')}{how}: {reason}",
        step=index,
        attempts=attempts,
    ) from reason


def step_seed(seed: int, index: int, attempt: int) -> int:
    """Seed of one attempt at one step of a replicate."""
    entropy = (seed, index, attempt) if attempt else (seed, index)
    # OpenMM takes 0 as "choose one yourself".
    return 1 + int(np.random.SeedSequence(entropy).generate_state(1)[0]) % (2**31 - 2)
