"""Threads of the linear algebra."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread inside the block; the number of threads is put back.

    The matrices of a campaign are small: threads gain nothing, and on cores that others use as well (simulations, other
    tests) they wait for each other in busy loops: measured on two shared cores, 30 times slower.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
