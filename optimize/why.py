"""Why a candidate was proposed: what was expected of it, what it was to gain, and how much of that rests on hope."""

from pydantic import BaseModel, ConfigDict

from ionlink.data.formulation import Formulation
from ionlink.optimize.share_words import Measure


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Expected(_Value):
    """One outcome, noise-free, as it was foretold; all numbers in `unit`."""

    outcome: str
    unit: str
    mean: float

    lower: float
    """Lower end of the central 90 % interval."""

    upper: float
    """Upper end of it."""

    observed: tuple[float, float] | None = None
    """Smallest and largest mean that had been observed of any formulation."""


class Gain(_Value):
    """How much better than all that had been observed the candidate was expected to be, by itself.

    The baseline is what the model expects of the observed formulations. `exploit` is what the candidate adds if each of
    its outcomes comes true exactly as expected; `explore` is the rest of the expected improvement, which is there only
    since the outcomes are uncertain. For what is maximised or minimised the first is never larger than the whole. In a
    window uncertainty may cost more than it promises; `exploit` is the whole then. The two add up to `expected`.
    """

    measure: Measure
    expected: float
    exploit: float
    explore: float

    reached: float
    """What it is to be compared with: the hypervolume of the expected outcomes of what was observed; for one value, how
    far the best of them is above the median one."""

    @property
    def exploit_share(self) -> float:
        """Of the expected improvement, from 0 to 1; 0 where none is expected."""
        return self.exploit / self.expected if self.expected > 0 else 0.0

    @property
    def explore_share(self) -> float:
        """The rest; 0 where no improvement is expected."""
        return 1.0 - self.exploit_share if self.expected > 0 else 0.0


class Neighbour(_Value):
    """A formulation that had been observed, and that the model takes for alike."""

    formulation: Formulation

    likeness: float | None = None
    """Correlation of their outcomes before anything is observed, mean over outcomes and kernels; `None` without a
    model, where neighbours are nearest in scaled descriptors."""

    observed: dict[str, float] = {}
    """Mean by outcome, in the outcome's catalogue unit."""


class LeastSure(_Value):
    """The outcome of which least was known, compared with how much it differs between formulations."""

    outcome: str

    share: float
    """Standard deviation of the prediction over that of the observed means."""


class Why(_Value):
    """Why a candidate was proposed, by what was known then."""

    reason: str = ""
    """What is special about it, or what space filling chose it for; empty where a model proposed a new formulation."""

    expected: tuple[Expected, ...] = ()
    """In the order of the aim; empty where there was no model."""

    gain: Gain | None = None
    """`None` without a model, and for replicates of what was observed: they add knowledge, not a formulation. Nor is
    there any where one value counts and nothing was observed that it could be better than."""

    chance_of_front: float | None = None
    """Probability that it is better than all else that was observed or, of several objectives, that none is better;
    `None` without a model, and where one value counts and nothing was observed."""

    chance_of_constraints: float | None = None
    """Probability that all constraints hold; `None` without constraints."""

    chance_of_success: float | None = None
    """Probability that it can be observed at all; `None` where nothing had failed."""

    relative_cost: float | None = None
    """Of observing it, over the median of what had been observed; `None` where costs do not count."""

    least_sure: LeastSure | None = None

    new: tuple[str, ...] = ()
    """What of it had not been observed before, in words."""

    neighbours: tuple[Neighbour, ...] = ()
    """The nearest first."""

    def sentences(self) -> list[str]:
        """The same in plain English, a few lines."""
        from ionlink.optimize.why_words import sentences

        return sentences(self)
