"""One name for each mixture of two cations, whichever of them is named first."""

from collections.abc import Iterable

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation


def mixtures_named_alike(observations: Iterable[Observation], known: Iterable[Formulation] = ()) -> list[Observation]:
    """Observations with the cations of each mixture in one order: that of what is known, else of the first of them.

    What was said of Fe3+ with 30 % Al3+ is known then, or contradicted, by what is said of Al3+ with 70 % Fe3+.
    """
    rows = list(observations)
    if all(row.formulation.second_cation is None for row in rows):
        return rows  # what is known need not be read
    names = {formulation: formulation for formulation in known if formulation.second_cation is not None}
    for formulation in list(names):
        names.setdefault(formulation.turned, formulation)
    return [_named(observation, names) for observation in rows]


def _named(observation: Observation, names: dict[Formulation, Formulation]) -> Observation:
    """The observation of the mixture as `names` has it; where they do not, from now on they do, in either order."""
    made = observation.formulation
    if made.second_cation is None:
        return observation
    name = names.setdefault(made, made)
    names.setdefault(made.turned, made)
    return observation.model_copy(update={"formulation": name})
