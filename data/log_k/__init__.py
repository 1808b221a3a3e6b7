"""Stability constants out of tables of a user's own: what `ionlink data import log-k` takes.

`table` and `srd46` read rows, `davies` moves them to zero ionic strength, `merging` joins repeats, and `importer` is
the whole way.
"""
