"""The network that cations tie chains into: cross-links, connected parts, loops.

Nodes of the network are chains and cations; a chain and a cation are joined by one edge where at least one donor group
of the chain is in the first shell of the cation, however many are. Periodic images are one and the same chain: a tie
of a chain to its own image counts as a tie within the chain, and a path through the boundary as any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ionlink.simulate.analysis.contacts import Contacts


@dataclass(frozen=True)
class Network:
    """The network in one frame."""

    chains_per_cation: NDArray[np.int64]
    """Different chains in the first shell of each cation, `cations`."""
    interchain_pairs: int
    """Pairs of donor groups of different chains on the same cation, summed over cations: cross-links."""
    intrachain_pairs: int
    """Pairs of donor groups of the same chain on the same cation, summed over cations: ties within a chain."""
    coordinated_groups: int
    """Donor groups that touch a cation."""
    chain_bridging_groups: int
    """Donor groups on a cation that also holds a donor group of another chain."""
    largest_connected_fraction: float
    """Share of all chains in the part of the network that has the most chains."""
    loops: int
    """Independent loops: edges − nodes + parts, the cycle rank of the graph."""


def network_of(touches: NDArray[np.bool_], chain_of_group: NDArray[np.int64], chains: int) -> Network:
    """The network of one frame.

    Args:
        touches: `cations x donor groups`, whether the group has an oxygen in the first shell of the cation.
        chain_of_group: chain of each donor group, `donor groups`.
        chains: all chains of the box.

    """
    membership = np.eye(chains, dtype=np.int64)[chain_of_group]
    groups_on = touches.astype(np.int64) @ membership  # cations x chains
    edges = groups_on > 0
    chains_per_cation = edges.sum(axis=1)
    intrachain = int(_pairs(groups_on).sum())
    parts, part_of_node = _parts(edges)
    return Network(
        chains_per_cation=chains_per_cation,
        interchain_pairs=int(_pairs(groups_on.sum(axis=1)).sum()) - intrachain,
        intrachain_pairs=intrachain,
        coordinated_groups=int(touches.any(axis=0).sum()),
        chain_bridging_groups=int(touches[chains_per_cation >= 2].any(axis=0).sum()),
        largest_connected_fraction=float(np.bincount(part_of_node[:chains]).max() / chains),
        loops=int(edges.sum()) - (chains + len(touches)) + parts,
    )


def network_outcomes(contacts: Contacts) -> Mapping[str, float]:
    """Means over the frames.

    Two meanings of bridging are kept apart: `bridging_fraction` (see `coordination_outcomes`) counts carboxylates on
    two cations, `chain_bridging_fraction` counts carboxylates that a cation ties to another chain.
    """
    frames = [network_of(touches, contacts.chain_of_group, contacts.chains) for touches in contacts.touches]
    cations = contacts.bonded.shape[1]
    interchain = float(np.mean([frame.interchain_pairs for frame in frames]))
    coordinated = sum(frame.coordinated_groups for frame in frames)
    bridging = sum(frame.chain_bridging_groups for frame in frames)
    return {
        "chains_per_cation": float(np.mean([float(np.mean(frame.chains_per_cation)) for frame in frames])),
        "crosslinking_cation_fraction": float(np.mean([(frame.chains_per_cation >= 2).mean() for frame in frames])),
        **({"chain_bridging_fraction": bridging / coordinated} if coordinated else {}),
        "interchain_crosslinks_per_cation": interchain / cations,
        "intrachain_ties_per_cation": float(np.mean([frame.intrachain_pairs for frame in frames])) / cations,
        "crosslinks_per_chain": interchain / contacts.chains,
        "largest_connected_fraction": float(np.mean([frame.largest_connected_fraction for frame in frames])),
        "loops_per_chain": float(np.mean([frame.loops for frame in frames])) / contacts.chains,
    }


def _pairs(count: NDArray[np.int64]) -> NDArray[np.int64]:
    return count * (count - 1) // 2


def _parts(edges: NDArray[np.bool_]) -> tuple[int, NDArray[np.int32]]:
    """Number of connected parts and the part of each node, chains first; `edges` is `cations x chains`."""
    cations, chains = edges.shape
    cation, chain = np.nonzero(edges)
    nodes = chains + cations
    graph = coo_array((np.ones(len(chain), dtype=np.int8), (chain, chains + cation)), shape=(nodes, nodes))
    parts, part_of_node = connected_components(graph, directed=False)
    return int(parts), part_of_node
