"""How many molecules a box holds, decided before anything is built."""

from dataclasses import dataclass

from ionlink.data.formulation import Formulation
from ionlink.simulate.errors import CannotSimulate
from ionlink.simulate.protocol import BoxRules


@dataclass(frozen=True)
class Composition:
    """Whole molecules of a simulation box."""

    repeat_units: int
    """Repeat units of each chain."""

    chains: int

    cations: int

    donor_groups: int
    """Of all chains together."""

    waters: int = 0
    """Molecules of water."""

    cosolvents: tuple[tuple[str, int], ...] = ()
    """Other solvents by name, each with its number of molecules."""

    @property
    def ratio(self) -> float:
        """Donor groups per cation of the box, as near to the formulation's as whole molecules allow."""
        return self.donor_groups / self.cations


def compose(formulation: Formulation, donor_groups_per_repeat_unit: int, rules: BoxRules) -> Composition:
    """The smallest box that holds the asked ratio within the protocol's tolerance.

    Raises:
        CannotSimulate: no box below a thousand chains does.

    """
    ratio = formulation.known_ratio
    repeat_units = max(1, rules.donor_groups_per_chain // donor_groups_per_repeat_unit)
    per_chain = repeat_units * donor_groups_per_repeat_unit
    for chains in range(rules.min_chains, 1000):
        donor_groups = chains * per_chain
        cations = max(rules.min_cations, round(donor_groups / ratio))
        if abs(donor_groups / cations - ratio) <= rules.ratio_tolerance * ratio:
            waters = rules.waters_per_donor_group * donor_groups
            others = ((one.name, max(1, round(one.per_donor_group * donor_groups))) for one in rules.cosolvents)
            return Composition(repeat_units, chains, cations, donor_groups, waters, tuple(others))
    raise CannotSimulate(
        f"ratio {ratio:g} needs more than 1000 chains of {per_chain} donor groups; use a smaller ratio"
    )
