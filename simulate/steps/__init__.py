"""The steps of a protocol: each takes the box from one state to the next."""

from ionlink.simulate.steps.attempts import Attempted, attempt_step
from ionlink.simulate.steps.result import StepResult
from ionlink.simulate.steps.run import run_step

__all__ = ["Attempted", "StepResult", "attempt_step", "run_step"]
