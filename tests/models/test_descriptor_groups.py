import pytest

from ionlink.data import Formulation, InputError
from ionlink.features import FormulationDescriptors
from ionlink.models.descriptor_groups import (
    GROUP_OF,
    GROUPS,
    LIGAND_IDENTITY,
    PLAYERS,
    SPATIAL_CONFIGURATION,
    group_of,
    input_descriptors,
    input_groups,
    input_players,
)
from ionlink.models.inputs import InputScaling


def test_every_descriptor_has_a_group():
    assert {group_of(name) for name in FormulationDescriptors().get_feature_names_out()} == set(GROUPS)


@pytest.mark.parametrize(
    ("descriptor", "group"),
    [
        ("donor_pka", LIGAND_IDENTITY),
        ("sites_carboxylate", LIGAND_IDENTITY),
        ("chelate_pka_sum", LIGAND_IDENTITY),
        ("aromatic_fraction", LIGAND_IDENTITY),
        ("spacer_bonds", SPATIAL_CONFIGURATION),
        ("donors_per_anchor", SPATIAL_CONFIGURATION),
        ("rotatable_bonds_per_donor", SPATIAL_CONFIGURATION),
        ("chelate_rings_5", SPATIAL_CONFIGURATION),
        ("denticity", SPATIAL_CONFIGURATION),
        ("log10_ratio", SPATIAL_CONFIGURATION),
    ],
)
def test_how_donors_are_arranged_is_configuration_and_what_they_are_is_identity(descriptor, group):
    assert group_of(descriptor) == group


def test_no_group_is_for_a_descriptor_that_is_gone():
    names = [
        FormulationDescriptors(conditions=True, simulated=simulated).get_feature_names_out()
        for simulated in (False, True)
    ]
    assert set(GROUP_OF) == {*names[0], *names[1]}


def test_a_descriptor_without_a_group_is_named():
    with pytest.raises(InputError, match="'colour' is in none of the groups charge density, "):
        group_of("colour")


def test_every_input_has_the_group_of_its_descriptor():
    scaling = InputScaling.of([Formulation(cation="Fe3+", ligand="PAA", ratio=r) for r in (8, 60)])
    names = input_descriptors(scaling)
    assert len(names) == len(input_groups(scaling)) == scaling.dimension
    assert set(input_players(scaling)) == set(PLAYERS)
    known, unknown = scaling.transform([Formulation(cation=c, ligand="PAA", ratio=8) for c in ("Fe3+", "VO2+")])
    flags = range(len(scaling.columns) - 1, scaling.dimension - 1)
    assert {names[place] for place in flags if unknown[place] > known[place]} <= set(scaling.flagged)
    assert names[-1] == "log10_ratio"
