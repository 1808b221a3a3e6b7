"""Which cations, ligands and pairs rows of inputs are made of: what depends on them is computed once for each."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

SAME = 1e-12
"""Squared distance in the unit cube below which two cations or ligands are one."""


@dataclass(frozen=True, eq=False)
class Members:
    """The different cations, ligands and pairs of `... x n x d` inputs."""

    cations: Tensor
    ligands: Tensor
    """A row of the inputs that holds each, `c x d` and `l x d`."""

    cation: Tensor
    ligand: Tensor
    """Of each of `p` different pairs."""

    pair: Tensor
    """Of each input, `... x n`."""

    @classmethod
    def of(cls, x: Tensor, blocks: tuple[list[int], list[int]]) -> "Members":
        """`blocks` are the columns that hold the cation and the ligand."""
        for dimension in range(x.dim() - 2):
            once = x.narrow(dimension, 0, 1)
            if x.stride(dimension) == 0 or torch.equal(x, once.expand_as(x)):  # training rows beside each candidate
                x = once
        flat = x.reshape(-1, x.shape[-1])
        cation, ligand = (_numbered(flat[:, columns]) for columns in blocks)
        number = cation * (int(ligand.max()) + 1) + ligand
        _, pair = torch.unique(number, return_inverse=True)
        pairs = _first(pair)
        return cls(flat[_first(cation)], flat[_first(ligand)], cation[pairs], ligand[pairs], pair.reshape(x.shape[:-1]))

    def rows_of(self, part: Tensor, others: "Members") -> Tensor:
        """Of a `p x q` matrix over pairs of both, the `... x n x m` one over the inputs of both."""
        if others.pair.numel() > others.pair.shape[-1]:
            return part[self.pair.unsqueeze(-1), others.pair.unsqueeze(-2)]
        return spread(part.T, others.pair.ravel(), self.pair.ravel()).reshape(*self.pair.shape, -1)


def spread(part: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Rows and columns of a `p x q` matrix in any order and number, `n` and `m`, turned round: `m x n`.

    Row by row, which is twenty times faster than element by element (`part[rows][:, columns]`).
    """
    return part.index_select(0, rows).T.contiguous().index_select(0, columns)


def _numbered(members: Tensor) -> Tensor:
    """A number for each of `n x k` rows, the same for equal ones, from 0 without gaps."""
    # Equal rows have equal sums, and different ones almost surely different sums: that is checked.
    weights = torch.linspace(1, math.pi, members.shape[-1], dtype=members.dtype).sqrt()
    number: Tensor
    _, number = torch.unique((members * weights).sum(dim=-1), return_inverse=True)
    if not torch.allclose(members[_first(number)][number], members, rtol=0, atol=SAME):  # but for rounding
        _, number = torch.unique(members, dim=0, return_inverse=True)
    return number


def _first(number: Tensor) -> Tensor:
    """The first of `n` rows that has each number."""
    first = torch.full((int(number.max()) + 1,), len(number), dtype=torch.long)
    return first.scatter_reduce(0, number, torch.arange(len(number)), reduce="amin")
