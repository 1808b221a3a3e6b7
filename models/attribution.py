"""Shapley values: how much each group of descriptors moves a prediction away from the average one.

The players are groups of descriptors, few enough to enumerate all coalitions: no sampling, no library. The value of a
coalition S for a formulation x is the mean prediction over background formulations b that were given x's descriptors
of the groups in S (interventional: Janzing, Minorics, Blöbaum 2020, arXiv:1910.13413; values: Lundberg & Lee 2017,
arXiv:1705.07874).

A formulation that takes the charge density of one cation and the radius of another does not exist. Conditional values
would avoid asking for it, at the price of giving credit to descriptors that the model does not use, only because they
go with one that it does. So the interventional ones are taken; three things keep them honest: the posterior at such
hybrids is wide, and enters the intervals; how wide is reported (`hybrid_uncertainty`); and `quotient_matrix` gives
the attribution of the cation as a whole, from formulations that exist, which is all that holds where hybrids are
unknown.

`PairKernel` also knows each cation by itself (`IDENTITY_TERMS`), and to it a hybrid is a cation that nobody has
measured: of its own part the mean is 0 and the uncertainty that of the prior. It is taken at its word. So what a cation
owes to no descriptor, only to being itself, is there only where both its groups come together: it is shared out half
and half between charge density and radius, shows as an interaction of the two, and makes the intervals of each wider,
not those of the cation as a whole. The same holds of ligands with the donors of one and the geometry of another.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import factorial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ionlink.models.weighted_sums import Matrix, WeightedRows

Members = NDArray[np.bool_]

Player: TypeAlias = Hashable
"""What a set of descriptors that is moved together is called."""


def coalitions(players: int) -> Members:
    """All coalitions, `2^players x players`; the first is empty, the last is of all."""
    return np.array([[bool(number >> player & 1) for player in range(players)] for number in range(2**players)])


def shapley_matrix(players: int) -> Matrix:
    """Shapley values from the values of all `coalitions`, `players x 2^players` (Shapley 1953)."""
    members = coalitions(players)
    matrix = np.zeros((players, len(members)))
    for number, coalition in enumerate(members):
        size = int(coalition.sum())
        for player in range(players):
            others = size - int(coalition[player])
            weight = factorial(others) * factorial(players - others - 1) / factorial(players)
            matrix[player, number] = weight if coalition[player] else -weight
    return matrix


def quotient_matrix(unions: Sequence[Sequence[int]]) -> Matrix:
    """Shapley values of unions of players that join or stay away together, `len(unions) x 2^players`."""
    return union_matrix(shapley_matrix(len(unions)), unions)


def union_matrix(matrix: Matrix, unions: Sequence[Sequence[int]]) -> Matrix:
    """What `matrix`, `q x 2^unions`, makes of a game of unions, from the values of the players' coalitions.

    Only coalitions that split no union have weight (the quotient game: Owen 1977, doi:10.1007/978-3-642-45494-3_7).
    Gives `q x 2^players`.
    """
    whole = np.zeros((len(matrix), 2 ** sum(map(len, unions))))
    for joined, column in zip(coalitions(len(unions)), matrix.T, strict=True):
        number = sum(2**player for union, joins in zip(unions, joined, strict=True) if joins for player in union)
        whole[:, number] = column
    return whole


@dataclass(frozen=True, eq=False)
class CoalitionRows:
    """What must be asked of a model for the coalition values of `n` formulations."""

    asked: WeightedRows
    """Its `n * 2^players` sums are the coalition values, coalitions running fastest."""

    states: NDArray[np.intp]
    """Which of the different values of each group a row has, `u x players`."""

    points: NDArray[np.intp]
    """The same of the explained formulations, `n x players`."""

    background: NDArray[np.intp]
    """The same of the background, `m x players`."""

    def hybrid(self, players: Sequence[int]) -> Members:
        """Rows whose values of these groups come together in no explained and no background formulation, `u`."""
        existing = {tuple(row) for row in np.vstack([self.points, self.background])[:, players]}
        return np.array([tuple(row) not in existing for row in self.states[:, players]])

    def fixed(self, points: slice) -> frozenset[int]:
        """Players, by their place, that have the same values in all of these points and of the background."""
        together = np.vstack([self.points[points], self.background])
        return frozenset(np.flatnonzero(np.ptp(together, axis=0) == 0).tolist())


def coalition_rows(
    points: Matrix, background: Matrix, groups: Sequence[Player], players: Sequence[Player]
) -> CoalitionRows:
    """Rows for all coalitions of `n x d` points over an `m x d` background, each different row once.

    Args:
        points: Inputs of the formulations to explain.
        background: Inputs of the formulations that stand for the average.
        groups: Player that each of the `d` inputs belongs to.
        players: All of them, in the order of the coalitions.

    """
    columns, numbered, states = _states(points, background, groups, players)
    own, other = states[: len(points)], states[len(points) :]
    different, place = _mixed(own, other)
    weights = np.zeros((len(place), len(different)))
    np.add.at(weights, (np.repeat(np.arange(len(place)), len(other)), place.reshape(-1)), 1 / len(other))
    rows = np.empty((len(different), points.shape[1]))
    for player, places in enumerate(columns):
        rows[:, places] = numbered[player][different[:, player]]
    return CoalitionRows(WeightedRows(rows, weights), different, own, other)


def coalition_row_count(points: Matrix, background: Matrix, groups: Sequence[Player], players: Sequence[Player]) -> int:
    """How many rows `coalition_rows` would ask for; much cheaper than them."""
    _, _, states = _states(points, background, groups, players)
    different, _ = _mixed(states[: len(points)], states[len(points) :])
    return len(different)


def _states(
    points: Matrix, background: Matrix, groups: Sequence[Player], players: Sequence[Player]
) -> tuple[list[NDArray[np.intp]], list[Matrix], NDArray[np.intp]]:
    """Columns of each player, its different values, and which of them each point and then each background row has."""
    everything = np.vstack([points, background])
    columns = [np.flatnonzero([group == player for group in groups]) for player in players]
    numbered = [np.unique(everything[:, places], axis=0, return_inverse=True) for places in columns]
    states = np.column_stack([inverse.reshape(-1) for _, inverse in numbered])
    return columns, [values for values, _ in numbered], states


def _mixed(own: NDArray[np.intp], other: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Different mixtures of `n` points and `m` others, `u x players`, and where each stands, `n * coalitions x m`."""
    players = own.shape[1]
    mixed = np.where(coalitions(players)[None, :, None, :], own[:, None, None, :], other[None, None, :, :])
    different, place = np.unique(mixed.reshape(-1, players), axis=0, return_inverse=True)
    return different, place.reshape(-1, len(other))


@dataclass(frozen=True)
class Magnitude:
    """Mean magnitude of signed quantities over formulations, in their unit."""

    mean: float

    lower: float
    """0 where not even the sign is sure."""

    upper: float


def magnitude(mean: Matrix, draws: Matrix, interval: float) -> Magnitude:
    """Mean of |q| over `n` formulations, from the posterior mean `n` and joint draws `s x n`.

    A mean of magnitudes of draws is above 0 even where there is nothing but noise. So the lower end is that of
    the draws along the signs of the posterior mean, whose expectation is `mean`: it reaches 0 where the signs are not
    sure. The upper end is that of the mean magnitude of the draws.
    """
    tail = (1 - interval) / 2
    along = (draws * np.sign(mean)).mean(axis=1)
    size = float(np.abs(mean).mean())
    lower = min(max(float(np.quantile(along, tail)), 0.0), size)
    return Magnitude(size, lower, max(float(np.quantile(np.abs(draws).mean(axis=1), 1 - tail)), size))
