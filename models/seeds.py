"""Seeds that every library takes which draws something here."""

import numpy as np

from ionlink.data.errors import InputError

LARGEST_SEED = 2**31 - 1
"""NumPy and scikit-learn end at twice as much, and from a seed others are counted on."""


def checked_seed(seed: object) -> int:
    """The seed; raises `InputError` where it is no whole number from 0 to `LARGEST_SEED`."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed <= LARGEST_SEED:
        raise InputError(f"seed: {seed!r} is not a whole number from 0 to {LARGEST_SEED}")
    return int(seed)
