"""Other fits of the same process to the same rows, where the data leave open which descriptors do the work.

Each cation has one charge density and one radius, so data on twenty cations may be explained as well by the one as by
the other. A fit takes one and is sure of it; the posterior given its length scales does not know of the other. So the
fit is repeated from a start that favours each group in turn, and the optima that are found are weighted by their
posterior density. Explanations then spread over what the data cannot tell apart. (Densities at optima stand for whole
modes: rough, but a mode that is missing is worse.)
"""

from typing import Any

import torch
from gpytorch.mlls import ExactMarginalLogLikelihood
from scipy.special import softmax

from ionlink.models.descriptor_groups import GROUPS, input_groups
from ionlink.models.errors import FitFailed
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.gaussian_process import build, fit
from ionlink.models.inputs import InputScaling
from ionlink.models.surrogate import OutcomeModel
from ionlink.models.threads import one_thread
from ionlink.models.weighted_sums import Processes, process_of

FAVOUR = 10.0
"""The favoured group starts with length scales so much shorter than at the usual start, the others so much longer."""

SAME = 0.1
"""Fits whose slopes differ by less than this share are one."""

NEGLIGIBLE = 0.01
"""A fit of less weight than this is left out."""

MOST_ROWS = 200
"""Of more rows, no rivals are sought: a fit takes a second for 60 rows, and many for 447."""


def are_sought(model: OutcomeModel) -> bool:
    """Whether `rival_fits` looks for rivals; if not, intervals of an explanation are of the one fit that there is."""
    return len(model.rows) <= MOST_ROWS


def rival_fits(model: OutcomeModel, scaling: InputScaling, *, seed: int) -> Processes:
    """The process of `model` first, then different ones that explain its rows about as well; weights add up to 1.

    Raises:
        InputError: the model is no Gaussian process.

    """
    own = process_of(model)
    found = [own]
    for group in GROUPS if are_sought(model) else ():
        rival = _refitted(model, scaling, group, seed)
        if rival is not None and all(_differ(rival, other) for other in found):
            found.append(rival)
    density = [_log_posterior(process) for process in found]
    weights = softmax(density).tolist()
    kept = [0, *(place for place in range(1, len(found)) if weights[place] >= NEGLIGIBLE)]
    weights = softmax([density[place] for place in kept]).tolist()
    return tuple((found[place], weight) for place, weight in zip(kept, weights, strict=True))


def _refitted(model: OutcomeModel, scaling: InputScaling, group: str, seed: int) -> Any | None:  # noqa: ANN401
    """A process fitted from a start that favours a group; `None` where that start leads nowhere."""
    process = build(model.rows, scaling)
    process.covar_module.favour(torch.tensor([own == group for own in input_groups(scaling)]), FAVOUR)
    try:
        fit(process, model.outcome, seed)
    except FitFailed:
        return None  # nothing is claimed of a mode that no fit reaches
    return process


def _differ(one: Any, other: Any) -> bool:  # noqa: ANN401
    first, second = slopes(one), slopes(other)
    return bool((first - second).norm() > SAME * first.norm())


def slopes(process: Any) -> torch.Tensor:  # noqa: ANN401
    """How fast the prediction changes along each of the `d` inputs, as root mean square over the training rows.

    Of predictions, not of length scales: a kernel of several terms may say the same with different ones.
    """
    posterior = FastPosterior.of(process)
    inputs = posterior.training_inputs.clone().requires_grad_()
    with one_thread():
        mean = process.mean_module(inputs) + process.covar_module(inputs, posterior.training_inputs).to_dense() @ (
            posterior.weights
        )
        (along,) = torch.autograd.grad(mean.sum(), inputs)
    return along.square().mean(dim=0).sqrt()


def _log_posterior(process: Any) -> float:  # noqa: ANN401
    """Log of marginal likelihood times priors."""
    inputs, targets = process.train_inputs[0], process.train_targets
    process.train()
    try:
        with torch.no_grad(), one_thread():
            likelihood = ExactMarginalLogLikelihood(process.likelihood, process)
            return float(likelihood(process(inputs), targets, [inputs])) * len(targets)
    finally:
        process.eval()
