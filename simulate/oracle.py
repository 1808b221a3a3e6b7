"""Molecular dynamics as an oracle: given a formulation, observations with standard errors, or a reason why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.data.replicates import mean_and_error
from ionlink.simulate.analysis import ANALYSED_OUTCOMES, COSOLVENT_OUTCOMES, WATER_OUTCOMES
from ionlink.simulate.box import plan, refusal
from ionlink.simulate.composition import Composition
from ionlink.simulate.conditions import conditions_of, waters_per_donor_group
from ionlink.simulate.cost import Cost, Recorded, estimate
from ionlink.simulate.platforms import devices, fastest
from ionlink.simulate.protocol import Protocol, load_protocol
from ionlink.simulate.replicate import Progress, simulate_replicate
from ionlink.simulate.replicate_files import ReplicateFiles
from ionlink.simulate.run_record import run_record
from ionlink.simulate.step_outcomes import step_outcome_names

FLAGS = ("density_settled", "equilibrated", "first_shell_resolved")
"""Outcomes that say whether the others can be trusted: exact counts, 1 for yes."""

CONVERGENCE = ("density_settled", "equilibrated")
"""The flags that a replicate which never came to rest lowers."""


@dataclass(frozen=True)
class MolecularDynamicsOracle:
    """Simulates a formulation by a protocol in independent replicates.

    Picklable, so that replicates can run in other processes.
    """

    settings: Protocol
    replicates: int
    """Independent boxes for each formulation; their scatter is the standard error, so at least two."""
    threads: int = 1
    """Threads of each replicate."""
    forced_platform: str | None = None
    """OpenMM platform to run on, such as `CPU`; `None` takes the fastest that the machine has."""

    @property
    def level(self) -> str:
        """Level of the observations: the protocol's name."""
        return self.settings.name

    @property
    def protocol(self) -> str:
        """Hash of the protocol, part of every observation."""
        return self.settings.hash

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What is observed."""
        of_water = WATER_OUTCOMES if waters_per_donor_group(self.settings) else ()
        of_others = COSOLVENT_OUTCOMES if self.settings.box.cosolvents else ()
        return (*ANALYSED_OUTCOMES, *of_water, *of_others, *step_outcome_names(self.settings))

    def refusal(self, formulation: Formulation) -> str | None:
        """Why the formulation cannot be simulated and what could be done, or `None` where it can."""
        return refusal(formulation, self.settings)

    def composition(self, formulation: Formulation) -> Composition:
        """What the box of a formulation will hold; cheap.

        Raises:
            CannotSimulate: see `refusal`.

        """
        return plan(formulation, self.settings)

    def cost(self, formulation: Formulation, recorded: Sequence[Recorded] = ()) -> Cost:
        """Atoms, steps and expected time of one replicate; better known the more was `recorded` on this machine.

        Raises:
            CannotSimulate: see `refusal`.

        """
        return estimate(formulation, self.settings, fastest(devices(), self.forced_platform).platform, recorded)

    def expected_cost(self, formulation: Formulation) -> float | None:
        """Expected seconds of one replicate; `None` on a platform whose speed was not measured.

        Raises:
            CannotSimulate: see `refusal`.

        """
        return self.cost(formulation).expected_wall_s

    @property
    def platform(self) -> str:
        """The OpenMM platform that it will run on, with the name of the graphics processor where that is one."""
        device = fastest(devices(), self.forced_platform)
        return f"{device.platform} ({device.hardware})" if device.hardware else device.platform

    def run_replicate(
        self, formulation: Formulation, replicate: int, directory: Path, progress: Progress | None = None
    ) -> Mapping[str, float]:
        """Simulate one replicate in `directory`, going on where an earlier call was stopped.

        Raises:
            CannotSimulate, SimulationFailed: see `simulate_replicate`.

        """
        return simulate_replicate(
            formulation,
            self.settings,
            replicate,
            directory,
            threads=self.threads,
            platform=self.forced_platform,
            progress=progress,
        )

    def finished_steps(self, directory: Path) -> int:
        """How many of the protocol's steps are finished in a replicate's directory; it may be running."""
        files = ReplicateFiles(directory)
        return sum(files.step(index).exists() for index in range(len(self.settings.steps)))

    def record(self, directory: Path) -> Mapping[str, object]:
        """Times, machine, seed, attempts and convergence of the finished replicate in `directory`."""
        return run_record(ReplicateFiles(directory), len(self.settings.steps))

    def observations(self, formulation: Formulation, replicates: Sequence[Mapping[str, float]]) -> list[Observation]:
        """Mean of each outcome over the replicates and its between-replicate standard error.

        The error within a run is ten times too small, because the network that a replicate was quenched into stays:
        only replicates that were built and annealed independently tell the uncertainty. An outcome that is not defined
        for one of them is left out: a mean over the others would choose among boxes by what came out of them.
        Where a replicate did not come to rest, all but the flags that say so carry the mark `not_equilibrated`, which
        widens their errors wherever they are used.
        """
        defined = [outcome for outcome in replicates[0] if all(outcome in replicate for replicate in replicates)]
        settled = all(replicate.get(flag, 1.0) == 1.0 for replicate in replicates for flag in CONVERGENCE)
        marks = () if settled else ("not_equilibrated",)
        return [
            self._observation(formulation, outcome, [replicate[outcome] for replicate in replicates], marks)
            for outcome in defined
        ]

    def _observation(
        self, formulation: Formulation, outcome: str, values: Sequence[float], marks: tuple[str, ...]
    ) -> Observation:
        value, error = mean_and_error(values)
        return Observation(
            formulation=formulation,
            outcome=outcome,
            value=value,
            standard_error=error,
            level=self.level,
            source=f"molecular dynamics, protocol {self.level} v{self.settings.version}",
            conditions=conditions_of(self.settings),
            protocol=self.protocol,
            replicates=len(values),
            evidence=() if outcome in FLAGS else marks,
        )


def molecular_dynamics_oracle(level: str = "screen", replicates: int = 3, threads: int = 1) -> MolecularDynamicsOracle:
    """The oracle of a shipped protocol.

    Raises:
        InputError: there is no such protocol.

    """
    return MolecularDynamicsOracle(load_protocol(level), replicates, threads)
