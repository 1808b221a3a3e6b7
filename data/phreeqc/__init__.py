"""Stability constants out of databases in the format of PHREEQC: how `observations_stability.csv` is derived.

`formula`, `reaction` and `database` read such a file, `formation` and `stability` derive K1 from its reactions,
`ligands` and `sources` say what its ligands and references are, and `table` writes the table.
"""
