"""ionlink's space filling alone: what a campaign does as long as there is no model, and here to the end."""

from optimize_ionlink import design_space, formulation_at
from optimize_protocol import Point, Row, Space, point_of, serve

from ionlink import __version__
from ionlink.data import Formulation
from ionlink.optimize.space_filling import spread


class SpaceFilling:
    """Spreads over descriptors; outcomes are not looked at."""

    def __init__(self, space: Space, seed: int) -> None:
        self.known, self.space, self.seed = space, design_space(space), seed
        self.taken: list[Formulation] = []

    def tell(self, rows: list[Row]) -> None:
        """Only what not to repeat."""
        self.taken += [formulation_at(point_of(row)) for row in rows]

    def ask(self, n: int) -> list[Point]:
        """`n` different new points."""
        chosen: list[Point] = []
        while len(chosen) < n:
            found = spread(self.space, n - len(chosen), taken=self.taken, seed=self.seed)
            self.taken += found  # those that are impossible are not to come again either
            points = [(f.cation, f.ligand, f.ratio) for f in found]
            chosen += [point for point in points if self.known.possible(point)]
        return chosen


if __name__ == "__main__":
    serve(SpaceFilling, ionlink=__version__)
