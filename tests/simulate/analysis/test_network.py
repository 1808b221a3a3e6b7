"""Cross-links, connected parts and loops of networks that can be drawn on paper."""

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.simulate.analysis.network import network_of, network_outcomes


def one_oxygen(*groups):
    return [(group, 0) for group in groups]


def test_two_chains_on_one_cation_are_one_cross_link_and_no_loop(contacts):
    found = network_outcomes(contacts([[one_oxygen(0, 1)]], [0, 1]))
    assert found == {
        "chains_per_cation": 2,
        "crosslinking_cation_fraction": 1,
        "chain_bridging_fraction": 1,
        "interchain_crosslinks_per_cation": 1,
        "intrachain_ties_per_cation": 0,
        "crosslinks_per_chain": 0.5,
        "largest_connected_fraction": 1,
        "loops_per_chain": 0,
    }


def test_one_chain_twice_on_one_cation_is_a_tie_within_the_chain(contacts):
    found = network_outcomes(contacts([[one_oxygen(0, 1)]], [0, 0], chains=2))
    assert (found["interchain_crosslinks_per_cation"], found["intrachain_ties_per_cation"]) == (0, 1)
    assert found["crosslinking_cation_fraction"] == 0
    assert found["chain_bridging_fraction"] == 0
    assert found["largest_connected_fraction"] == 0.5


def test_a_square_of_two_chains_and_two_cations_is_one_loop(contacts):
    found = network_outcomes(contacts([[one_oxygen(0, 1), one_oxygen(2, 3)]], [0, 1, 0, 1]))
    assert found["loops_per_chain"] == 0.5
    assert found["largest_connected_fraction"] == 1


def test_several_groups_of_a_chain_on_a_cation_make_one_edge(contacts):
    found = network_outcomes(contacts([[one_oxygen(0, 1, 2)]], [0, 0, 1]))
    assert found["loops_per_chain"] == 0
    assert (found["interchain_crosslinks_per_cation"], found["intrachain_ties_per_cation"]) == (2, 1)


def test_chelating_oxygens_are_one_donor_group(contacts):
    found = network_outcomes(contacts([[[(0, 0), (0, 1), (1, 0)]]], [0, 1]))
    assert found["interchain_crosslinks_per_cation"] == 1


def test_a_carboxylate_on_two_cations_bridges_cations_and_not_chains(contacts):
    found = network_outcomes(contacts([[[(0, 0)], [(0, 1)]]], [0]))
    assert found["chain_bridging_fraction"] == 0
    assert found["crosslinks_per_chain"] == 0


def test_without_a_bond_every_chain_stands_alone(contacts):
    found = network_outcomes(contacts([[[], []]], [0, 1, 2, 3]))
    assert found["largest_connected_fraction"] == 0.25
    assert found["loops_per_chain"] == 0
    assert "chain_bridging_fraction" not in found


def test_frames_are_averaged(contacts):
    tied, free = [one_oxygen(0, 1)], [one_oxygen(0)]
    found = network_outcomes(contacts([tied, free], [0, 1]))
    assert found["interchain_crosslinks_per_cation"] == 0.5
    assert found["largest_connected_fraction"] == 0.75
    assert found["chain_bridging_fraction"] == pytest.approx(2 / 3)


@st.composite
def random_touches(draw):
    chains, cations, groups = draw(st.integers(1, 6)), draw(st.integers(1, 5)), draw(st.integers(1, 12))
    chain_of_group = draw(st.lists(st.integers(0, chains - 1), min_size=groups, max_size=groups))
    touches = draw(st.lists(st.booleans(), min_size=cations * groups, max_size=cations * groups))
    return np.array(touches).reshape(cations, groups), np.array(chain_of_group), chains


@given(random_touches())
def test_any_network_agrees_with_a_graph_library_and_with_itself(drawn):
    touches, chain_of_group, chains = drawn
    found = network_of(touches, chain_of_group, chains)
    graph = networkx.Graph()
    graph.add_nodes_from(("chain", chain) for chain in range(chains))
    graph.add_nodes_from(("cation", cation) for cation in range(len(touches)))
    pairs = zip(*np.nonzero(touches), strict=True)
    graph.add_edges_from((("cation", int(cation)), ("chain", int(chain_of_group[group]))) for cation, group in pairs)
    parts = [{node for node in part if node[0] == "chain"} for part in networkx.connected_components(graph)]
    assert found.loops == len(networkx.cycle_basis(graph))
    assert found.largest_connected_fraction == max(map(len, parts)) / chains
    held = touches.sum(axis=1)
    assert found.interchain_pairs + found.intrachain_pairs == (held * (held - 1) // 2).sum()
    assert found.chain_bridging_groups <= found.coordinated_groups
    assert (found.interchain_pairs > 0) == bool((found.chains_per_cation >= 2).any())
