"""A step that breaks down: its kind is named, and it is tried again, the last time in smaller steps."""

import dataclasses
import errno
import os

import numpy as np
import openmm
import pytest
from argon import state_of

from ionlink.simulate import SimulationFailed, load_protocol, protocol_names
from ionlink.simulate.errors import BoxTooSmall, DeviceFailed, DiskFull, MinimisationFailed, NumericalBreakdown
from ionlink.simulate.step_kinds import Dynamics, Minimise, Produce, Squeeze
from ionlink.simulate.steps import StepResult, attempt_step, run_step
from ionlink.simulate.steps.gentler import gentler
from ionlink.simulate.steps.run import breakdown

RUN = Dynamics(kind="dynamics", steps=40, timestep_fs=4.0, start_temperature_k=85.0, end_temperature_k=85.0)
MINIMISE = Minimise(kind="minimise", force_tolerance_kj_mol_nm=10.0, max_iterations=20)
PRODUCE = Produce(
    kind="produce", trajectory="rest", steps=10, sample_every_steps=5, timestep_fs=2.0, temperature_k=85.0
)
ALL_STEPS = [step for name in protocol_names() for step in load_protocol(name).steps]


@pytest.fixture
def broken(engine, state):
    """A state with one coordinate lost."""
    positions = state.getPositions(asNumpy=True)._value.copy()
    positions[3] = np.nan
    return state_of(engine, positions, np.zeros_like(positions))


def test_a_lost_coordinate_is_a_numerical_breakdown(engine, broken):
    with pytest.raises(NumericalBreakdown, match=r"dynamics: .*NaN"):
        run_step(RUN, engine, broken, seed=1)


@pytest.mark.parametrize("step", [RUN, PRODUCE, MINIMISE], ids=lambda step: step.kind)
def test_a_lost_coordinate_is_one_where_no_force_meets_it(engine, broken, step):
    """The Reference platform computes on with NaN, as graphics processors do for a while."""
    with pytest.raises(NumericalBreakdown, match="NaN"):
        run_step(step, dataclasses.replace(engine, platform="Reference"), broken, seed=1)


def test_the_same_while_minimising_is_a_failed_minimisation(engine, broken):
    with pytest.raises(MinimisationFailed, match="minimise: "):
        run_step(MINIMISE, engine, broken, seed=1)


def test_a_box_below_twice_the_cutoff_is_too_small(engine, state):
    squeeze = Squeeze(
        kind="squeeze",
        density_g_cm3=6.0,
        linear_increment=0.05,
        minimise_iterations=5,
        relax_steps=10,
        timestep_fs=1.0,
        temperature_k=85.0,
    )
    with pytest.raises(BoxTooSmall, match=r"squeeze: .*box size"):
        run_step(squeeze, engine, state, seed=1)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_and_not_tried_again(engine, state, monkeypatch, number):
    tries = []

    def full(*_, **__):
        tries.append(1)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("ionlink.simulate.steps.plain.app.DCDReporter", full)
    with pytest.raises(DiskFull, match=r"(No space left on device|quota exceeded); make room"):
        attempt_step(PRODUCE, 6, engine, state, seed=1)
    assert len(tries) == 1


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("No compatible CUDA device is available", "device"),
        ("Error creating array posq: CUDA_ERROR_OUT_OF_MEMORY (2)", "device"),
        ("Error creating array posq: clCreateBuffer (-4)", "device"),
        ("Error loading CUDA module: CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222)", "device"),
        ("Error initializing context: clCreateContext (-6)", "device"),
        ("Error downloading array posq: CUDA_ERROR_ILLEGAL_ADDRESS (700)", "failed"),
        ("Particle coordinate is NaN", "numerical_breakdown"),
    ],
)
def test_a_device_that_is_full_or_gone_is_told_from_a_box_that_flies_apart(message, kind):
    assert breakdown(openmm.OpenMMException(message), RUN).kind == kind


def test_a_device_is_not_tried_again_but_where_a_box_has_crashed_it(monkeypatch):
    errors = [DeviceFailed("no device"), NumericalBreakdown("NaN"), DeviceFailed("no device")]

    def run(*_):
        raise errors.pop(0)

    monkeypatch.setattr("ionlink.simulate.steps.attempts.run_step", run)
    with pytest.raises(DeviceFailed):
        attempt_step(RUN, 4, None, None, seed=7)
    assert len(errors) == 2
    with pytest.raises(NumericalBreakdown, match=r"step 4 \(dynamics\) broke down 1 time: NaN") as found:
        attempt_step(RUN, 4, None, None, seed=7)
    assert found.value.attempts == 1


def test_attempts_of_a_later_call_have_random_numbers_of_their_own(monkeypatch):
    tried = attempts_of(monkeypatch, 5)
    with pytest.raises(NumericalBreakdown) as found:
        attempt_step(RUN, 4, None, None, seed=7)
    later = attempt_step(RUN, 4, None, None, seed=7, failed_before=found.value.attempts)
    assert (later.attempts, later.gentler) == (6, True)
    assert len({seed for _, seed in tried}) == 6


def attempts_of(monkeypatch, failures):
    """The steps and seeds that `attempt_step` tries when the first `failures` attempts break down."""
    tried = []

    def run(step, engine, state, seed):
        tried.append((step, seed))
        if len(tried) <= failures:
            raise NumericalBreakdown("dynamics: Particle coordinate is NaN")
        return StepResult(state)

    monkeypatch.setattr("ionlink.simulate.steps.attempts.run_step", run)
    return tried


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_the_second_attempt_has_other_random_numbers_and_the_third_smaller_steps(failures, monkeypatch):
    tried = attempts_of(monkeypatch, failures)
    attempted = attempt_step(RUN, 4, None, None, seed=7)
    assert attempted.attempts == len(tried) == failures + 1
    assert attempted.gentler == (failures == 2)
    assert len({seed for _, seed in tried}) == len(tried)
    assert [step for step, _ in tried] == [RUN, RUN, gentler(RUN)][: len(tried)]


def test_the_last_failure_keeps_its_kind_and_says_where(monkeypatch):
    attempts_of(monkeypatch, 3)
    with pytest.raises(
        NumericalBreakdown, match=r"step 4 \(dynamics\) broke down 3 times.*smaller steps.*NaN"
    ) as found:
        attempt_step(RUN, 4, None, None, seed=7)
    assert (found.value.kind, found.value.step, found.value.attempts) == ("numerical_breakdown", 4, 3)
    assert isinstance(found.value, SimulationFailed)


@pytest.mark.parametrize("step", ALL_STEPS, ids=lambda step: step.kind)
def test_the_gentler_variant_lasts_as_long_in_smaller_steps_and_deforms_half_as_fast(step):
    easier = gentler(step)
    assert type(easier).model_validate(easier.model_dump()) == easier
    if isinstance(step, Minimise):
        assert easier.max_iterations > step.max_iterations
        return
    assert easier.timestep_fs == step.timestep_fs / 2
    for name in ("steps", "stage_steps", "chunk_steps"):
        if hasattr(step, name):
            assert getattr(easier, name) * easier.timestep_fs == getattr(step, name) * step.timestep_fs
    if hasattr(step, "increments"):
        relaxed_fs = [one.increments * one.relax_steps * one.timestep_fs for one in (step, easier)]
        assert relaxed_fs[1] == 2 * relaxed_fs[0]
    for name in ("strain", "density_g_cm3", "temperature_k", "pressure_bar"):
        if hasattr(step, name):
            assert getattr(easier, name) == getattr(step, name)


def test_the_gentler_variant_runs(engine, state):
    assert isinstance(run_step(gentler(RUN), engine, state, seed=1).state, openmm.State)
