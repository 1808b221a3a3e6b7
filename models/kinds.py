"""The kinds of model that a surrogate may be made of: the one place that lists them.

A kind is a class that learns one outcome from rows; what it has learned gives a posterior. To add one, write that class
and give it a row here.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation, Ranking

if TYPE_CHECKING:
    from botorch.models import SingleTaskGP
    from torch import Tensor

    from ionlink.models.calibration import Calibration
    from ionlink.models.inputs import InputScaling
    from ionlink.models.pair_rows import PairRows
    from ionlink.models.prediction import Posterior

DEFAULT_KIND = "pooled"
PROCESS_ALONE = "gaussian-process"

KINDS: Mapping[str, str] = {
    DEFAULT_KIND: "ionlink.models.pooled:LearnedPool",
    PROCESS_ALONE: "ionlink.models.gaussian_process:LearnedProcess",
    "joint": "ionlink.models.joint_outcome:LearnedJoint",
    "deep-ensemble": "ionlink.models.deep_ensemble:DeepEnsemble",
    "ridge": "ionlink.models.baselines:Ridge",
    "random-forest": "ionlink.models.baselines:RandomForest",
    "extra-trees": "ionlink.models.baselines:ExtraTrees",
    "gradient-boosting": "ionlink.models.baselines:GradientBoosting",
}
"""Module and class by name; a module is imported when its kind is asked for."""


@dataclass(frozen=True, eq=False)
class Everything:
    """All that is known, for kinds that `learn_everything`."""

    level: str
    protocol: str | None
    """Of what is to be predicted."""

    observations: tuple[Observation, ...]
    """As they were told, of that level and of others, of the outcome and of others, bounds included."""

    rankings: tuple[Ranking, ...] = ()

    @property
    def formulations(self) -> list[Formulation]:
        """All that something is said of."""
        return [o.formulation for o in self.observations] + [f for r in self.rankings for f in (r.higher, r.lower)]

    def spoken_of(self, outcome: str) -> list[Formulation]:
        """Formulations of which something is said of an outcome at the level that is to be predicted."""
        own = (self.level, self.protocol, outcome)
        told = [o.formulation for o in self.observations if (o.level, o.protocol, o.outcome) == own]
        ranked = [r for r in self.rankings if (r.level, r.outcome) == (self.level, outcome)]
        return list(dict.fromkeys([*told, *(f for r in ranked for f in (r.higher, r.lower))]))


@dataclass(frozen=True, eq=False)
class Task:
    """What a kind learns from."""

    outcome: str

    rows: tuple[Observation, ...]
    """As of `ionlink.models.gaussian_process.training_rows`."""

    scaling: "InputScaling"
    seed: int

    calibrate: bool = True
    """Whether to find out how far it is too sure of what it never saw; where it is not, its deviations are believed."""

    everything: Everything | None = None
    """For kinds that learn from more than the rows."""

    @property
    def formulations(self) -> list[Formulation]:
        """Those of which something is said of the outcome at its level."""
        return self.everything.spoken_of(self.outcome) if self.everything else [o.formulation for o in self.rows]


class LearnedOutcome(ABC):
    """What a kind of model has learned of one outcome."""

    sees: ClassVar[type["PairRows"]]
    """The numbers by which it knows formulations."""

    learns_everything: ClassVar[bool] = False
    """Whether it learns from other levels, related outcomes, bounds and rankings as well as from values."""

    refitted: ClassVar[bool] = False
    """Whether nothing is stored but rows and seed, because fitting to them again gives the same."""

    has_process: ClassVar[bool] = False
    """Whether `gp` is a Gaussian process: a joint posterior over formulations, with gradients."""

    networks: "LearnedOutcome | None" = None
    """What else makes a part of each prediction, beside `gp`, where anything does."""

    @classmethod
    @abstractmethod
    def fit(cls, task: Task) -> "LearnedOutcome":
        """Learn; the same task gives the same. Raises `FitFailed` where nothing can be learned."""

    @classmethod
    @abstractmethod
    def restored(cls, task: Task, state: Mapping[str, "Tensor"]) -> "LearnedOutcome":
        """What `fit` gave for this task and `state` kept of it."""

    @abstractmethod
    def state(self) -> Mapping[str, "Tensor"]:
        """What has to be kept beside the task; empty where it is `refitted`."""

    @abstractmethod
    def posterior(self) -> "Posterior":
        """Mean and variance at any formulation, over rows of what it `sees`."""

    @property
    def elsewhere(self) -> Sequence[Formulation]:
        """Formulations that it learned from at other levels."""
        return ()

    @property
    def calibration(self) -> "Calibration | None":
        """What predicted deviations are multiplied by; a kind that was not checked is believed within what was seen.

        `None` where the deviations are wanted as the model has them.
        """
        from ionlink.models.calibration import Calibration

        return Calibration()

    def joint(self, inputs: "Tensor") -> "tuple[Tensor, Tensor]":
        """Mean `n` and covariance `n x n` of the noise-free outcome, in its unit, over rows of what it `sees`.

        Raises `InputError` where it knows no covariances.
        """
        from ionlink.models.fast_posterior import FastPosterior

        return FastPosterior.of(self.gp).joint(inputs)

    @property
    def gp(self) -> "SingleTaskGP":
        """The Gaussian process; raises `InputError` where it is none."""
        raise InputError(
            f"a surrogate of this kind ({type(self).__name__}) is no Gaussian process, which acquisition functions, "
            f"explanations and leave-one-out need; fit one with model '{PROCESS_ALONE}'"
        )


def learner(kind: str) -> type[LearnedOutcome]:
    """The class of a kind; raises `InputError` for an unknown one, which names those that there are."""
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise InputError(f"model: there is no model '{kind}'{hint}; there are {', '.join(KINDS)}")
    module, _, name = KINDS[kind].partition(":")
    found: type[LearnedOutcome] = getattr(import_module(module), name)
    return found
