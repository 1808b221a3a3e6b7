"""Protocols are data, and their hash tells them apart."""

import math
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from ionlink.data import InputError, observations, outcomes
from ionlink.simulate import load_protocol, protocol_names
from ionlink.simulate.frozen import Later
from ionlink.simulate.protocol import Protocol
from ionlink.simulate.step_kinds import Minimise, Stretch


@pytest.mark.parametrize("name", protocol_names())
def test_shipped_protocols_are_valid_and_named_like_their_file(name):
    assert load_protocol(name).name == name


def test_every_field_but_the_meaning_changes_the_hash():
    protocol = load_protocol("screen")
    assert protocol.model_copy(update={"meaning": "other words"}).hash == protocol.hash
    warmer = protocol.steps[-1].model_copy(update={"temperature_k": 310.0})
    for update in (
        {"version": 99},
        {"steps": (*protocol.steps[:-1], warmer)},
        {"physics": protocol.physics.model_copy(update={"cutoff_nm": 1.0})},
        {"box": protocol.box.model_copy(update={"min_cations": 5})},
    ):
        assert protocol.model_copy(update=update).hash != protocol.hash


def test_screen_scales_charges_by_the_electronic_continuum():
    assert load_protocol("screen").physics.charge_scaling == pytest.approx(1 / math.sqrt(1.78), rel=1e-9)


def test_an_unknown_protocol_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"no simulation protocol `scren`; there are .*screen"):
        load_protocol("scren")


def test_a_mistyped_field_is_refused():
    protocol = load_protocol("screen")
    fields = protocol.model_dump()
    fields["box"]["min_cation"] = 3
    with pytest.raises(ValidationError, match="min_cation"):
        type(protocol).model_validate(fields)


def test_the_shipped_observations_are_of_the_shipped_protocol():
    shipped = {o.protocol for o in observations() if o.level == "screen"}
    assert shipped == {load_protocol("screen").hash}


def test_a_protocol_of_former_times_keeps_its_hash():
    """Its observations stand in campaigns and tables; `benchmarks/protocols/` keeps it for comparisons."""
    text = (Path(__file__).parents[2] / "benchmarks" / "protocols" / "screen-1.toml").read_text("utf-8")
    assert Protocol.model_validate(tomllib.loads(text)).hash == "302eaaa0e37f"


def test_a_field_that_was_added_later_is_hashed_only_when_it_is_used():
    class Newer(Minimise):
        restraints: Later[int] = 0

    first = load_protocol("screen").steps[0]
    assert Newer(**first.model_dump()).model_dump_json() == first.model_dump_json()
    assert Newer(**first.model_dump(), restraints=5).model_dump_json() != first.model_dump_json()


def test_what_a_stretch_leaves_is_of_the_strain_that_the_protocol_has():
    """Another strain is a matter of a protocol file of one's own; the catalogue speaks of the shipped ones by name."""
    steps = [step for name in protocol_names() for step in load_protocol(name).steps]
    (strain,) = {step.strain for step in steps if isinstance(step, Stretch)}
    stretched = [
        o for name, o in outcomes().items() if o.kind == "simulated" and name.endswith(("retention", "stretched_mean"))
    ]
    assert len(stretched) == 5
    for outcome in stretched:
        assert "shipped protocols" in outcome.meaning
        assert f"{100 * strain:g} %" in outcome.meaning
