"""BoTorch's expected hypervolume improvement over a table of paths, whose boxes grow with the batch."""

from botorch.acquisition.multi_objective.monte_carlo import qNoisyExpectedHypervolumeImprovement
from botorch.utils.objective import compute_feasibility_indicator


class NoisyHypervolumeImprovement(qNoisyExpectedHypervolumeImprovement):
    """The same values, sooner for three objectives and more.

    BoTorch lays the boxes of every path anew for each member of a batch, which takes nearly all the time of a large
    one. Paths of a table do not change, so that a new member only divides the boxes in which it lies (Lacour, Klamroth
    and Fonseca, Comput. Oper. Res. 2017, doi:10.1016/j.cor.2016.06.021), as BoTorch's own boxes can.
    """

    def _set_cell_bounds(self, num_new_points: int) -> None:
        """Of BoTorch, which calls it at first and whenever points are pending that were not before."""
        if self.partitioning is None or len(self.ref_point) == 2:  # two objectives are laid together, at once
            super()._set_cell_bounds(num_new_points)
            return
        added = self.X_baseline[-num_new_points:]
        samples = self.model.posterior(added).values
        values = self.objective(samples, X=added)
        usable = (values > self.ref_point).all(dim=-1)
        if self.constraints is not None:
            usable &= compute_feasibility_indicator(constraints=self.constraints, samples=samples)
        for boxes, its, which in zip(self.partitioning.box_decompositions, values, usable, strict=True):
            if bool(which.any()):
                boxes.update(its[which])
        self.cell_lower_bounds, self.cell_upper_bounds = self.partitioning.get_hypercell_bounds()
