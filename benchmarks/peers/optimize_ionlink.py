"""ionlink: a campaign, asked and told as a user of its Python interface would."""

import sys
from typing import Any

from optimize_protocol import Point, Row, Space, point_of, serve

from ionlink import __version__
from ionlink.data import Formulation, Observation, outcomes
from ionlink.optimize import Campaign, Decide, DesignSpace, Level, Objective, OutcomeConstraint


class Ionlink:
    """A campaign in memory. It is told every replicate, and failures as failures."""

    def __init__(self, space: Space, seed: int, *, decides: bool) -> None:
        self.space = space
        self.decide = Decide() if decides and space.replicates else None
        levels = [Level.model_validate(level) for level in space.levels]
        self.campaign = Campaign(
            design_space(space),
            [Objective.model_validate(objective) for objective in space.objectives],
            seed=seed,
            level=space.levels[-1]["name"],
            levels=levels if decides else (),
            constraints=[OutcomeConstraint.model_validate(limit) for limit in space.constraints],
        )

    def tell(self, rows: list[Row]) -> None:
        """Observations, and failures of candidates."""
        pending = {c.formulation: c for c in self.campaign.pending}
        for row in rows:
            if row["failure"] is not None and (candidate := pending.get(formulation_at(point_of(row)))):
                self.campaign.fail(candidate, row["failure"])
        self.campaign.tell([observation for row in rows for observation in observed(row)])

    def ask(self, n: int) -> list[tuple[Any, ...]]:
        """The campaign's candidates, with the level and the replicates that it asks for."""
        candidates = self.campaign.ask(n, refusal=self._refusal, decide=self.decide)
        return [
            (c.formulation.cation, c.formulation.ligand, c.formulation.ratio, c.level, c.replicates) for c in candidates
        ]

    def _refusal(self, formulation: Formulation) -> str | None:
        """For what no constraint of the design space says: a smallest ratio of its own for each cation."""
        possible = self.space.possible((formulation.cation, formulation.ligand, formulation.ratio))
        return None if possible else "the ratio is below that of charge balance"


def design_space(space: Space) -> DesignSpace:
    """The pool, or all members over the range of ratios but the excluded pairs."""
    if space.pool is not None:
        return DesignSpace.of_formulations(formulation_at(point) for point in space.pool)
    lower, upper = space.ratio
    return DesignSpace.model_validate(
        {
            "cations": space.cations,
            "ligands": space.ligands,
            "ratio": {"lower": lower, "upper": upper},
            "exclusions": [
                {"cation": cation, "ligand": ligand, "reason": "known to be impossible"}
                for cation, ligand in sorted(space.excluded)
            ],
        }
    )


def formulation_at(point: Point) -> Formulation:
    """Of a point."""
    cation, ligand, ratio = point
    return Formulation(cation=cation, ligand=ligand, ratio=ratio)


def possible(name: str, value: float) -> float:
    """A value, or the smallest that is possible: a campaign refuses a force below 0, which some truths have."""
    lowest = outcomes()[name].lower
    return value if lowest is None else max(value, lowest)


def observed(row: Row) -> list[Observation]:
    """Every replicate of a row, outcome by outcome; nothing of what failed."""
    return [
        Observation(
            formulation=formulation_at(point_of(row)),
            outcome=name,
            value=possible(name, value),
            level=row["level"],
            standard_error=row["errors"][name],
            source=f"replicate {row['first_replicate'] + number}",
        )
        for number, values in enumerate(row["each"])
        for name, value in values.items()
    ]


if __name__ == "__main__":
    serve(lambda space, seed: Ionlink(space, seed, decides="decides" in sys.argv), ionlink=__version__)
