"""A landscape that looks like the model case: a surrogate of all shipped simulations over the preset's space.

    python benchmarks/model_case_surrogate.py

writes `model_case_surrogate.csv`, which `optimize_problems.py` takes for the truth of its problem
`model-case-surrogate`. It is a table so that the problem stays the same when surrogates get better. It is no
prediction to rely on: two of the preset's six polymers and one of its cations were never simulated.
"""

from pathlib import Path

import numpy as np
from optimize_problems import MODEL_CASE_GOALS, SURROGATE_TABLE

from ionlink import predict
from ionlink.data import observations
from ionlink.models import Surrogate
from ionlink.optimize import CampaignConfig

PRESET = Path(__file__).parent.parent / "src" / "ionlink" / "presets" / "model-case.toml"

WITHOUT_PARAMETERS = ("Ti4+", "Sn4+")
"""Cations of the preset that the force field does not have, so that they are never simulated."""

RATIOS = 13
"""Ratios per pair, evenly on a logarithmic scale over the preset's range."""


def main() -> None:
    """Fit, predict and write."""
    names = [goal.outcome for goal in MODEL_CASE_GOALS]
    simulated = [o for o in observations() if o.level == "screen" and o.outcome in names]
    surrogate = Surrogate.fit(simulated, outcomes=names, calibrate=False)
    space = CampaignConfig.parse(PRESET.read_text(encoding="utf-8")).space
    assert space.ratio is not None
    ratios = np.geomspace(space.ratio.lower, space.ratio.upper, RATIOS)
    grid = {
        "cation": [name for name in space.cations if name not in WITHOUT_PARAMETERS],
        "ligand": list(space.ligands),
        "ratio": [float(f"{ratio:.4g}") for ratio in ratios],
    }
    wide = predict(grid=grid, model=surrogate).pivot_table(
        index=["cation", "ligand", "ratio"], columns="outcome", values="mean", sort=False
    )
    wide[names].to_csv(SURROGATE_TABLE, float_format="%.5g")


if __name__ == "__main__":
    main()
