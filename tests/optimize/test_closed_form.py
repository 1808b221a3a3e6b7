"""The closed form with the numbers of replicates that an oracle may be asked for."""

import pytest

from ionlink.data import Formulation
from ionlink.optimize.closed_form import ClosedFormOracle

FORMULATION = Formulation(cation="Fe3+", ligand="PAA", ratio=30)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_errors_are_told_of_two_replicates_or_more(tmp_path, count):
    oracle = ClosedFormOracle(replicates=count)
    found = oracle.observations(FORMULATION, [oracle.run_replicate(FORMULATION, k, tmp_path) for k in range(count)])
    assert {o.outcome for o in found} == set(oracle.outcomes)
    assert all((o.standard_error is not None and o.standard_error > 0) == (count > 1) for o in found)
    assert {o.replicates for o in found} == {count}
