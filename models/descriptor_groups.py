"""Which of four groups each descriptor belongs to: what explanations are about.

The groups are those that the model case ends with (doi:10.1021/jacs.5c22740): "the effective charge density and ionic
radius of the metal ions, the nature and identity of the ligands, and the often-overlooked spatial configurations". What
donors are is a ligand's identity; how they are arranged in space, on the ligand and around cations, the configuration.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ionlink.data.errors import InputError
from ionlink.features.formulation_descriptors import CONDITION_DESCRIPTORS, RATIO_DESCRIPTOR
from ionlink.features.ligand_descriptors import LIGAND_DESCRIPTORS
from ionlink.models.inputs import CATION_COLUMNS, LIGAND_COLUMNS, InputScaling

CHARGE_DENSITY = "charge density"
IONIC_RADIUS = "ionic radius"
LIGAND_IDENTITY = "ligand identity"
SPATIAL_CONFIGURATION = "spatial configuration"

GROUPS = (CHARGE_DENSITY, IONIC_RADIUS, LIGAND_IDENTITY, SPATIAL_CONFIGURATION)

CATION_GROUPS = (CHARGE_DENSITY, IONIC_RADIUS)
"""Groups that come together in nature: a cation has one of each."""

CATION, LIGAND, RATIO = PARTS = ("cation", "ligand", "ratio")
"""Parts of a formulation that exist by themselves; what else is set at the bench goes with the ratio."""

PLAYERS = (
    (CHARGE_DENSITY, CATION),
    (IONIC_RADIUS, CATION),
    (LIGAND_IDENTITY, LIGAND),
    (SPATIAL_CONFIGURATION, LIGAND),
    (SPATIAL_CONFIGURATION, RATIO),
)
"""Group and part of the finest sets of descriptors that are moved together: unions of them are groups, or parts."""

GEOMETRY = frozenset(
    {
        # How far donors lie apart on the chain, how far out, how many at one place, and how freely they move.
        "molar_mass_per_donor",
        "backbone_bonds_per_donor",
        "spacer_bonds",
        "donors_per_anchor",
        "rotatable_bonds_per_donor",
        # How many of them one cation can reach at once, and in what rings.
        *("chelate_rings_4", "chelate_rings_5", "chelate_rings_6", "chelate_rings_7"),
        *("chelating_pairs_oo", "chelating_pairs_no", "chelating_pairs_nn", "chelating_pairs_soft"),
        *("basic_chelating_pairs", "denticity", "basic_denticity", "macrocycle"),
    }
)
"""Descriptors of a ligand that say how its donors are arranged; the others say what they are."""

GROUP_OF: Mapping[str, str] = MappingProxyType(
    {
        # How strongly the ion pulls on electrons. Charge over size is the definition; hardness and electronegativity
        # are of the same pull, on the electrons that the ion keeps and on those that it shares.
        "charge": CHARGE_DENSITY,
        "ionic_potential": CHARGE_DENSITY,
        "z2_over_r": CHARGE_DENSITY,
        "hardness": CHARGE_DENSITY,
        "electronegativity": CHARGE_DENSITY,
        "log_k_hydrolysis": CHARGE_DENSITY,
        "hydration_free_energy": CHARGE_DENSITY,
        "d_electrons": CHARGE_DENSITY,
        "ionisation_energy": CHARGE_DENSITY,
        "electron_affinity": CHARGE_DENSITY,
        "misono_softness": CHARGE_DENSITY,
        # How much room the ion takes and leaves: Shannon's radius is for a coordination number, and grows with it.
        "ionic_radius": IONIC_RADIUS,
        "octahedral_radius": IONIC_RADIUS,
        "lennard_jones_radius": IONIC_RADIUS,
        "cation_molar_mass": IONIC_RADIUS,  # of what fills the room: it counts where a density does
        "coordination_number": IONIC_RADIUS,
        **{
            descriptor.name: SPATIAL_CONFIGURATION if descriptor.name in GEOMETRY else LIGAND_IDENTITY
            for descriptor in LIGAND_DESCRIPTORS
        },
        # Donor groups per cation set how densely cross-links lie. What else a chemist sets at the bench goes with it,
        # as in the kernel, rather than into a group of its own that is empty nearly everywhere.
        RATIO_DESCRIPTOR.name: SPATIAL_CONFIGURATION,
        **{descriptor.name: SPATIAL_CONFIGURATION for descriptor in CONDITION_DESCRIPTORS},
    }
)
"""Group of each descriptor. Every column of `FormulationDescriptors` has one."""


def group_of(descriptor: str) -> str:
    """Group of a descriptor.

    Raises:
        InputError: it has none yet.

    """
    if descriptor not in GROUP_OF:
        raise InputError(
            f"descriptor '{descriptor}' is in none of the groups {', '.join(GROUPS)}; give it one in GROUP_OF"
        )
    return GROUP_OF[descriptor]


def part_of(descriptor: str) -> str:
    """Part of a formulation that a descriptor is of."""
    return CATION if descriptor in CATION_COLUMNS else LIGAND if descriptor in LIGAND_COLUMNS else RATIO


def input_players(scaling: InputScaling) -> tuple[tuple[str, str], ...]:
    """Which of `PLAYERS` each of the `d` model inputs belongs to."""
    return tuple((group_of(name), part_of(name)) for name in input_descriptors(scaling))


def input_descriptors(scaling: InputScaling) -> tuple[str, ...]:
    """Descriptor that each of the `d` model inputs tells of; a flag for an unknown value tells of its descriptor."""
    return (*scaling.columns[:-1], *scaling.flagged, scaling.columns[-1])


def input_groups(scaling: InputScaling) -> tuple[str, ...]:
    """Group of each of the `d` model inputs."""
    return tuple(group_of(name) for name in input_descriptors(scaling))
