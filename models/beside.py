"""What is known beside the observations of the level that is predicted."""

from collections.abc import Collection
from dataclasses import dataclass

from ionlink.data import outcomes as outcome_catalogue
from ionlink.data.observation import Observation, Ranking, Statement


@dataclass(frozen=True)
class Beside:
    """Observations of other levels and protocols, and rankings, for a model that learns from them too."""

    observations: tuple[Observation, ...] = ()
    rankings: tuple[Ranking, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self.observations or self.rankings)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All of them."""
        return (*self.observations, *self.rankings)

    def about(self, outcomes: Collection[str]) -> "Beside":
        """What may tell of some outcomes: what was said of these, and of those that the catalogue calls related."""
        catalogue = outcome_catalogue()
        names = set(outcomes).union(*(catalogue[name].related for name in outcomes if name in catalogue))
        return Beside(
            tuple(o for o in self.observations if o.outcome in names),
            tuple(r for r in self.rankings if r.outcome in outcomes),
        )


NOTHING_BESIDE = Beside()
