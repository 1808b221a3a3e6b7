"""The first look at a large space keeps what holds the constraints, in whichever of its steps that was found."""

import numpy as np
import pytest
import torch

from ionlink.data import cations, ligands
from ionlink.optimize import Aim, DesignSpace, Objective, OutcomeConstraint, RatioRange
from ionlink.optimize.promise import promise
from ionlink.optimize.screen import screened

AIM = Aim((Objective(outcome="peel_force", goal="maximise"),), (OutcomeConstraint(outcome="dmt_modulus", upper=100.0),))
SPACE = DesignSpace(
    cations=tuple(cations()),
    ligands=(*ligands(), *("C" * k + "C(=O)O" for k in range(1, 60))),
    ratio=RatioRange(lower=10, upper=100),
)
PLACE = {name: k for members in (SPACE.cations, SPACE.ligands) for k, name in enumerate(members)}
KNOWN = torch.tensor([[1.0, 400.0], [1.5, 600.0]], dtype=torch.float64)


def modulus(formulation):
    """A valley in a corner of a space of thousands of combinations: only its bottom holds the limit."""
    return 90.0 + 15 * abs(PLACE[formulation.cation] - 20) + 15 * abs(PLACE[formulation.ligand] - 50)


def score(formulations):
    normal = torch.randn(256, 1, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    middle = torch.tensor([modulus(f) for f in formulations], dtype=torch.float64)
    peel = (1.2 + 0.3 * normal[..., 0]).expand(256, len(formulations))
    return promise(AIM, torch.stack([peel, middle + 4 * normal[..., 1]], dim=-1), KNOWN, None).numpy()


@pytest.mark.parametrize("seed", range(6))
def test_what_holds_the_constraints_is_kept(seed):
    """Whichever step finds it: others find nothing that holds them, and look for what comes nearest."""
    seen = []

    def noting(formulations):
        seen.extend(formulations)
        return score(formulations)

    kept = screened(SPACE, noting, lambda _: True, seed)
    assert min(map(modulus, kept)) == min(map(modulus, seen))
    assert np.mean([modulus(f) for f in kept[:20]]) < np.mean([modulus(f) for f in seen])
