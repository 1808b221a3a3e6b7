"""Protocol files of a user's own."""

from pathlib import Path

import pytest

from ionlink.data import InputError
from ionlink.simulate import load_protocol, molecular_dynamics_oracle, protocol_names
from ionlink.simulate.protocol_faults import protocol_faults

SMOKE = (Path(__file__).parents[2] / "simulate" / "smoke.toml").read_text("utf-8")


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, "utf-8")
        return str(path)

    return written


def test_it_is_a_level_of_its_own(write):
    cosolvents = 'conformers = 2\ncosolvents = [{ name = "NMP", per_donor_group = 0.5 }]'
    text = SMOKE.replace('name = "smoke"', 'name = "in-nmp"').replace("conformers = 2", cosolvents)
    assert text.count("NMP") == 1
    oracle = molecular_dynamics_oracle(write(text))
    assert oracle.level == "in-nmp"
    assert oracle.settings.box.cosolvents[0].name == "NMP"
    assert oracle.protocol != load_protocol("smoke").hash


def test_a_copy_of_a_shipped_one_is_that_one_and_a_changed_copy_is_refused(write):
    assert load_protocol(write(SMOKE)) == load_protocol("smoke")
    with pytest.raises(InputError, match=r"mine\.toml, name: `smoke` is a shipped protocol, which this is not"):
        load_protocol(write(SMOKE.replace("cutoff_nm = 0.", "cutoff_nm = 1.")))


def test_an_editor_may_begin_it_with_a_byte_order_mark(write):
    assert load_protocol(write("\ufeff" + SMOKE)) == load_protocol("smoke")


def test_all_faults_of_a_file_are_told_at_once(write):
    with pytest.raises(InputError) as caught:
        load_protocol(
            write(SMOKE.replace("min_chains = ", "min_chians = ").replace("cutoff_nm = 0.", "cutoff_nm = -0."))
        )
    assert len(caught.value.faults) == 3
    for part in ("box.min_chains: is missing", "box.min_chians", "physics.cutoff_nm"):
        assert part in str(caught.value)


@pytest.mark.parametrize("text", ["name = ", "\x00"])
def test_what_is_no_toml_is_refused(write, text):
    with pytest.raises(InputError, match="is not TOML"):
        load_protocol(write(text))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_protocol(str(tmp_path / "none.toml"))


MINE = SMOKE.replace('name = "smoke"', 'name = "mine"')
RAMP = "start_temperature_k = 700.0\nend_temperature_k = 300.0\n"


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ('counter_cation = "Na+"', 'counter_cation = "Cl-"', r"physics.counter_cation: `Cl-` is not a cation"),
        ('counter_anion = "Cl-"', 'counter_anion = "Na+"', r"physics.counter_anion: `Na\+` is not an anion"),
        ('counter_anion = "Cl-"', 'counter_anion = "Cl"', r"physics.counter_anion: `Cl` is not an anion"),
        ("amber14/spce.xml", "amber14/spcx.xml", r"ion_force_field: OpenMM has no file `amber14/spcx.xml`"),
        ("cutoff_nm = 0.5", "cutoff_nm = 8.0", r"physics.cutoff_nm: 8 is not within 0.4 to 2 nm"),
        (
            "first_shell_nm = 0.28",
            "first_shell_nm = 2.8",
            r"equilibrate.first_shell_nm: 2.8 is not within 0.15 to 0.6 nm",
        ),
        ("pressure_bar = 500.0", "pressure_bar = 50e6", r"compress.pressure_bar: 5e\+07 is not .* 1 MPa is 10 bar"),
        (
            "friction_per_ps = 2.0",
            "friction_per_ps = inf",
            r"physics.friction_per_ps: inf is not within 0.01 to 100 1/ps",
        ),
        (
            "time_constant_ps = 1.0",
            "time_constant_ps = 1000",
            r"pressure_coupling.time_constant_ps: 1000 is not within",
        ),
        (
            "ewald_tolerance = 0.001",
            "ewald_tolerance = 0.1",
            r"physics.ewald_tolerance: 0.1 is not within 1e-07 to 0.01",
        ),
        (
            "hydrogen_mass_amu = 3.0",
            "hydrogen_mass_amu = 12.0",
            r"physics.hydrogen_mass_amu: 12 is not within 1 to 4 amu",
        ),
        ("timestep_fs = 1.0", "timestep_fs = 4000", r"steps.1.dynamics.timestep_fs: 4000 is not within 0.1 to 5 fs"),
        (
            "start_temperature_k = 300",
            "start_temperature_k = 25",
            r"25 is not within 100 to 3000 K; 25 °C are 298.15 K",
        ),
        (
            "top_temperature_k = 400",
            "top_temperature_k = 40",
            r"steps.5.equilibrate.cycle.top_temperature_k: 40 is not",
        ),
        ("strain = 0.3", "strain = 30", r"steps.7.stretch.strain: 30 is not within .* 30 % are 0.3"),
        (f"{RAMP}segments = 5", RAMP, r"steps.4.dynamics.segments: 1 stays at 700 K and never comes to 300 K"),
        (f"{RAMP}segments = 5", f"{RAMP}segments = 11", r"steps.4.dynamics.steps: of 200 steps 0 are done.* of 220"),
        (f"{RAMP}segments = 5", f"{RAMP}segments = 4", r"steps.4.dynamics.steps: of 200 steps 160 are done.* of 80"),
        (
            "stage_steps = 200",
            "stage_steps = 150",
            r"equilibrate.stage_steps: of 150 steps 0 are done.*multiple of 200",
        ),
        ("chunk_steps = 100", "chunk_steps = 90", r"compress.chunk_steps: of 90 steps 0 are done.*multiple of 100"),
        (
            "steps = 80\nsegments = 4",
            "steps = 80\nsegments = 2",
            r"steps.5.equilibrate.cycle.segments: 2 stay at 300 K and never come to 400 K; write 3 or more",
        ),
        ("steps = 80\n", "steps = 70\n", r"equilibrate.cycle.steps: of 70 steps 0 are done"),
        ("sample_every_steps = 20", "sample_every_steps = 300", r"sample_every_steps: 300 is more than the 200 steps"),
        ('trajectory = "stretched"', 'trajectory = "rest"', r'there are 0 `produce` with trajectory = "stretched"'),
        ('name = "mine"', 'name = "Lab"', r"name: `Lab` is a level of what is not simulated \(lab, literature"),
    ],
)
def test_what_would_show_at_the_end_of_a_simulation_is_refused_before_it(write, written, instead, fault):
    assert written in MINE
    load_protocol(write(MINE))
    with pytest.raises(InputError, match=fault):
        load_protocol(write(MINE.replace(written, instead)))


def steps_of(*changes):
    """`MINE` with its steps changed: each change takes a step's text and gives another."""
    head, *steps = MINE.split("[[steps]]")
    for change in changes:
        steps = [change(step) for step in steps]
    return "[[steps]]".join([head, *(step for step in steps if step)])


STRETCH = MINE.split("[[steps]]")[8]
SWELL = """
kind = "swell"
waters_per_donor_group = 2
rounds = 1
linear_increment = 0.02
first_shell_nm = 0.3
minimise_iterations = 20
relax_steps = 10
settle_steps = 40
timestep_fs = 2.0
temperature_k = 370.0
pressure_bar = 1.0

"""


def swollen_before(kind):
    return lambda step: f"{SWELL}[[steps]]{step}" if f'kind = "{kind}"' in step else step


def without(kind):
    return lambda step: "" if f'kind = "{kind}"' in step else step


def within(kind, written, instead):
    return lambda step: step.replace(written, instead) if f'kind = "{kind}"' in step else step


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (steps_of(without("compress"), without("equilibrate")), r"there is no `compress` and no `equilibrate`"),
        (
            steps_of(without("compress"), without("equilibrate")) + "[[steps]]" + MINE.split("[[steps]]")[4],
            r"there is no `compress` and no `equilibrate` before the network is sampled at rest",
        ),
        (
            steps_of(swollen_before("stretch")),
            r"steps.7.swell: the trajectory at rest would lack this water, .*put it before",
        ),
        (steps_of(swollen_before("produce")), r"steps.6.swell: the density would be that of the box without its water"),
        (steps_of(without("stretch"), without("unload")), r"produce.trajectory: nothing is stretched there"),
        (steps_of(without("stretch")), r"steps.8.unload: there is no `stretch` before it"),
        (steps_of(within("unload", "0.3", "0.1")), r"steps.9.unload.strain: 0.1 is not that of its stretch; write 0.3"),
        (
            steps_of(within("stretch", "stress_every_steps = 10", "")),
            r"unload.stress_every_steps: its stretch measures no stress",
        ),
        (
            steps_of(
                within("stretch", "stress_every_steps = 10", "stress_every_steps = 10\nlateral_pressure_bar = 1.0")
            ),
            r"stretch.stress_every_steps: of 10 steps 0 are done.*multiple of 20",
        ),
        (
            steps_of(within("unload", "stress_every_steps = 10", "stress_every_steps = 40")),
            r"unload.relax_steps: 40 steps, not 10, are done.*stress_every_steps \(40\); write a multiple of 40",
        ),
        (
            MINE + "\n[[steps]]" + MINE.split("[[steps]]")[-1],
            r"steps.10.unload: the `unload` before it has taken the stretch back; leave one out",
        ),
        (
            MINE + "".join(f"\n[[steps]]{MINE.split('[[steps]]')[place]}" for place in (8, 10)),
            r"steps.10.stretch.stress_every_steps: a `stretch` before it measures the stress too",
        ),
        (
            MINE.replace(STRETCH, STRETCH.replace("stress_every_steps = 10", "") + "[[steps]]" + STRETCH),
            r"steps.8.stretch.stress_every_steps: the box is stretched there already",
        ),
        (
            steps_of(within("produce", '"rest"', '"first"'), within("produce", '"stretched"', '"rest"')).replace(
                '"first"', '"stretched"'
            ),
            r"steps.8.produce.trajectory: the box is stretched there and not at rest",
        ),
    ],
)
def test_steps_that_do_not_go_together_are_refused(write, text, fault):
    with pytest.raises(InputError, match=fault):
        load_protocol(write(text))


def test_a_network_is_stretched_no_more_after_its_unload(write):
    produced, unloaded = MINE.split("[[steps]]")[-2:]
    assert 'trajectory = "stretched"' in produced
    text = MINE.replace(produced + "[[steps]]" + unloaded, unloaded + "\n[[steps]]" + produced)
    with pytest.raises(InputError, match=r"steps.9.produce.trajectory: nothing is stretched there"):
        load_protocol(write(text))


def test_a_network_is_swollen_before_it_is_equilibrated(write):
    steps = load_protocol(write(steps_of(swollen_before("equilibrate")))).steps
    assert [step.kind for step in steps[5:7]] == ["swell", "equilibrate"]


def test_a_network_below_its_glass_transition_may_be_simulated(write):
    text = MINE.replace("temperature_k = 300.0", "temperature_k = 150.0")
    assert load_protocol(write(text)).steps[-1].temperature_k == 150.0
    with pytest.raises(InputError, match=r"temperature_k: 80 is not within 100 to 3000 K"):
        load_protocol(write(text.replace("temperature_k = 150.0", "temperature_k = 80.0")))


@pytest.mark.parametrize("name", ["Smoke", "SCREEN"])
def test_another_spelling_of_a_shipped_name_is_refused(write, name):
    with pytest.raises(
        InputError, match=rf"name: `{name}` is a shipped protocol, which this is not; name it otherwise"
    ):
        load_protocol(write(SMOKE.replace('name = "smoke"', f'name = "{name}"')))


def test_faults_of_the_whole_are_told_at_once(write):
    text = (
        MINE.replace('name = "mine"', 'name = "lab"').replace('"Na+"', '"Cl-"').replace("strain = 0.3", "strain = 30")
    )
    with pytest.raises(InputError) as caught:
        load_protocol(write(text))
    assert [fault.split(", ")[1].split(":")[0] for fault in caught.value.faults] == [
        "name",
        "physics.counter_cation",
        "steps.7.stretch.strain",
        "steps.9.unload.strain",
    ]


@pytest.mark.parametrize("name", protocol_names())
def test_a_shipped_protocol_has_no_such_fault(name):
    assert list(protocol_faults(load_protocol(name))) == []
