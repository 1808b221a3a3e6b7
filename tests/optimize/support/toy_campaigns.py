"""A small campaign on a problem with a known answer."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ionlink.data import Formulation, Observation
from ionlink.optimize import Campaign, DesignSpace, RatioRange
from ionlink.optimize.closed_form import ClosedFormOracle
from ionlink.optimize.decision import Level
from ionlink.optimize.executor import Ended, Task

SPACE = DesignSpace(
    cations=("Mg2+", "Ca2+", "Zn2+", "Fe3+", "Al3+", "Zr4+"),
    ligands=("PAA", "PF-COO", "alginate"),
    ratio=RatioRange(lower=4, upper=100),
)

LAB = Level(name="lab")
"""Where `observed` says that it was measured."""

CONFIG = """
[campaign]
name = "toy"
seed = 5

[space]
cations = ["Mg2+", "Fe3+", "Zr4+", "Ti4+"]
ligands = ["PAA", "alginate"]
ratio = { lower = 4, upper = 100 }

[[objectives]]
outcome = "chains_per_cation"
goal = "maximise"

[[objectives]]
outcome = "coulomb_spread"
goal = "minimise"

[budget]
rounds = 2
batch = 2

[simulation]
level = "closed-form"
replicates = 3
workers = 2
"""


def observed(formulations: list[Formulation], oracle: ClosedFormOracle, level: str = "lab") -> list[Observation]:
    """What an oracle says, as if a laboratory had measured it."""
    found = []
    for formulation in formulations:
        values = [oracle.run_replicate(formulation, k, Path()) for k in range(oracle.replicates)]
        found += [
            o.model_copy(update={"level": level, "protocol": None}) for o in oracle.observations(formulation, values)
        ]
    return found


def play(campaign: Campaign, rounds: int, batch: int, oracle: ClosedFormOracle) -> Campaign:
    """Ask and tell."""
    for _ in range(rounds):
        campaign.tell(observed([c.formulation for c in campaign.ask(batch)], oracle))
    return campaign


@dataclass(frozen=True)
class SameProcess:
    """An executor for tests of the loop alone."""

    def run(self, tasks: Sequence[Task]) -> Generator[Ended]:
        for task in tasks:
            try:
                yield Ended(task, task.function(*task.arguments), None)
            except ArithmeticError as error:
                yield Ended(task, None, str(error))
