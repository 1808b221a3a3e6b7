"""Where a surrogate's predictions hold: a simple and honest applicability domain."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from ionlink.data.formulation import Formulation


class Domain(BaseModel):
    """What one outcome was trained on: its cations, its ligands and its range of ratios."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cations: frozenset[str]
    ligands: frozenset[str]

    ratio_lower: float | None
    """Donor groups per cation; `None` where the training data do not know their ratios."""

    ratio_upper: float | None
    """Donor groups per cation; `None` where the training data do not know their ratios."""

    @classmethod
    def of(cls, formulations: Sequence[Formulation]) -> "Domain":
        """Span of the training formulations."""
        ratios = [f.ratio for f in formulations if f.ratio is not None]
        return cls(
            cations=frozenset(f.cation for f in formulations),
            ligands=frozenset(f.ligand for f in formulations),
            ratio_lower=min(ratios, default=None),
            ratio_upper=max(ratios, default=None),
        )

    def objection(self, formulation: Formulation) -> str:
        """Why a prediction for `formulation` is an extrapolation; empty where it is none."""
        reasons = []
        if formulation.cation not in self.cations:
            reasons.append(f"no training data on {formulation.cation}")
        if formulation.ligand not in self.ligands:
            reasons.append(f"no training data on {formulation.ligand}")
        if self.ratio_lower is None or self.ratio_upper is None:
            reasons.append("no training data with a known ratio")
        elif formulation.ratio is None or not self.ratio_lower <= formulation.ratio <= self.ratio_upper:
            reasons.append(f"ratio outside the trained {self.ratio_lower:.4g} to {self.ratio_upper:.4g}")
        return "; ".join(reasons)
