import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ionlink.data import Formulation, InputError, Observation
from ionlink.data.naming import formulation_of
from ionlink.data.observation_table import load_observations
from ionlink.data.observation_writing import save_observations

PLAIN = Formulation(cation="Fe3+", ligand="PAA", ratio=60)
FULL = Formulation(
    cation="Fe3+", ligand="PAA", ratio=60, second_cation="Al3+", second_fraction=0.3, ph=4.5, temperature_k=298.15
)

FORMULATIONS = st.builds(
    lambda ratio, mix, ph, kelvin: Formulation(
        cation="Fe3+", ligand="PAA", ratio=ratio, ph=ph, temperature_k=kelvin, **mix
    ),
    st.none() | st.floats(0.1, 1e3),
    st.just({}) | st.builds(lambda f: {"second_cation": "Al3+", "second_fraction": f}, st.floats(0.01, 0.99)),
    st.none() | st.floats(0, 14),
    st.none() | st.floats(1, 1000),
)


def test_it_is_named_with_all_that_is_known_of_it():
    assert str(PLAIN) == "Fe3+ / PAA / 60:1"
    assert str(FULL) == "Fe3+ + 30 % Al3+ / PAA / 60:1 / pH 4.5 / 298.1 K"
    assert PLAIN.slug == "Fe3+-PAA-60"
    assert FULL.slug == "Fe3+-PAA-60-0.3Al3+-pH4.5-298.1K"


def test_shares_add_up():
    assert PLAIN.shares == {"Fe3+": 1.0}
    assert FULL.shares == pytest.approx({"Fe3+": 0.7, "Al3+": 0.3})


@pytest.mark.parametrize(
    ("bad", "line"),
    [
        ({"second_cation": "Al3+"}, "second_fraction: is missing"),
        ({"second_fraction": 0.3}, "second_cation: is missing"),
        ({"second_cation": "Fe3+", "second_fraction": 0.3}, "the first cation already"),
        ({"second_cation": "Al3+", "second_fraction": 1.0}, "second_fraction"),
        ({"second_cation": "Al3+", "second_fraction": 0.0}, "second_fraction"),
        ({"ph": 20}, "ph"),
        ({"temperature_k": 0}, "temperature_k"),
        ({"temperature_k": float("inf")}, "temperature_k"),
    ],
)
def test_what_cannot_be_is_refused(bad, line):
    with pytest.raises(ValidationError, match=line):
        Formulation(cation="Fe3+", ligand="PAA", ratio=60, **bad)
    with pytest.raises(InputError, match=line):
        formulation_of("Fe3+", "PAA", 60, **bad)


@pytest.mark.parametrize(("kelvin", "meant"), [(25, "298.15"), (4.5, "277.65"), (179, "452.15")])
def test_a_temperature_in_degrees_celsius_is_refused_where_it_is_typed(kelvin, meant):
    with pytest.raises(InputError) as caught:
        formulation_of("Fe3+", "PAA", 60, temperature_k=kelvin)
    (fault,) = caught.value.faults
    assert fault.startswith(f"temperature_k: {kelvin:g} K is below 180 K")
    assert fault.endswith(f"if it is in °C, write {meant}")
    stored = {"cation": "Fe3+", "ligand": "PAA", "temperature_k": kelvin}
    assert Formulation(**stored).temperature_k == kelvin, "what was stored before stays readable"
    assert formulation_of("Fe3+", "PAA", 60, temperature_k=180).temperature_k == 180


def test_typed_names_become_canonical_in_mixtures_too():
    assert formulation_of("Fe(III)", "PAA", 60, second_cation="al+3", second_fraction=0.3).second_cation == "Al3+"
    with pytest.raises(InputError) as caught:
        formulation_of("Fe9+", "PAA", 60, second_cation="Al9+", second_fraction=0.3)
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["cation", "second_cation"]


def test_a_dump_of_a_formulation_without_conditions_is_what_it_was_before_there_were_any():
    assert PLAIN.model_dump_json() == '{"cation":"Fe3+","ligand":"PAA","ratio":60.0}'
    unknown = Formulation(cation="Fe3+", ligand="PAA")
    assert json.loads(unknown.model_dump_json()) == {"cation": "Fe3+", "ligand": "PAA", "ratio": None}


@given(FORMULATIONS)
def test_a_dump_can_be_read_back(formulation):
    assert Formulation.model_validate_json(formulation.model_dump_json()) == formulation
    assert Formulation(**formulation.model_dump()) == formulation


def test_tables_have_columns_of_conditions_where_any_are_known(tmp_path):
    about = {"outcome": "elastic_modulus", "value": 2.0, "level": "lab", "source": "me"}
    plain, full = (Observation(formulation=f, **about) for f in (PLAIN, FULL))
    save_observations([plain], tmp_path / "plain.csv")
    save_observations([plain, full], tmp_path / "full.csv")
    assert "second_cation" not in (tmp_path / "plain.csv").read_text()
    assert load_observations(tmp_path / "full.csv") == (plain, full)
