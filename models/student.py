"""Student's distribution with a stated standard deviation: predictions whose errors have longer tails than a Gaussian.

Of infinitely many degrees of freedom it is the Gaussian. With few its tails are longer and its middle is narrower, so
that of intervals with equal 90 % those of 50 % are shorter.
"""

from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln
from scipy.stats import norm
from scipy.stats import t as student_t

from ionlink.data.errors import InputError

Floats = NDArray[np.float64]

COLUMN = "degrees_of_freedom"
"""Of predictions in a table; without it, or where it is empty, they are Gaussian."""

FEWEST = 3.0
"""A choice: with two or fewer there is no standard deviation to be stated."""

MOST = 200.0
"""More are hardly told from infinitely many."""

STEPS = 100

PRIOR_SHAPE, PRIOR_RATE = 2.0, 0.1
"""Of the Gamma distribution that degrees of freedom have before anything was seen, its mode at 10.

M. A. Juárez and M. F. J. Steel, Journal of Business & Economic Statistics 2010, doi:10.1198/jbes.2009.07145.
"""


def degrees_of(rows: pd.DataFrame) -> Floats:
    """Degrees of freedom of `n` predictions."""
    found = rows[COLUMN] if COLUMN in rows.columns else np.full(len(rows), np.inf)
    return np.nan_to_num(np.asarray(found, dtype=np.float64), nan=np.inf, posinf=np.inf)


def half_width(interval: float) -> float:
    """Half the width of a central interval of a Gaussian, in standard deviations; raises `InputError` as `reach`."""
    return float(reach(interval, np.inf))


def halves_of(rows: pd.DataFrame, interval: float) -> Floats:
    """Half the width of the central interval of each of `n` predictions, in their unit; raises `InputError` as `reach`.

    Columns that are read: standard_deviation, and degrees_of_freedom where it is there.
    """
    return np.asarray(reach(interval, degrees_of(rows)) * rows["standard_deviation"], dtype=np.float64)


def place(probability: float, degrees: ArrayLike) -> Floats:
    """Where a quantile lies, in standard deviations from the mean; of the shape of `degrees`."""
    nu = np.asarray(degrees, dtype=np.float64)
    which, different = pd.factorize(nu.ravel())  # inverting is slow, and few are different
    return np.asarray((student_t.ppf(probability, different) * _scale(different))[which].reshape(nu.shape))


def reach(interval: float, degrees: ArrayLike) -> Floats:
    """Half the width of a central interval, in standard deviations; of the shape of `degrees`.

    Raises `InputError` where the interval is no probability.
    """
    if not isinstance(interval, Real) or not 0 < interval < 1:
        raise InputError(f"interval: {interval!r} is not a probability between 0 and 1, such as 0.9")
    return place(0.5 + interval / 2, degrees)


def probability_within(distance: ArrayLike, degrees: ArrayLike) -> Floats:
    """Of the central interval that reaches so many standard deviations from the mean."""
    nu = np.asarray(degrees, dtype=np.float64)
    return np.asarray(2 * student_t.cdf(np.asarray(distance, dtype=np.float64) / _scale(nu), nu) - 1)


def log_density(observed: ArrayLike, mean: ArrayLike, deviation: ArrayLike, degrees: ArrayLike) -> Floats:
    """Logarithm of the density at what was observed, `n`, in nats for the outcome's unit; larger is better."""
    nu = np.asarray(degrees, dtype=np.float64)
    scale = np.asarray(deviation, dtype=np.float64) * _scale(nu)
    return np.asarray(student_t.logpdf(observed, nu, mean, scale))


def crps(observed: ArrayLike, mean: ArrayLike, deviation: ArrayLike, degrees: ArrayLike = np.inf) -> Floats:
    """Continuous ranked probability score, `n`, in the outcome's unit; smaller is better.

    Closed forms of A. Jordan, F. Krüger and S. Lerch, Journal of Statistical Software 2019, doi:10.18637/jss.v090.i12;
    the score itself is of Gneiting & Raftery 2007, doi:10.1198/016214506000001437. For a deviation near 0 it becomes
    the absolute error.
    """
    y, middle, sigma, nu = np.broadcast_arrays(
        *(np.asarray(a, dtype=np.float64) for a in (observed, mean, deviation, degrees))
    )
    scale = sigma * _scale(nu)
    z = (y - middle) / scale
    finite = np.where(np.isinf(nu), FEWEST, nu)
    peak = student_t.pdf(z, finite) * (finite + z**2) / (finite - 1)
    spread = np.sqrt(finite) / (finite - 1) * np.exp(betaln(0.5, finite - 0.5) - 2 * betaln(0.5, finite / 2))
    gaussian = np.isinf(nu)
    peak = np.where(gaussian, norm.pdf(z), peak)
    spread = np.where(gaussian, 1 / np.sqrt(np.pi) / 2, spread)
    return np.asarray(scale * (z * (2 * student_t.cdf(z, nu) - 1) + 2 * peak - 2 * spread))


def degrees_shown(errors: ArrayLike, interval: float, half_width: float) -> float:
    """Degrees of freedom that errors show, `n`, of which the central `interval` reaches as far as `half_width`.

    One over the posterior mean of their reciprocal, from `FEWEST` on: a few errors say little, and then it is some 13,
    what the prior alone says. Two hundred Gaussian errors give some 20, hardly other than Gaussian.
    """
    seen = np.asarray(errors, dtype=np.float64)
    degrees = np.geomspace(FEWEST, MOST, STEPS)
    deviation = half_width / reach(interval, degrees)
    likelihood = log_density(seen[:, None], 0.0, deviation, degrees).sum(axis=0)
    prior = PRIOR_SHAPE * np.log(degrees) - PRIOR_RATE * degrees  # in the logarithm, of which the steps are equal
    return float(1 / np.average(1 / degrees, weights=np.exp(likelihood + prior - (likelihood + prior).max())))


def _scale(degrees: Floats) -> Floats:
    """Student's own scale over the standard deviation."""
    return np.asarray(np.sqrt(1 - 2 / degrees))
