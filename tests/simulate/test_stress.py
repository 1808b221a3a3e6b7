"""Moduli and dissipated energies of curves whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.simulate.stress import StressPoint, dissipated_energy_mj_m3, load_stress, save_stress, youngs_modulus_mpa


def curve(strains, axial, lateral=0.0, area=9.0, phase="load"):
    strains = np.asarray(strains, dtype=float)
    columns = (np.broadcast_to(values, strains.shape) for values in (axial, lateral, area))
    return [
        StressPoint(float(strain), float(stress), phase, float(side), float(across))
        for strain, stress, side, across in zip(strains, *columns, strict=True)
    ]


LOAD = np.linspace(0, 0.3, 31)


@given(st.floats(10, 1e4), st.floats(-50, 50))
def test_where_the_box_narrows_the_modulus_is_the_slope(modulus, prestress):
    narrowing = 9.0 / (1 + LOAD)
    found = youngs_modulus_mpa(curve(LOAD, prestress + modulus * LOAD, area=narrowing))
    assert found == pytest.approx(modulus, rel=1e-6)


@given(st.floats(10, 1e4), st.floats(-0.5, 0.45))
def test_at_a_kept_cross_section_the_modulus_follows_from_both_stresses(modulus, poisson):
    c11 = modulus * (1 - poisson) / ((1 + poisson) * (1 - 2 * poisson))
    c12 = modulus * poisson / ((1 + poisson) * (1 - 2 * poisson))
    found = youngs_modulus_mpa(curve(LOAD, c11 * LOAD, lateral=c12 * LOAD))
    assert found == pytest.approx(modulus, rel=1e-6)


def test_too_short_a_curve_has_no_modulus():
    assert youngs_modulus_mpa(curve([0.0, 0.05], [0.0, 10.0])) is None
    assert youngs_modulus_mpa(curve([0.0, 0.2, 0.3], [0.0, 10.0, 20.0])) is None


def test_a_body_that_gives_way_on_all_sides_has_no_modulus():
    assert youngs_modulus_mpa(curve(LOAD, -3000 * LOAD, lateral=-1000 * LOAD)) is None


@given(st.floats(1, 1e4))
def test_an_elastic_cycle_dissipates_nothing(modulus):
    back = LOAD[-2::-1]
    points = curve(LOAD, modulus * LOAD) + curve(back, modulus * back, phase="unload")
    assert dissipated_energy_mj_m3(points) == pytest.approx(0, abs=1e-9 * modulus)


@given(st.floats(1, 1e4), st.floats(0, 100))
def test_plastic_flow_dissipates_the_area_of_the_loop(modulus, yield_stress):
    back = LOAD[::-1]
    points = curve(LOAD, modulus * LOAD + yield_stress) + curve(back, modulus * back - yield_stress, phase="unload")
    assert dissipated_energy_mj_m3(points) == pytest.approx(2 * yield_stress * 0.3, abs=1e-9 * modulus)


def test_a_curve_without_a_way_back_dissipates_nothing_that_is_known():
    assert dissipated_energy_mj_m3(curve(LOAD, LOAD)) is None


def test_a_curve_survives_its_file(tmp_path):
    points = curve(LOAD, 3.3 * LOAD) + curve(LOAD[::-1], LOAD[::-1], lateral=0.1, phase="unload")
    save_stress(points, tmp_path / "stress.csv")
    assert load_stress(tmp_path / "stress.csv") == tuple(points)
    assert (tmp_path / "stress.csv").read_text().startswith("strain,stress_mpa,phase,")
