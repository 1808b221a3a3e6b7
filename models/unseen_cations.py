"""Does a surrogate know cations by their properties, or by name? Leave each out whole and see."""

import numpy as np

from ionlink.models.left_out import left_out
from ionlink.models.metrics import q2
from ionlink.models.splits import main_cation
from ionlink.models.surrogate import OutcomeModel


def unseen_cation_q2(model: OutcomeModel) -> float | None:
    """Q² of predictions for cations all of whose rows are left out: 1 is perfect, 0 is no better than the others' mean.

    What is said of charge density against radius holds for cations at large only where this is well above 0. With two
    rows per cation or more, leaving single rows out does not show it: the same cation on another ligand gives the
    answer away. In closed form, with hyperparameters learned from all rows, so it is somewhat optimistic (Ginsbourger
    & Schärer 2024, doi:10.1080/10618600.2024.2353633). `None` where fewer than three cations were observed, or one
    is in all rows.
    """
    cations = np.array([main_cation(o.formulation) for o in model.rows])
    parts = [o.formulation.shares for o in model.rows]
    if len(set(cations)) < 3:
        return None
    values = model.gp.train_targets.numpy()
    errors, _ = left_out(model.gp, cations.tolist(), parts)
    naive = np.zeros(len(values))
    for cation in set(cations):
        others = np.array([cation not in own for own in parts])
        if not others.any():
            return None
        rows = cations == cation
        naive[rows] = values[rows] - values[others].mean()
    return q2((errors**2).sum(), (naive**2).sum())
