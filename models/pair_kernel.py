"""The kernel of the default surrogate: how alike two formulations are, by cation, ligand and ratio apart.

What chemistry says of it:

- a property of a pair is the cation's part, the ligand's part and what only the two together have, so that the kernel
  is a sum of products of a kernel over cations and one over ligands (an analysis of variance in kernels: Duvenaud,
  Nickisch and Rasmussen, NeurIPS 2011, arXiv:1112.4394);
- among ligands, stability follows basicity and the number of chelate rings linearly, with a slope that is the cation's
  own (linear free-energy relations: R. D. Hancock and A. E. Martell, doi:10.1021/cr00098a011), so that linear kernels
  over `FREE_ENERGY_COLUMNS` stand beside the smooth ones, and extrapolate to ligands stronger than any that was seen;
- towards oxygen, cations are ordered by charge, size, hardness and affinity for hydroxide (`OXOPHILICITY_COLUMNS`); in
  a simulation, where there is nothing else, by charge and size alone;
- towards nitrogen and sulfur they are ordered by how readily they take an electron as well (H. Irving and R. J. P.
  Williams, doi:10.1039/jr9530003192), which slopes may be linear in, so that a cation may bind more strongly than all
  that were seen. Beside this, all of a cation's descriptors count, evenly: fewer than sixty cations are too few to
  learn a length scale for each. Nor does a cation have slopes that are its own alone, which explain what was seen and
  say nothing of any other. Errors of cations that were left out of the stability constants of all donors were 14 %
  lower so.

Outcomes are rough in the descriptors of members, which say but the most of what a cation or a ligand is: Matérn 3/2.
On stability constants of cations that were left out, errors were 4 to 6 % lower with it than with a Gaussian kernel.
In the ratio they are smooth: Gaussian. So is what was simulated in charge and radius, which are all that a cation is
there; and a part of it is linear in them, whatever the ligand. Both together made errors 1 to 3 % lower. And what a
simulation counts per donor group is a sum over cations, so that a part of it is proportional to their number, by a
factor that is the cation's and the pair's own. That made errors of the strength of cross-links half as large, and those
of all outcomes together 5 % lower.
"""

import copy
import math
from typing import Any

import numpy as np
import torch
from gpytorch.constraints import Interval
from gpytorch.kernels import Kernel
from gpytorch.priors import NormalPrior
from torch import Tensor

from ionlink.models.inputs import CATION_COLUMNS, LIGAND_COLUMNS, InputScaling
from ionlink.models.pair_members import SAME, Members, spread
from ionlink.models.pair_terms import (
    COUNT_VARIANCES,
    EVEN,
    FREE_ENERGY_COLUMNS,
    LENGTH_SCALE_PRIORS,
    LENGTH_SCALES,
    OXOPHILICITY_COLUMNS,
    RATIO_VARIANCES,
    SIMULATED_LENGTH_SCALE_PRIORS,
    SIMULATED_VARIANCES,
    SLOPE_COLUMNS,
    SLOPES,
    TERM_VARIANCES,
    VARIANCE_PRIOR,
    VARIANCES,
    WEIGHT_PRIOR,
    WEIGHTS,
)

COUNT_SCALE = 4.0
"""Makes the mean square of the number of cations, over the highest that was seen, about 1 for ratios of a decade."""

UNKNOWN_ION = "lennard_jones_radius_unknown"
FAR = 1000.0
"""Squared distance, beyond all correlation, of an ion without parameters: no simulation of others tells of it."""

TINY = 1e-12
"""Squared distance that is added where a root is taken."""


class PairKernel(Kernel):  # type: ignore[misc]  # GPyTorch is untyped
    """Kernel over the columns of an `InputScaling`: `... x n x d` and `... x m x d` to `... x n x m`.

    Use it for a few dozen to a few thousand formulations. Not where cation and ligand mean nothing by themselves.
    """

    has_lengthscale = False

    def __init__(self, scaling: InputScaling) -> None:
        super().__init__()
        self._columns = {
            "oxophilic": scaling.positions(OXOPHILICITY_COLUMNS),
            "cation": scaling.block(CATION_COLUMNS),
            "slope": scaling.positions(SLOPE_COLUMNS),
            "ligand": scaling.block(LIGAND_COLUMNS),
            "free_energy": scaling.positions(FREE_ENERGY_COLUMNS),
            "ratio": scaling.positions(scaling.variables),
        }
        self._blocks = (self._columns["cation"], self._columns["ligand"])
        self._gaussian = {"ratio", *(("oxophilic", "cation") if scaling.simulated else ())}
        self._unknown_ion = scaling.positions((UNKNOWN_ION,))
        self.knows_ratio = bool(self._columns["ratio"])
        priors = LENGTH_SCALE_PRIORS | (SIMULATED_LENGTH_SCALE_PRIORS if scaling.simulated else {})
        for name, (share, deviation) in priors.items():
            if size := len(self._columns[name]):  # none of a ratio that is not known
                start = torch.full((1 if name == EVEN else size,), math.log(share * math.sqrt(size)))
                self._add(f"length_{name}", start, LENGTH_SCALES, deviation)
        for name in SLOPES:
            size = len(self._columns["free_energy"])
            self._add(f"weight_{name}", torch.full((size,), WEIGHT_PRIOR[0]), WEIGHTS, WEIGHT_PRIOR[1])
        simulated = SIMULATED_VARIANCES if scaling.simulated else {}
        self._counts = scaling.simulated and self.knows_ratio
        self._decades = scaling.width[-1]
        of_ratio = (RATIO_VARIANCES if self.knows_ratio else {}) | (COUNT_VARIANCES if self._counts else {})
        self._terms = VARIANCES | simulated | of_ratio
        start = torch.tensor(list(self._terms.values())).log()
        self._add("variance", start, TERM_VARIANCES, VARIANCE_PRIOR[1], VARIANCE_PRIOR[0])

    @property
    def used(self) -> list[int]:
        """Columns that covariances depend on."""
        blocks = [columns for name, columns in self._columns.items() if name != "ratio" or self.knows_ratio]
        return sorted({column for columns in blocks for column in columns})

    def favour(self, inputs: Tensor, factor: float) -> None:
        """Let a fit start where some inputs matter more than usual, and the others less.

        Length scales of the favoured ones are divided by `factor` and weights multiplied, those of the others the other
        way round, all within their limits. The one that descriptors share stays.

        Args:
            inputs: Which of the `d` inputs are favoured, boolean.
            factor: Above 1.

        """
        lengths = [("length", name, name) for name in LENGTH_SCALE_PRIORS if name != EVEN]
        weights = [("weight", name, "free_energy") for name in SLOPES]
        for kind, name, columns in (*lengths, *weights):
            parameter = getattr(self, f"log_{kind}_{name}", None)
            if parameter is None:
                continue  # no ratio is known
            limits = LENGTH_SCALES if kind == "length" else WEIGHTS
            sign = torch.where(inputs[self._columns[columns]], -1.0, 1.0) * (1 if kind == "length" else -1)
            with torch.no_grad():
                parameter.add_(sign * math.log(factor)).clamp_(math.log(limits[0]), math.log(limits[1]))

    def without(self, *terms: str) -> "PairKernel":
        """A copy that lacks some terms: the covariance of what the other terms contribute to the outcome.

        Raises:
            KeyError: there is no such term.

        """
        rest = copy.deepcopy(self)
        places = {name: place for place, name in enumerate(self._terms)}
        with torch.no_grad():
            rest.log_variance[[places[term] for term in terms]] = -math.inf
        return rest

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:  # noqa: ANN401 - GPyTorch's signature
        """Covariances of an outcome of variance about 1; the diagonal only with `diag`."""
        if diag or x1.requires_grad or x2.requires_grad:
            pairs = self._of_pairs(self._cation_parts(x1, x2, diag), self._ligand_parts(x1, x2, diag))
        else:
            pairs = self._shared(x1, x2)
        if not self.knows_ratio:
            return pairs["whatever_ratio"]
        covariance = torch.addcmul(pairs["whatever_ratio"], pairs["by_ratio"], self._smooth("ratio", x1, x2, diag))
        if not self._counts:
            return covariance
        return torch.addcmul(covariance, pairs["by_count"], self._count_product(x1, x2, diag))

    def _shared(self, x1: Tensor, x2: Tensor) -> dict[str, Tensor]:
        """`_of_pairs` computed once for each different cation, ligand and pair, and handed out to the rows.

        The same, but faster: `n` formulations have fewer pairs, and far fewer cations and ligands.
        """
        first, second = Members.of(x1, self._blocks), Members.of(x2, self._blocks)
        # `spread` turns matrices round, so that they are computed the other way round.
        cations = self._cation_parts(second.cations, first.cations, False)
        ligands = self._ligand_parts(second.ligands, first.ligands, False)
        pairs = self._of_pairs(
            {name: spread(part, second.cation, first.cation) for name, part in cations.items()},
            {name: spread(part, second.ligand, first.ligand) for name, part in ligands.items()},
        )
        shape = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
        return {name: first.rows_of(part, second).expand(*shape, -1, -1) for name, part in pairs.items()}

    def _of_pairs(self, cations: dict[str, Tensor], ligands: dict[str, Tensor]) -> dict[str, Tensor]:
        """What cation and ligand add to the covariance, and what they multiply the ratio's part by.

        Each is a sum over terms of a cation's part times a ligand's.
        """
        covariance = cations["alone"] + ligands["alone"]
        for name in ("oxophilic", "cation", "slope"):
            covariance = torch.addcmul(covariance, cations[name], ligands[name])
        if not self.knows_ratio:
            return {"whatever_ratio": covariance}
        alone = cations["ratio"] + ligands["ratio"]
        by_ratio = torch.addcmul(alone, cations["oxophilic"], ligands["oxophilic_ratio"])
        found = {"whatever_ratio": covariance, "by_ratio": by_ratio}
        if self._counts:
            found["by_count"] = torch.addcmul(ligands["count"], cations["oxophilic"], ligands["oxophilic_count"])
        return found

    def _cation_parts(self, x1: Tensor, x2: Tensor, diag: bool) -> dict[str, Tensor]:
        variance = self._variances()
        oxophilic, slope = self._smooth("oxophilic", x1, x2, diag), self._cation_slopes(x1, x2, diag)
        parts = {
            "alone": variance["cation"] * oxophilic + variance["own_cation"] * self._same("cation", x1, x2, diag),
            "oxophilic": oxophilic,
            "cation": self._smooth("cation", x1, x2, diag),
            "slope": slope,
        }
        if "cation_linear" in variance:
            parts["alone"] = parts["alone"] + variance["cation_linear"] * slope
        if self.knows_ratio:
            parts["ratio"] = variance["cation_soft_ratio"] * parts["cation"]
        return parts

    def _ligand_parts(self, x1: Tensor, x2: Tensor, diag: bool) -> dict[str, Tensor]:
        variance = self._variances()
        smooth, own = self._smooth("ligand", x1, x2, diag), self._same("ligand", x1, x2, diag)
        slope, soft_slope = self._linear("slope", x1, x2, diag), self._linear("soft_slope", x1, x2, diag)
        parts = {
            "alone": variance["ligand"] * smooth + variance["own_ligand"] * own + variance["slope"] * slope,
            "oxophilic": variance["pair"] * smooth + variance["slope_oxophilic"] * slope,
            "cation": variance["pair_soft"] * smooth + variance["slope_soft"] * soft_slope,
            "slope": variance["slope_linear"] * slope,
        }
        if self.knows_ratio:
            parts["ratio"] = variance["ratio"] + variance["ligand_ratio"] * smooth
            parts["oxophilic_ratio"] = variance["cation_ratio"] + variance["pair_ratio"] * smooth
        if self._counts:
            parts["count"] = variance["count"].expand_as(smooth)
            parts["oxophilic_count"] = variance["cation_count"] + variance["pair_count"] * smooth
        return parts

    def _variances(self) -> dict[str, Tensor]:
        return dict(zip(self._terms, self.log_variance.exp(), strict=True))

    def _add(
        self, name: str, start: Tensor, limits: tuple[float, float], spread: float, centre: float | None = None
    ) -> None:
        """A parameter on a logarithmic scale with a normal prior, around where it starts unless said otherwise."""
        full = f"log_{name}"
        self.register_parameter(full, torch.nn.Parameter(start.double()))
        # Without a transform the optimiser itself keeps to the limits.
        self.register_constraint(full, Interval(math.log(limits[0]), math.log(limits[1]), transform=None))
        around = start.double() if centre is None else torch.full_like(start.double(), centre)
        prior = NormalPrior(around, torch.full_like(around, spread))
        # Set as well as read: BoTorch draws new starting points from the priors where a fit fails.
        self.register_prior(
            f"{full}_prior",
            prior,
            lambda kernel: getattr(kernel, full),
            lambda kernel, value: kernel.initialize(**{full: value}),
        )

    def _smooth(self, name: str, x1: Tensor, x2: Tensor, diag: bool) -> Tensor:
        """Gaussian in the ratio and in what a simulation knows of cations, Matérn 3/2 in other descriptors."""
        length = getattr(self, f"log_length_{name}").exp()
        square = self._squared_distance(name, x1, x2, diag, length)
        if name in self._gaussian:
            return torch.exp(-0.5 * square)
        distance = (3 * square + TINY).sqrt()  # of equal members as well it has a gradient
        return (1 + distance) * torch.exp(-distance)

    def _count_product(self, x1: Tensor, x2: Tensor, diag: bool) -> Tensor:
        """Product of the numbers of cations per donor group, each over that at the lowest ratio that was seen."""
        a, b = 10.0 ** (-self._decades * x1[..., -1:]), 10.0 ** (-self._decades * x2[..., -1:])
        return COUNT_SCALE * ((a * b).sum(dim=-1) if diag else a @ b.transpose(-1, -2))

    def _squared_distance(self, name: str, x1: Tensor, x2: Tensor, diag: bool, length: Tensor | float) -> Tensor:
        columns = self._columns[name]
        a, b = x1[..., columns] / length, x2[..., columns] / length
        if self._unknown_ion and name in {"oxophilic", "cation"}:
            a, b = (torch.cat([x, FAR**0.5 * of[..., self._unknown_ion]], dim=-1) for x, of in ((a, x1), (b, x2)))
        if diag:
            return (a - b).square().sum(dim=-1)
        inner = a @ b.transpose(-1, -2)
        square = a.square().sum(dim=-1, keepdim=True) + b.square().sum(dim=-1, keepdim=True).transpose(-1, -2)
        return (square - 2 * inner).clamp_min(0.0)

    def _linear(self, name: str, x1: Tensor, x2: Tensor, diag: bool) -> Tensor:
        weight: Tensor = getattr(self, f"log_weight_{name}").exp() / math.sqrt(
            max(1, len(self._columns["free_energy"]))
        )
        a, b = x1[..., self._columns["free_energy"]] * weight, x2[..., self._columns["free_energy"]] * weight
        return (a * b).sum(dim=-1) if diag else a @ b.transpose(-1, -2)

    def _cation_slopes(self, x1: Tensor, x2: Tensor, diag: bool) -> Tensor:
        """Linear kernel with a constant over cations; columns of the unit cube are brought to mean 0 and variance 1."""
        columns = self._columns["slope"]
        a, b = 4 * (x1[..., columns] - 0.5), 4 * (x2[..., columns] - 0.5)
        inner = (a * b).sum(dim=-1) if diag else a @ b.transpose(-1, -2)
        return (1 + inner) / (1 + len(columns))

    def _same(self, name: str, x1: Tensor, x2: Tensor, diag: bool) -> Tensor:
        with torch.no_grad():
            return (self._squared_distance(name, x1, x2, diag, 1.0) < SAME).to(x1)
