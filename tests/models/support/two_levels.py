"""An outcome at two levels that go together as much as one says: drawn from the prior of the default kernel."""

import math

import numpy as np
import torch

from ionlink.data import Formulation, Observation, cations, ligands
from ionlink.models.inputs import InputScaling
from ionlink.models.pair_kernel import PairKernel

OUTCOME, SCREEN, LAB = "coulomb_spread", "screen", "lab"
ERROR = 0.1
"""Standard error of the screen's values, whose deviation over formulations is about 1; the laboratory's are doubled."""


class TwoLevels:
    """`screen` of some formulations; `lab` of a few of those, in another unit and with an offset; the truth of others.

    Values of the laboratory are 3 + 2 times something that has the correlation `rho` with the screen.
    """

    def __init__(self, rho, seed, screened=60, measured=8, asked=60, shared=True, error=ERROR):
        generator = np.random.default_rng(seed)
        choices = list(cations())[:40], list(ligands())
        self.formulations = [
            Formulation(
                cation=str(generator.choice(choices[0])),
                ligand=str(generator.choice(choices[1])),
                ratio=round(float(10 ** generator.uniform(0.6, 2)), 3),
            )
            for _ in range(screened + measured + asked)
        ]
        simulated, own = self._draws(generator)
        self.simulated, self.lab = simulated, 3 + 2 * (rho * simulated + math.sqrt(1 - rho**2) * own)
        among = range(screened) if shared else range(screened, screened + measured)
        self.measured = sorted(generator.choice(list(among), measured, replace=False).tolist())
        self.screened, self.asked = list(range(screened)), list(range(screened + measured, screened + measured + asked))
        noise = generator.standard_normal((2, len(simulated)))
        self.screen_rows = self._rows(self.screened, simulated + error * noise[0], error, SCREEN)
        self.lab_rows = self._rows(self.measured, self.lab + 2 * error * noise[1], 2 * error, LAB)

    @property
    def questions(self):
        return [self.formulations[i] for i in self.asked]

    @property
    def answers(self):
        return self.lab[self.asked]

    def _draws(self, generator):
        scaling = InputScaling.of(self.formulations)
        inputs = torch.as_tensor(scaling.transform(self.formulations))
        with torch.no_grad():
            covariance = PairKernel(scaling).forward(inputs, inputs)
        root = np.linalg.cholesky(covariance.numpy() + 1e-8 * np.eye(len(inputs)))
        return root @ generator.standard_normal(len(inputs)), root @ generator.standard_normal(len(inputs))

    def _rows(self, places, values, error, level):
        return [
            Observation(
                formulation=self.formulations[i],
                outcome=OUTCOME,
                value=float(values[i]),
                standard_error=error,
                level=level,
                source="test",
            )
            for i in places
        ]


def log_score(mean, variance, truth):
    """Mean log density of what was true; larger is better."""
    mean, variance = np.asarray(mean), np.asarray(variance)
    return float((-0.5 * (mean - truth) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance)).mean())
