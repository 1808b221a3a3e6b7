"""Tables of formulations to simulate, and tables of what was observed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ionlink.data import Formulation, InputError, Observation
from ionlink.data.observation_table import load_observations
from ionlink.data.observation_writing import save_observations
from ionlink.data.simulation_table import read_simulation_table

HEADER = "cation,ligand,ratio,replicates\n"


def test_rows_become_formulations_with_canonical_names(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(HEADER + "Fe(III),poly(acrylic acid),60,3\nCa2+,PF-COO,4.5,1\n")
    assert read_simulation_table(table) == (
        (Formulation(cation="Fe3+", ligand="PAA", ratio=60), 3),
        (Formulation(cation="Ca2+", ligand="PF-COO", ratio=4.5), 1),
    )


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffcation,ligand,ratio,replicates\r\nFe3+,PAA,4.5,2\r\n",
        "\ufeffcation;ligand;ratio;replicates\r\nFe3+;PAA;4,5;2\r\n;;;\r\n",
        "Cation,Ligand,Ratio,Replicates,\nFe3+,PAA,4.5,2,\n,,,,\n",
    ],
)
def test_a_table_may_come_from_a_spreadsheet(tmp_path, text):
    table = tmp_path / "table.csv"
    table.write_bytes(text.encode())
    assert read_simulation_table(table) == ((Formulation(cation="Fe3+", ligand="PAA", ratio=4.5), 2),)


def test_a_table_without_rows_is_refused(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(HEADER)
    with pytest.raises(InputError, match=r"table\.csv: has a header but no rows"):
        read_simulation_table(table)


def test_every_fault_is_named_by_row(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(
        HEADER + "Fe4+,PAA,60,3\nFe3+,PAB,0,2\nFe3+,PAA,sixty,2\nFe3+,PAA,60,0\nCa2+,PAA,9,1\nCa2+,PAA,9,1\n"
    )
    with pytest.raises(InputError) as caught:
        read_simulation_table(table)
    text = str(caught.value)
    for fault in (
        "row 2, cation: 'Fe4+'",
        "row 3, ligand: 'PAB'",
        "row 3, ratio: 0",
        "row 4, ratio",
        "row 5, replicates: '0'",
        "row 7: Ca2+ / PAA / 9:1 stands in the table before",
    ):
        assert fault in text


def test_two_rows_that_would_share_a_directory_are_both_named(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(HEADER + "Fe3+,PAA,8.0001,2\nFe3+,PAA,8.002,2\nFe3+,PAA,8.0002,2\n")
    with pytest.raises(InputError) as caught:
        read_simulation_table(table)
    (fault,) = caught.value.faults
    assert fault.startswith("table.csv: row 4, ratio: 8.0002 is 8.0001 of row 2 to four digits")


def test_a_table_that_cannot_be_read_is_bad_input(tmp_path):
    path = tmp_path / "table.csv"
    with pytest.raises(InputError, match=r"table\.csv: cannot be read: "):
        read_simulation_table(path)
    path.write_bytes(b"cation,ligand,ratio,replicates\n\xff")
    with pytest.raises(InputError, match=r"table\.csv: is not UTF-8 text"):
        read_simulation_table(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(
    ratio=st.none() | st.floats(1e-3, 1e4),
    value=st.floats(0, 10),
    error=st.none() | st.floats(0, 1),
    replicates=st.none() | st.integers(1, 9),
    evidence=st.lists(st.sampled_from(["figure", "half_cell"]), unique=True).map(tuple),
)
def test_saved_observations_are_read_back_to_the_last_digit(
    tmp_path_factory, ratio, value, error, replicates, evidence
):
    observation = Observation(
        formulation=Formulation(cation="Fe3+", ligand="PAA", ratio=ratio),
        outcome="chains_per_cation",
        value=value,
        standard_error=error,
        level="screen",
        source='molecular dynamics, "screen"',
        conditions="cell=half; current=0.2C",
        evidence=evidence,
        protocol="0123456789ab",
        replicates=replicates,
    )
    path = tmp_path_factory.mktemp("table") / "observations.csv"
    save_observations([observation], path)
    assert load_observations(path) == (observation,)
    with pytest.raises(FileExistsError):
        save_observations([observation], path)
