"""What the kernel of pairs is made of: the columns of each part, its terms, and where their parameters are expected."""

import math

OXOPHILICITY_COLUMNS = ("charge", "octahedral_radius", "lennard_jones_radius", "log_k_hydrolysis", "hardness")
"""Of the two radii an `InputScaling` has one."""

SLOPE_COLUMNS = (*OXOPHILICITY_COLUMNS, "ionic_potential", "electron_affinity")
"""Properties of a cation that its slope in a linear free-energy relation may be linear in."""

FREE_ENERGY_COLUMNS = (
    *("acid_pka_sum", "amine_pka_sum", "chelate_pka_sum", "acidic_protons", "chelate_protons", "basic_denticity"),
    *("chelate_rings_5", "chelate_rings_6", "chelate_rings_7", "basic_chelating_pairs", "macrocycle"),
    *("chelating_pairs_oo", "chelating_pairs_no", "chelating_pairs_nn", "chelating_pairs_soft"),
    *("nitrogen_sites", "soft_sites"),
)
"""Descriptors of a ligand that stability is linear in, for one cation."""

IDENTITY_TERMS = {"cation": ("own_cation",), "ligand": ("own_ligand",)}
"""Terms that know one cation or ligand from all others, whatever its properties: no slope along any of them."""

SLOPES = ("slope", "soft_slope")
"""Linear kernels over `FREE_ENERGY_COLUMNS`, each with weights of its own."""

LENGTH_SCALE_PRIORS = {
    "oxophilic": (1.0, 0.1),
    "cation": (0.5, 1.0),
    "ligand": (1.0, 0.4),
    "ratio": (1.0, math.sqrt(3)),
}
"""Where length scales are expected, as shares of √d, and the standard deviation of their logarithm.

Around √d and broad as of Hvarfner, Hellsten and Nardi (ICML 2024, arXiv:2402.02229) where nothing speaks against it.
Tight over descriptors of members, because fifty of a hundred ligands, or four of fifty cations, fit anything: with √3,
members that were left out of stability constants were predicted worse, and ligands with too much certainty. Over the
few properties of oxophilicity they are all but given: hundreds of rows of some fifty cations make a likelihood sure of
which property counts, and cations that were left out were predicted 8 % worse where it had its way. The one length
scale over all of a cation's descriptors may be what it will."""

SIMULATED_LENGTH_SCALE_PRIORS = {"oxophilic": (1.0, 0.4)}
"""Of what was simulated, where charge and radius are all that a cation is and little is noise, it can be learned which
of them counts: as good as given, they made errors of the distance from a new cation to oxygen a third larger."""

EVEN = "cation"
"""Its descriptors share one length scale; all others have one each."""

VARIANCES = {
    "cation": 0.3,
    "ligand": 0.3,
    "pair": 0.1,
    "pair_soft": 0.1,
    "own_ligand": 0.1,
    "own_cation": 0.001,
    "slope": 0.1,
    "slope_oxophilic": 0.1,
    "slope_soft": 0.1,
    "slope_linear": 0.1,
}
"""Terms of the pair's kernel, with the variance that fitting starts from (of an outcome of variance 1)."""

SIMULATED_VARIANCES = {"cation_linear": 0.1}
"""A term of what was simulated: linear in the cation's charge and radius."""

RATIO_VARIANCES = {"ratio": 0.3, "cation_ratio": 0.1, "cation_soft_ratio": 0.1, "ligand_ratio": 0.1, "pair_ratio": 0.1}
"""Terms that depend on the ratio as well; left out where no ratio is known."""

COUNT_VARIANCES = {"count": 0.1, "cation_count": 0.1, "pair_count": 0.1}
"""Terms of what was simulated that are proportional to cations per donor group."""

VARIANCE_PRIOR = (-2.0, 2.0)
"""Mean and standard deviation of the logarithm of a variance: broad, a choice."""

WEIGHT_PRIOR = (0.5, 0.5)
"""The same for the weight of a column in the linear kernels, of columns scaled to the unit cube."""

LENGTH_SCALES = (0.1, 100.0)
"""Limits of length scales in the unit cube. A shorter one would make of a descriptor a name tag: it would tell the
cations of the training data apart and say nothing of any other."""

TERM_VARIANCES = (1e-6, 20.0)
WEIGHTS = (1e-3, 20.0)
"""Limits of variances and of weights, far beyond what is plausible: they keep the covariance invertible."""
