"""A campaign as a declaration: its TOML file, checked whole."""

import tomllib

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from ionlink.data.errors import InputError
from ionlink.models.registered_name import checked_name
from ionlink.models.seeds import LARGEST_CAMPAIGN_SEED
from ionlink.optimize.aim import Aim, Combine
from ionlink.optimize.decision import Decide, Level, level_faults
from ionlink.optimize.objective import Objective, objectives_of
from ionlink.optimize.outcome_constraint import OutcomeConstraint
from ionlink.optimize.space import DesignSpace
from ionlink.optimize.start import Start
from ionlink.optimize.stopping import StopRules
from ionlink.optimize.toml_faults import toml_faults

CAMPAIGN_FILE = "campaign.toml"
S_PER_H = 3600.0

FEWEST_REPLICATES = 2
"""With fewer there is no standard error."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Identity(_Section):
    """`[campaign]`."""

    name: str = Field(min_length=1, max_length=100)
    """Also the name of its MLflow experiment and registered model, see `ionlink.models.registered_name`."""

    seed: int = Field(default=0, ge=0, le=LARGEST_CAMPAIGN_SEED)

    store: str | None = Field(default=None, min_length=1)
    """SQLite file that it shares with other campaigns, relative to its directory: what one of them is told, all know.

    Its `name` tells it from the others there. Without, it has a store of its own.
    """

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        return checked_name(name)


class Budget(_Section):
    """`[budget]`."""

    rounds: int = Field(ge=1)
    batch: int = Field(ge=1)
    """Candidates per round."""


class AimSection(_Section):
    """`[aim]`."""

    combine: Combine = "pareto"
    """What becomes of several objectives, see `ionlink.optimize.aim.Aim`."""


class Simulation(_Section):
    """`[simulation]`; a campaign without it is for measurements, at level `lab`."""

    level: str = Field(min_length=1)
    """Name of the protocol, which is also the level of its observations."""

    replicates: int = Field(default=FEWEST_REPLICATES, ge=FEWEST_REPLICATES)
    """Independent replicates per candidate; in the file also `"decide"`: 2 first, and more where they gain most."""

    decides: bool = False
    """What `replicates = "decide"` means."""

    workers: int = Field(default=1, ge=1)
    """Replicates that run at the same time."""

    timeout_h: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Hours after which a replicate is stopped and has failed; `None` for as long as it takes."""

    @model_validator(mode="before")
    @classmethod
    def _decided(cls, given: object) -> object:
        if isinstance(given, dict) and given.get("replicates") == "decide":
            return {**given, "replicates": FEWEST_REPLICATES, "decides": True}
        return given

    @property
    def timeout_s(self) -> float | None:
        """`timeout_h` in seconds."""
        return None if self.timeout_h is None else self.timeout_h * S_PER_H


class Known(_Section):
    """`[known]`."""

    observations: bool = True
    """Whether the knowledge base's observations enter the store; those of the campaign's own level are learned from."""

    rankings: bool = True
    """Whether a campaign of measurements learns from the knowledge base's rankings, which papers state of measurements;
    one of simulations never does."""


class Tracking(_Section):
    """`[tracking]`; a campaign without it is not tracked."""

    mlruns: str = Field(min_length=1)
    """MLflow's folder, relative to the campaign's directory."""


class CampaignConfig(_Section):
    """Everything a campaign is told before it begins."""

    campaign: Identity
    space: DesignSpace
    objectives: tuple[Objective, ...] = Field(min_length=1)
    constraints: tuple[OutcomeConstraint, ...] = ()
    aim: AimSection = Field(default=AimSection(), validate_default=True)
    start: Start = Start()
    budget: Budget
    simulation: Simulation | None = None
    levels: tuple[Level, ...] = ()
    """Where it observes, its own level last; without, there only."""

    known: Known = Known()
    tracking: Tracking | None = None
    stop: StopRules = StopRules()

    @field_validator("objectives", mode="before")
    @classmethod
    def _named(cls, given: object) -> object:
        """The name of a set of targets stands for its objectives."""
        return objectives_of(given) if isinstance(given, str) else given

    @field_validator("aim")
    @classmethod
    def _possible(cls, aim: AimSection, info: ValidationInfo) -> AimSection:
        """The objectives and constraints go together, and have what combining them needs."""
        if "objectives" in info.data and "constraints" in info.data:  # else they are reported already
            Aim(info.data["objectives"], info.data["constraints"], aim.combine)
        return aim

    @field_validator("start")
    @classmethod
    def _in_the_space(cls, start: Start, info: ValidationInfo) -> Start:
        faults = start.faults(info.data["space"]) if "space" in info.data else []
        if faults:
            raise InputError(faults)
        return start

    @field_validator("levels")
    @classmethod
    def _simulated(cls, levels: tuple[Level, ...], info: ValidationInfo) -> tuple[Level, ...]:
        simulation = info.data.get("simulation")
        names = [level.name for level in levels]
        faults = level_faults(levels, names[-1]) if names else []
        if names and simulation and simulation.level not in names:
            faults.append(f"{simulation.level}, the level of the simulation, is not among them")
        if faults:
            raise InputError(faults)
        return levels

    @field_validator("stop")
    @classmethod
    def _recognisable(cls, stop: StopRules, info: ValidationInfo) -> StopRules:
        """What is to be reached is said by the objectives."""
        if stop.target is not None and {"objectives", "constraints", "aim"} <= info.data.keys():
            stop.target.check(Aim(info.data["objectives"], info.data["constraints"], info.data["aim"].combine))
        return stop

    @property
    def level(self) -> str:
        """Level that counts: what is best is so there."""
        if self.levels:
            return self.levels[-1].name
        return self.simulation.level if self.simulation else "lab"

    def decide(self, more: int = 0) -> Decide:
        """What `ask` decides beside the formulation; `more` replicates of what was observed, or as the file says.

        What people observe is asked for once.
        """
        simulation = self.simulation
        if simulation is None or simulation.level != self.level:
            return Decide(more=more)
        if simulation.decides and not more:
            return Decide(first=FEWEST_REPLICATES)
        return Decide(first=simulation.replicates, more=more)

    @classmethod
    def parse(cls, text: str, file: str = CAMPAIGN_FILE) -> "CampaignConfig":
        """Read TOML; raises `InputError` with a line for each fault, naming the file and its field."""
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"{file}: not TOML: {error}") from error
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise InputError(f"{file}: {field}: {message}" for field, message in toml_faults(error, cls)) from error
