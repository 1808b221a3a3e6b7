"""Outcomes, ligands, observations and rankings as shipped, and what a faulty table gets told."""

import pytest

from ionlink.data import InputError, ligands, observations, outcomes
from ionlink.data.csv_table import DATA_FOLDER, load_named
from ionlink.data.observation_table import load_observations, load_rankings
from ionlink.data.outcome import Outcome
from ionlink.data.units import registry
from ionlink.simulate.oracle import FLAGS

SIMULATED = {
    "cation_oxygen_distance": "angstrom",
    "coordination_number": "1",
    "monodentate_fraction": "1",
    "chelating_fraction": "1",
    "bridging_fraction": "1",
    "chains_per_cation": "1",
    "fraction_chains_near_cation": "1",
    "coulomb_per_charge": "kJ/mol/e",
    "crosslink_strength": "kJ/mol",
    "coulomb_spread": "1",
    "coulomb_retention": "1",
    "oxygens_within_8_angstrom": "1",
    "oxygens_beyond_8_angstrom": "1",
    "oxygen_distance_asymmetry": "angstrom",
    "coulomb_stretched_mean": "kJ/mol",
    "nearer_oxygen_distance": "angstrom",
    "farther_oxygen_distance": "angstrom",
    "cation_monodentate_share": "1",
    "cation_chelating_share": "1",
    "cation_bridging_share": "1",
    "free_cation_fraction": "1",
    "water_coordination_number": "1",
    "cosolvent_coordination_number": "1",
    "crosslinking_cation_fraction": "1",
    "chain_bridging_fraction": "1",
    "interchain_crosslinks_per_cation": "1",
    "intrachain_ties_per_cation": "1",
    "crosslinks_per_chain": "1",
    "largest_connected_fraction": "1",
    "loops_per_chain": "1",
    "bond_survival": "1",
    "exchange_events_per_cation_ns": "1/ns",
    "residence_time": "ps",
    "residence_time_at_least": "ps",
    "coordination_retention": "1",
    "crosslink_retention": "1",
    "connection_retention": "1",
    "density": "g/cm^3",
    "first_shell_resolved": "1",
    "density_settled": "1",
    "equilibrated": "1",
    "youngs_modulus": "MPa",
    "dissipated_energy": "MJ/m^3",
}


def test_the_simulated_outcomes_are_those_of_the_pipeline():
    simulated = {name: outcome.unit for name, outcome in outcomes().items() if outcome.kind != "measured"}
    assert simulated == SIMULATED
    assert {name for name in SIMULATED if outcomes()[name].kind == "diagnostic"} == set(FLAGS)


@pytest.mark.parametrize("outcome", outcomes().values(), ids=lambda outcome: outcome.name)
def test_every_unit_means_something(outcome):
    registry().Unit(outcome.unit)
    assert outcome.meaning.endswith(".")
    assert outcome.lower is None or outcome.upper is None or outcome.lower < outcome.upper


def test_at_least_four_carboxylates_with_attachment_points():
    assert {"PAA", "PF-COO", "alginate"} <= set(ligands())
    assert sum(ligand.donor_group == "carboxylate" for ligand in ligands().values()) >= 4
    assert all("[*:1]" in unit and "[*:2]" in unit for unit in (x.repeat_unit_smiles for x in ligands().values()))


def test_loading_twice_gives_the_same_object():
    assert observations() is observations()
    assert ligands() is ligands()


HEADER = "cation,ligand,ratio,outcome,bound,value,standard_error,unit,level,source,protocol,replicates,note"
GOOD = "Fe3+,PAA,8,peel_force,=,4.5,0.1,N,lab,here,,,"


def write(tmp_path, *lines):
    path = tmp_path / "observations_new.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_simulated_observation_keeps_protocol_and_replicates(tmp_path):
    row = "Fe3+,PAA,8,coordination_number,,5.9,0.06,1,screen,run 1,abc123,4,"
    (known,) = load_observations(write(tmp_path, HEADER, row))
    assert (known.protocol, known.replicates, known.bound, known.standard_error) == ("abc123", 4, "=", 0.06)


def test_optional_columns_may_be_absent(tmp_path):
    header = "cation,ligand,ratio,outcome,value,unit,level,source"
    (known,) = load_observations(write(tmp_path, header, "Fe3+,PAA,8,peel_force,4.5,N,lab,here"))
    assert (known.value, known.replicates, known.protocol) == (4.5, None, None)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (GOOD.replace("Fe3+", "Fe(III)"), "row 3, cation: 'Fe(III)' is not known"),
        (GOOD.replace("PAA", "paa"), "row 3, ligand: 'paa' is not known"),
        (GOOD.replace("peel_force", "peel"), "row 3, outcome: 'peel' is not known"),
        (GOOD.replace(",N,", ",mN,"), "row 3, unit: 'mN' where peel_force is kept in 'N'"),
        (GOOD.replace("4.5", "-4.5"), "row 3, value: -4.5 N is below 0"),
        (GOOD.replace("4.5", "nan"), "row 3, value: Input should be a finite number"),
        (GOOD.replace("4.5", "x"), "row 3, value: Input should be a valid number"),
        (GOOD.replace(",8,", ",0,"), "row 3, formulation.ratio: Input should be greater than 0"),
        (GOOD.replace(",=,", ",~,"), "row 3, bound: Input should be"),
        (GOOD.replace(",here,", ",,"), "row 3, source: is missing"),
    ],
)
def test_a_faulty_observation_is_refused_with_file_row_and_field(tmp_path, row, fault):
    with pytest.raises(InputError) as error:
        load_observations(write(tmp_path, HEADER, GOOD, row))
    assert any(line.startswith(f"observations_new.csv {fault}") for line in error.value.faults), error.value.faults


def test_a_faulty_header_is_refused_with_every_fault(tmp_path):
    with pytest.raises(InputError) as error:
        load_observations(write(tmp_path, "cation,ligand,ratio,ratio,outcome,value,unit,level,origin"))
    told = " ".join(error.value.faults)
    assert "'ratio' stands 2 times" in told
    assert "'origin' is unknown" in told
    assert "'source' is missing" in told


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="'cation' is missing"):
        load_observations(write(tmp_path))


def test_a_ranking_of_something_against_itself_is_refused(tmp_path):
    header = "higher,lower,ligand,ratio,relation,outcome,level,source,note"
    with pytest.raises(InputError, match="ranks Fe3\\+ against itself"):
        load_rankings(write(tmp_path, header, "Fe3+,Fe3+,PAA,8,>,peel_force,lab,here,"))
    with pytest.raises(InputError, match="relation: Input should be"):
        load_rankings(write(tmp_path, header, "Fe3+,Ca2+,PAA,8,<,peel_force,lab,here,"))


def test_an_outcome_twice_is_refused(tmp_path):
    columns = ("name", "unit", "kind", "lower", "upper", "meaning")
    row = "density,g/cm^3,simulated,0,,Mass density."
    with pytest.raises(InputError, match="row 3, name: density stands in the table twice"):
        load_named(write(tmp_path, ",".join(columns), row, row), Outcome, columns)


def test_the_shipped_simulations_are_of_the_shipped_protocol_and_design():
    from ionlink.data.observation import canonical_conditions
    from ionlink.data.simulation_table import read_simulation_table
    from ionlink.simulate import load_protocol
    from ionlink.simulate.conditions import conditions_of

    simulated = [known for known in observations() if known.level == "screen"]
    assert {known.conditions for known in simulated} == {canonical_conditions(conditions_of(load_protocol("screen")))}
    assert {known.protocol for known in simulated} == {load_protocol("screen").hash}
    wanted = dict(read_simulation_table(DATA_FOLDER / "dataset_design.csv"))
    found = {known.formulation: known.replicates for known in simulated}
    assert found == {formulation: wanted[formulation] for formulation in found}
    assert len(found) >= 60
    assert all(known.standard_error is not None for known in simulated)
