from collections import Counter

import numpy as np
import pytest
from toy_campaigns import SPACE

from ionlink.data import Formulation
from ionlink.optimize import DesignSpace, RatioRange, SpaceExhausted
from ionlink.optimize.space import same_formulation
from ionlink.optimize.space_filling import spread


def test_it_is_balanced_and_distinct():
    chosen = spread(SPACE, SPACE.pairs(), 18, taken=[], seed=4)
    assert set(Counter((f.cation, f.ligand) for f in chosen).values()) == {1}
    first = chosen[:6]
    assert set(Counter(f.cation for f in first).values()) == {1}
    assert set(Counter(f.ligand for f in first).values()) == {2}
    assert all(4 <= f.ratio <= 100 for f in chosen)


def test_log_ratios_are_even():
    chosen = spread(SPACE, SPACE.pairs(), 32, taken=[], seed=4)
    shares = np.log([f.ratio / 4 for f in chosen]) / np.log(25)
    counts, _ = np.histogram(shares, bins=4, range=(0, 1))
    assert counts.min() >= 6


def test_it_goes_on_where_earlier_rounds_ended():
    first = spread(SPACE, SPACE.pairs(), 4, taken=[], seed=4)
    second = spread(SPACE, SPACE.pairs(), 4, taken=first, seed=4)
    assert not any(same_formulation(a, b) for a in first for b in second)
    assert len({(f.cation, f.ligand) for f in [*first, *second]}) == 8


def test_the_seed_decides():
    assert spread(SPACE, SPACE.pairs(), 5, taken=[], seed=4) == spread(SPACE, SPACE.pairs(), 5, taken=[], seed=4)
    assert spread(SPACE, SPACE.pairs(), 5, taken=[], seed=4) != spread(SPACE, SPACE.pairs(), 5, taken=[], seed=5)


def test_a_space_can_be_exhausted():
    narrow = DesignSpace(cations=("Fe3+",), ligands=("PAA",), ratio=RatioRange(lower=10, upper=10.1))
    taken = [Formulation(cation="Fe3+", ligand="PAA", ratio=10.05)]
    with pytest.raises(SpaceExhausted, match="every ratio"):
        spread(narrow, narrow.pairs(), 1, taken=taken, seed=0)
    with pytest.raises(SpaceExhausted, match="excluded"):
        spread(narrow, (), 1, taken=[], seed=0)
