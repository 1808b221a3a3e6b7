"""What a domain says of the formulations of a table, each different answer worked out once."""

from dataclasses import dataclass

import numpy as np

from ionlink.models.domain import Domain, Verdict
from ionlink.models.formulation_table import Floats, FormulationTable, Integers


@dataclass(frozen=True, eq=False)
class Judged:
    """Verdicts on `n` formulations."""

    of_pairs: tuple[Verdict, ...]
    """The different ones on pairs, whatever the ratio."""

    pair: Integers
    """Of each formulation, `n` positions among them."""

    objections: tuple[str, ...]
    """The different ones, the ratio included."""

    objection: Integers
    """Of each formulation, `n` positions among them."""

    @classmethod
    def of(cls, domain: Domain, table: FormulationTable) -> "Judged":
        """Of the pairs of the table, and of the ratios by the side of the trained ones on which they lie."""
        different: dict[Verdict, int] = {}
        codes = [different.setdefault(domain.verdict_on_pair(p), len(different)) for p in table.pairs]
        pair = np.array(codes, dtype=np.int64)[table.pair]
        of_pairs, of_sides = tuple(different), [domain.outside_ratio(ratio) for ratio in _one_of_each(domain)]
        combined, objection = np.unique(pair * len(of_sides) + _side(domain, table.ratio), return_inverse=True)
        places = (divmod(int(code), len(of_sides)) for code in combined)
        texts = tuple(of_pairs[row].beside(of_sides[side]).objection for row, side in places)
        return cls(of_pairs, pair, texts, objection)


def _one_of_each(domain: Domain) -> tuple[float | None, ...]:
    """A ratio below, within and above the trained ones, and none."""
    if domain.ratio_lower is None or domain.ratio_upper is None:
        return (1.0, 1.0, 1.0, None)
    return (domain.ratio_lower / 2, domain.ratio_lower, domain.ratio_upper * 2, None)


def _side(domain: Domain, ratio: Floats) -> Integers:
    """Which of these each of `n` ratios is like."""
    known = np.isfinite(ratio)
    if domain.ratio_lower is None or domain.ratio_upper is None:
        return np.where(known, 1, 3)
    return np.where(known, 1 - (ratio < domain.ratio_lower).astype(int) + (ratio > domain.ratio_upper), 3)
