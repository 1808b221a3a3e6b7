"""ionlink: a campaign, asked and told as a user of its Python interface would."""

from optimize_protocol import Point, Row, Space, serve

from ionlink import __version__
from ionlink.data import Formulation, Observation
from ionlink.optimize import Campaign, DesignSpace, Objective


class Ionlink:
    """A campaign in memory."""

    def __init__(self, space: Space, seed: int) -> None:
        self.space = space
        self.level = space.levels[-1]["name"]
        lower, upper = space.ratio
        exclusions = [{"cation": c, "ligand": g, "reason": "known to be impossible"} for c, g in space.excluded]
        self.campaign = Campaign(
            DesignSpace.model_validate(
                {
                    "cations": space.cations,
                    "ligands": space.ligands,
                    "ratio": {"lower": lower, "upper": upper},
                    "exclusions": exclusions,
                }
            ),
            [Objective.model_validate(objective) for objective in space.objectives],
            seed=seed,
            level=self.level,
        )

    def tell(self, rows: list[Row]) -> None:
        """Observations, and failures of candidates."""
        pending = {c.formulation: c for c in self.campaign.pending}
        observations = []
        for row in rows:
            formulation = Formulation(cation=row["cation"], ligand=row["ligand"], ratio=row["ratio"])
            if row["failure"] is not None:
                if formulation in pending:
                    self.campaign.fail(pending[formulation], row["failure"])
                continue
            for number, values in enumerate(row["each"]):
                observations += [
                    Observation(
                        formulation=formulation,
                        outcome=name,
                        value=value,
                        level=row["level"],
                        standard_error=row["errors"][name],
                        source=f"replicate {number}",
                    )
                    for name, value in values.items()
                ]
        self.campaign.tell(observations)

    def ask(self, n: int) -> list[Point]:
        """The campaign's candidates."""
        return [(f.cation, f.ligand, f.ratio) for f in (c.formulation for c in self.campaign.ask(n))]


if __name__ == "__main__":
    serve(Ionlink, ionlink=__version__)
