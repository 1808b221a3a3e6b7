"""Energies of oligomers by the shipped force fields against those of AmberTools' tleap."""

import importlib.util
import sys
from pathlib import Path

import pytest

from ionlink.simulate.ambertools import find_ambertools
from ionlink.simulate.errors import CannotSimulate
from ionlink.simulate.parametrise import shipped_folder

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "oligomer_energies.py"
QUICK = {"PAA": 8, "PF-COO": 4}
"""Repeat units; the other ligands are behind `make test-long`."""

CASES = [
    pytest.param(path.stem, QUICK.get(path.stem, 4), marks=[] if path.stem in QUICK else [pytest.mark.long])
    for path in sorted(shipped_folder().glob("*.xml"))
]


def installed():
    try:
        return find_ambertools()
    except CannotSimulate:
        return None


@pytest.fixture(scope="module")
def script():
    specification = importlib.util.spec_from_file_location("oligomer_energies", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    sys.modules["oligomer_energies"] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules["oligomer_energies"]


@pytest.mark.skipif(installed() is None, reason="AmberTools is not installed (extra new-ligands)")
@pytest.mark.parametrize(("name", "repeat_units"), CASES)
def test_energies_equal_those_of_tleap(script, name, repeat_units, tmp_path):
    here, reference = script.compare(name, repeat_units, tmp_path)
    assert set(here) >= set(script.TERMS)
    for term, energy in here.items():
        assert energy == pytest.approx(reference[term], abs=0.01), term
    # Nothing agrees because there is nothing of it; the least is PVPA's torsions.
    assert all(abs(reference[term]) > 10 for term in script.TERMS)
