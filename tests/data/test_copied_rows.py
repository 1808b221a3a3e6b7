"""Tables that are copies of what was said before."""

from dataclasses import dataclass, field

import pytest

from ionlink.data import Formulation, Observation
from ionlink.data.copied_rows import copied_from


def force(value, source):
    made = Formulation(cation="Fe3+", ligand="PAA", ratio=60)
    return Observation(formulation=made, outcome="peel_force", value=value, level="lab", source=source)


@dataclass
class Row:
    """A row without a source, which counts how often it is looked at."""

    said: Observation
    looks: list[int] = field(default_factory=list)
    names_source: bool = False
    corrects: None = None

    @property
    def observation(self):
        self.looks.append(1)
        return self.said


@pytest.mark.parametrize("shift", [0, 1000])
def test_rows_are_not_compared_with_each_source_in_turn(shift):
    """A notebook has a source on each page: a thousand of them took a thousand times as long as one."""
    looked = []
    for count in (20, 80):
        groups = [[Row(force(value, f"page {value}"))] for value in range(count)]
        rows = [Row(force(value + shift, "table.csv")) for value in range(count)]
        found = list(copied_from(rows, groups))
        assert len(found) == (count if shift == 0 else 0)
        looked.append(sum(len(row.looks) for row in rows))
    assert looked[1] == 4 * looked[0]
