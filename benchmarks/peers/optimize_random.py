"""Random search: uniform over what is possible and new."""

import numpy as np
from optimize_protocol import Point, Row, Space, point_of, serve


class Random:
    """Pairs uniformly, ratios uniformly on a logarithmic scale."""

    def __init__(self, space: Space, seed: int) -> None:
        self.space, self.draw = space, np.random.default_rng(seed)
        self.seen: set[Point] = set()

    def tell(self, rows: list[Row]) -> None:
        """Only what not to repeat."""
        self.seen |= {point_of(row) for row in rows}

    def ask(self, n: int) -> list[Point]:
        """`n` different new points."""
        chosen: list[Point] = []
        while len(chosen) < n:
            point = self._any()
            if point not in self.seen and point not in chosen and self.space.possible(point):
                chosen.append(point)
        return chosen

    def _any(self) -> Point:
        if self.space.pool is not None:
            return self.space.pool[int(self.draw.integers(len(self.space.pool)))]
        cation, ligand = (str(self.draw.choice(names)) for names in (self.space.cations, self.space.ligands))
        return cation, ligand, self.space.ratio_at(float(self.draw.random()))


if __name__ == "__main__":
    serve(Random)
