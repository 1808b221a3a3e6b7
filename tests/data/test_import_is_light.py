"""Importing and reading the knowledge base loads none of the heavy libraries."""

import subprocess
import sys

import pytest

HEAVY = {"torch", "openmm", "mlflow", "rdkit", "sklearn", "scipy", "pandas", "numpy", "pint", "mendeleev", "pymatgen"}


@pytest.mark.parametrize("code", ["import ionlink.data", "import ionlink.data as d; d.observations(); d.rankings()"])
def test_nothing_heavy_is_loaded(code):
    script = f"import sys; {code}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) & HEAVY == set()
