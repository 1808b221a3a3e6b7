import math

import numpy as np
import pandas as pd
import pytest

from ionlink.data import Formulation, InputError
from ionlink.features import FormulationDescriptors
from ionlink.features.formulation_descriptors import CATION_DESCRIPTORS, CONDITION_DESCRIPTORS

IRON, ALUMINIUM = (Formulation(cation=name, ligand="PAA", ratio=20) for name in ("Fe3+", "Al3+"))
WIDTH = len(CATION_DESCRIPTORS)


def mixed(first: str, second: str, share: float, **more: float) -> Formulation:
    return Formulation(cation=first, ligand="PAA", ratio=20, second_cation=second, second_fraction=share, **more)


def described(*formulations: Formulation) -> np.ndarray:
    return FormulationDescriptors(conditions=True).transform(formulations)


def test_a_mixture_lies_between_its_cations_by_amount():
    iron, aluminium, mixture = described(IRON, ALUMINIUM, mixed("Fe3+", "Al3+", 0.25))
    assert mixture[:WIDTH] == pytest.approx(0.75 * iron[:WIDTH] + 0.25 * aluminium[:WIDTH])
    assert mixture[WIDTH:-3] == pytest.approx(iron[WIDTH:-3])


def test_which_cation_is_named_first_does_not_matter():
    one, other = described(mixed("Fe3+", "Al3+", 0.25), mixed("Al3+", "Fe3+", 0.75))
    np.testing.assert_allclose(one, other)


def test_what_is_unknown_of_one_cation_is_unknown_of_the_mixture():
    names = [x.name for x in CATION_DESCRIPTORS]
    (row,) = described(mixed("Fe3+", "Ti4+", 0.1))
    assert math.isnan(row[names.index("log_k_hydrolysis")])
    assert row[names.index("charge")] == pytest.approx(3.1)


def test_conditions_come_last_and_are_not_known_where_they_are_open():
    plain, full = described(IRON, mixed("Fe3+", "Al3+", 0.7, ph=4.5, temperature_k=310.0))
    assert plain[-3] == 0
    assert np.isnan(plain[-2:]).all()
    assert full[-3:] == pytest.approx([0.3, 4.5, 310.0])
    names = list(FormulationDescriptors(conditions=True).get_feature_names_out())
    assert names[-3:] == [x.name for x in CONDITION_DESCRIPTORS]
    assert names[:-3] == list(FormulationDescriptors().get_feature_names_out())


def test_a_table_may_have_columns_of_conditions():
    frame = pd.DataFrame(
        {
            "cation": ["Fe3+", "Fe(III)"],
            "ligand": ["PAA", "PAA"],
            "ratio": [20, 20],
            "second_cation": [None, "Al3+"],
            "second_fraction": [math.nan, 0.25],
            "ph": [4.0, math.nan],
        }
    )
    expected = described(IRON.model_copy(update={"ph": 4.0}), mixed("Fe3+", "Al3+", 0.25))
    np.testing.assert_array_equal(FormulationDescriptors(conditions=True).transform(frame), expected)


def test_every_fault_in_a_table_is_told():
    frame = pd.DataFrame({"cation": "Fe3+", "ligand": "PAA", "ratio": 20, "ph": [99.0, 7.0, -50.0]})
    with pytest.raises(InputError) as caught:
        FormulationDescriptors().transform(frame)
    assert [fault.partition(",")[0] for fault in caught.value.faults] == ["formulation 0", "formulation 2"]
