"""Landscapes drawn at random, a different one for each seed: what `drawn` of `optimize.py` evaluates.

One landscape says much of itself: which descriptors count in it, and where its best formulations lie. Here what counts
is drawn, and the shape of each outcome, over the members of the other landscapes: sums of two properties of the cation
and two of the ligand, an interaction, and a part of each member and pair that no descriptor explains; bells or sigmoids
of them, and a best ratio.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from optimize_truths import CATIONS, LIGAND_PROPERTIES, LIGANDS, ROUGHNESS, SPREAD, STRENGTH, standard

from ionlink.data import cations

Floats = NDArray[np.float64]

RATIO = (2.0, 60.0)

MIDDLE = 10.0
"""Added to every outcome, which has a standard deviation of 1 over the space."""

UNEXPLAINED = 0.25
"""Standard deviation of each member's own part, in a latent of 1."""

OTHERS = 10_000
"""Added to the number of a landscape: the one that a paper's values follow as far as they do not follow the truth."""

TOGETHER = (0.2, 0.9)
"""Between which correlations of a paper's values with the truth are drawn."""

FAILING, HOLDING, EXCLUDED = 0.15, 0.4, 0.1
"""Shares of the space that fail, that keep the limit of roughness, and of pairs that are known to be impossible."""


@dataclass(frozen=True)
class DrawnLandscape:
    """Noise-free outcomes of any formulation of `CATIONS` and `LIGANDS`, by the number of the landscape."""

    number: int

    def values(self, cation: Sequence[str], ligand: Sequence[str], ratio: Floats) -> dict[str, Floats]:
        """Each outcome of `n` formulations, `n`, in standard deviations over the space around `MIDDLE`."""
        return self._scaled(self._raw(*_places(cation, ligand), _share(ratio)))

    def fails(self, cation: Sequence[str], ligand: Sequence[str], ratio: Floats) -> NDArray[np.bool_]:
        """Which of `n` formulations fail: beyond a drawn slope in one latent and the ratio. No method is told."""
        return np.asarray(self._strain(*_places(cation, ligand), _share(ratio)) > self._most_strain)

    def elsewhere(self, cation: Sequence[str], ligand: Sequence[str], ratio: Floats) -> dict[str, Floats]:
        """What papers state of `n` formulations, `n`, without noise: shifted, and correlated with the truth.

        By how much is drawn. The rest is another landscape, so that no number of papers shows the truth.
        """
        generator = np.random.default_rng((self.number, 3))
        share, shift = generator.uniform(*TOGETHER), generator.standard_normal()
        own, other = (
            self.values(cation, ligand, ratio),
            DrawnLandscape(self.number + OTHERS).values(cation, ligand, ratio),
        )
        return {
            name: own[name] * share
            + other[name] * np.sqrt(1 - share**2)
            + MIDDLE * (1 - share - np.sqrt(1 - share**2))
            + shift
            for name in own
        }

    @cached_property
    def references(self) -> Mapping[str, float]:
        """Median of each outcome over the space."""
        return {name: float(np.median(values)) for name, values in self._over_space.items()}

    @cached_property
    def limit(self) -> float:
        """Of roughness."""
        return float(np.quantile(self._over_space[ROUGHNESS], HOLDING))

    @cached_property
    def excluded(self) -> tuple[tuple[str, str], ...]:
        """Pairs that are known to be impossible."""
        drawn = np.random.default_rng((self.number, 1)).random((len(CATIONS), len(LIGANDS))) < EXCLUDED
        return tuple((CATIONS[c], LIGANDS[p]) for c, p in zip(*np.nonzero(drawn), strict=True))

    @cached_property
    def _latents(self) -> Floats:
        """Three, `3 x cations x ligands`, each with a mean of 0 and a standard deviation of 1; the second and third go
        with those before by as much as is drawn.
        """
        generator = np.random.default_rng((self.number, 0))
        first, second, third = (_latent(generator) for _ in range(3))
        share = generator.uniform(0, 0.8, 2)
        second = share[0] * first + np.sqrt(1 - share[0] ** 2) * second
        third = share[1] * second + np.sqrt(1 - share[1] ** 2) * third
        return np.stack([first, second, third])

    @cached_property
    def _shape(self) -> Mapping[str, float]:
        """What is drawn of the outcomes' shapes."""
        generator = np.random.default_rng((self.number, 2))
        slopes = dict(zip(("slope_1", "slope_2", "slope_3"), generator.uniform(-1, 1, 3).tolist(), strict=True))
        return slopes | {
            "bell": float(generator.random() < 0.6),
            "best": float(generator.uniform(-0.5, 1)),
            "best_ratio": float(generator.uniform(0.2, 0.8)),
            "strained": float(generator.integers(2)),
            "strain": float(generator.uniform(1.5, 4.5)),
        }

    def _raw(self, c: NDArray[np.intp], p: NDArray[np.intp], x: Floats) -> dict[str, Floats]:
        a, b, d = self._latents[:, c, p]
        shape = self._shape
        moved = a + shape["slope_1"] * (x - 0.5)
        strength = np.exp(-(((moved - shape["best"]) / 0.8) ** 2)) if shape["bell"] else _sigmoid(moved)
        spread = _sigmoid(b + shape["slope_2"] * (x - 0.5)) + 0.3 * (x - 1 + shape["best_ratio"]) ** 2
        return {
            STRENGTH: strength * (1 - 0.6 * (x - shape["best_ratio"]) ** 2),
            SPREAD: spread,
            ROUGHNESS: _sigmoid(d + 1.5 * shape["slope_3"] * (x - 0.5)),
        }

    def _strain(self, c: NDArray[np.intp], p: NDArray[np.intp], x: Floats) -> Floats:
        return np.asarray(self._latents[int(self._shape["strained"]), c, p] - self._shape["strain"] * (x - 0.5))

    @cached_property
    def _most_strain(self) -> float:
        return float(np.quantile(self._strain(*self._space), 1 - FAILING))

    @cached_property
    def _moments(self) -> Mapping[str, tuple[float, float]]:
        return {name: (float(v.mean()), float(v.std())) for name, v in self._raw(*self._space).items()}

    @cached_property
    def _over_space(self) -> dict[str, Floats]:
        return self._scaled(self._raw(*self._space))

    def _scaled(self, raw: Mapping[str, Floats]) -> dict[str, Floats]:
        return {name: (v - self._moments[name][0]) / self._moments[name][1] + MIDDLE for name, v in raw.items()}

    @cached_property
    def _space(self) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
        c, p, x = np.meshgrid(np.arange(len(CATIONS)), np.arange(len(LIGANDS)), np.linspace(0, 1, 31), indexing="ij")
        return c.ravel(), p.ravel(), x.ravel()


def _latent(generator: np.random.Generator) -> Floats:
    """`cations x ligands`."""
    own = [UNEXPLAINED * generator.standard_normal(n) for n in (len(CATIONS), len(LIGANDS))]
    of_cation, of_ligand = _two(_cation_properties(), generator), _two(_ligand_properties(), generator)
    hard = _cation_properties()[generator.integers(len(_cation_properties()))]
    basic = np.tanh(_ligand_properties()[generator.integers(len(_ligand_properties()))])
    found = 0.8 * of_cation[:, None] + 0.6 * of_ligand + 0.35 * hard[:, None] * basic + own[0][:, None] + own[1]
    return standard(found)


def _two(properties: Floats, generator: np.random.Generator) -> Floats:
    """A weighted sum of two of the properties, standardised, one for each member."""
    chosen = generator.choice(len(properties), 2, replace=False)
    return standard(generator.standard_normal(2) @ properties[chosen])


@cache
def _cation_properties() -> Floats:
    """Log ionic potential, radius, electronegativity, hydrolysis, charge: `5 x cations`, standardised."""
    known = [cations()[name] for name in CATIONS]
    columns = [
        [np.log(c.charge / (c.ionic_radius_angstrom or np.nan)) for c in known],
        [c.ionic_radius_angstrom for c in known],
        [c.electronegativity_pauling for c in known],
        [c.log_k_hydrolysis for c in known],
        [c.charge for c in known],
    ]
    return np.array([standard(np.array(column, dtype=np.float64)) for column in columns])


@cache
def _ligand_properties() -> Floats:
    """Mean pKa of the acidic protons, root of the chelating pairs, rotatable bonds a donor: `3 x ligands`."""
    basic, chelating, flexible = np.array([LIGAND_PROPERTIES[name] for name in LIGANDS]).T
    return np.array([standard(basic), standard(np.sqrt(chelating)), standard(flexible)])


def _places(cation: Sequence[str], ligand: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    at = [{name: k for k, name in enumerate(names)} for names in (CATIONS, LIGANDS)]
    return np.array([at[0][name] for name in cation], dtype=np.intp), np.array(
        [at[1][name] for name in ligand], dtype=np.intp
    )


def _share(ratio: Floats) -> Floats:
    lower, upper = np.log(RATIO)
    return np.asarray((np.log(ratio) - lower) / (upper - lower))


def _sigmoid(value: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-1.3 * value)))
