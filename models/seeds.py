"""Seeds that every library takes which draws something here."""

import numpy as np

from ionlink.data.errors import InputError

LARGEST_SEED = 2**31 - 1
"""NumPy and scikit-learn end at twice as much, and from a seed others are counted on."""


LARGEST_CAMPAIGN_SEED = 2**63 - 1
"""What TOML and PyTorch take; a campaign makes the seeds of its draws from its own, and counts on from none."""


def checked_seed(seed: object, largest: int = LARGEST_SEED) -> int:
    """The seed; raises `InputError` where it is no whole number from 0 to `largest`."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed <= largest:
        raise InputError(f"seed: {seed!r} is not a whole number from 0 to {largest}")
    return int(seed)
