"""What ligands offer a cation, against what every textbook says of them."""

import numpy as np
import pytest
from pydantic import ValidationError
from rdkit import Chem

from ionlink.data import ligands, stability_constants
from ionlink.data.binding_site import BindingSite, binding_sites
from ionlink.data.repeat_unit import chain, read_repeat_unit
from ionlink.features.binding_descriptors import (
    BINDING_DESCRIPTORS,
    describe_molecule_binding,
    describe_polymer_binding,
)
from ionlink.features.sites import find_sites

NAMES = [x.name for x in BINDING_DESCRIPTORS]
KINDS = [f"sites_{name}" for name in binding_sites()]

EDTA = "OC(=O)CN(CCN(CC(=O)O)CC(=O)O)CC(=O)O"
CROWN = "C1COCCOCCOCCOCCOCCO1"
TIRON = "Oc1cc(S(=O)(=O)O)cc(S(=O)(=O)O)c1O"
CHROMOTROPATE = "OS(=O)(=O)c1cc(O)c2c(O)cc(S(=O)(=O)O)cc2c1"
APIONOL = "Oc1ccc(O)c(O)c1O"
BENZENEHEXOL = "Oc1c(O)c(O)c(O)c(O)c1O"
TRIHYDROXYBENZOATE = "OC(=O)c1ccc(O)c(O)c1O"
DTPA = "OC(=O)CN(CCN(CC(=O)O)CC(=O)O)CCN(CC(=O)O)CC(=O)O"
DOTA = "OC(=O)CN1CCN(CC(=O)O)CCN(CC(=O)O)CCN(CC(=O)O)CC1"
TARTRATE = "OC(=O)C(O)C(O)C(=O)O"
GLUCONATE = "OCC(O)C(O)C(O)C(O)C(=O)O"
GLA = "NC(CC(C(=O)O)C(=O)O)C(=O)O"
"""gamma-Carboxyglutamate: a glycinate at one end and a malonate at the other, as many donors each."""

MOLECULES = {
    "acetate": ("CC(=O)O", {"sites_carboxylate": 1, "denticity": 1, "acidic_protons": 1, "chelate_rings_5": 0}),
    "oxalate": (
        "OC(=O)C(=O)O",
        {"sites_carboxylate": 2, "denticity": 2, "chelate_rings_5": 1, "chelating_pairs_oo": 1},
    ),
    "malonate": ("OC(=O)CC(=O)O", {"denticity": 2, "chelate_rings_5": 0, "chelate_rings_6": 1}),
    "succinate": ("OC(=O)CCC(=O)O", {"chelate_rings_7": 1, "denticity": 1, "acidic_protons": 2}),
    "maleate": (r"OC(=O)/C=C\C(=O)O", {"chelate_rings_7": 1}),
    "fumarate": ("OC(=O)/C=C/C(=O)O", {"chelate_rings_7": 0}),
    "mesaconate": (r"C/C(=C\C(=O)O)C(=O)O", {"chelate_rings_7": 0}),
    "trans-aconitate": (r"OC(=O)C/C(=C\C(=O)O)C(=O)O", {"chelate_rings_7": 1}),  # by the carboxymethyl group alone
    "glycinate": ("NCC(=O)O", {"sites_primary_amine": 1, "chelate_rings_5": 1, "chelating_pairs_no": 1}),
    "ethylenediamine": ("NCCN", {"chelating_pairs_nn": 1, "acidic_protons": 0}),
    "NTA": ("OC(=O)CN(CC(=O)O)CC(=O)O", {"denticity": 4, "chelate_rings_5": 3, "chelate_protons": 3}),
    "EDTA": (
        EDTA,
        {"denticity": 6, "chelate_rings_5": 5, "chelating_pairs_no": 4, "chelating_pairs_nn": 1, "chelate_rings_6": 0},
    ),
    "tiron": (
        TIRON,
        {"sites_catecholate": 1, "sites_sulfonate": 2, "sites_phenolate": 0, "acidic_protons": 4}
        | {"basic_denticity": 2, "chelate_rings_5": 1},
    ),
    "catechol": (
        "Oc1ccccc1O",
        {"sites_catecholate": 1, "acidic_protons": 2, "acid_pka_sum": 9.4 + 13.3}
        | {"denticity": 2, "basic_denticity": 2, "chelate_rings_5": 1, "chelating_pairs_oo": 1},
    ),
    "maltol": ("Cc1occc(=O)c1O", {"denticity": 2, "chelate_rings_5": 1, "chelate_protons": 1}),
    "methanesulfonate": ("CS(=O)(=O)O", {"acidic_protons": 1, "acid_pka_sum": 0, "basic_denticity": 0}),
    "sulfate": (
        "OS(=O)(=O)O",
        {"sites_sulfonate": 1, "sites_sulfate": 1, "sites_oxygen": 0, "acidic_protons": 2, "acid_pka_sum": 1.99},
    ),
    "methyl sulfate": ("COS(=O)(=O)O", {"sites_sulfonate": 1, "sites_sulfate": 0, "acidic_protons": 1}),
    "phosphate": (
        "OP(=O)(O)O",
        {"sites_phosphonate": 1, "sites_orthophosphate": 1, "acidic_protons": 3, "acid_pka_sum": 2.1 + 7.2 + 12.375},
    ),
    "methyl phosphate": ("COP(=O)(O)O", {"sites_phosphonate": 1, "sites_orthophosphate": 0, "acidic_protons": 2}),
    "phosphonoformate": (
        "OC(=O)P(=O)(O)O",
        {"sites_carboxylate": 1, "sites_phosphonate": 1, "acidic_protons": 3, "chelate_rings_5": 1, "denticity": 2},
    ),
    "pyrophosphate": ("OP(=O)(O)OP(=O)(O)O", {"sites_phosphonate": 2, "sites_orthophosphate": 0, "acidic_protons": 4}),
    "itaconate": (
        "C=C(CC(=O)O)C(=O)O",
        {"sites_alkene": 1, "chelate_rings_5": 0, "chelate_rings_7": 1, "denticity": 1},
    ),
    "acetohydroxamate": (
        "CC(=O)NO",
        {"sites_hydroxamate": 1, "sites_amide": 0, "acidic_protons": 1, "denticity": 2, "chelate_rings_5": 1},
    ),
    "dimethylglyoximate": (
        "CC(=NO)C(C)=NO",
        {"sites_oximate": 2, "sites_oxygen": 0, "denticity": 2, "chelating_pairs_nn": 1, "chelating_pairs_no": 0},
    ),
    "salicylaldoximate": (
        "ON=Cc1ccccc1O",
        {"sites_oximate": 1, "sites_oxygen": 0, "denticity": 2, "chelating_pairs_no": 1, "chelate_rings_6": 1},
    ),
    "1-hydroxy-2-pyridonate": (
        "O=c1ccccn1O",
        {"sites_hydroxamate": 1, "acidic_protons": 1, "denticity": 2, "basic_denticity": 2, "chelate_rings_5": 1},
    ),
    "acetylacetonate": (
        "CC(=O)CC(C)=O",
        {"sites_diketonate": 1, "sites_carbonyl": 0, "acidic_protons": 1, "acid_pka_sum": 9.0}
        | {"denticity": 2, "basic_denticity": 2, "chelate_rings_6": 1, "chelating_pairs_oo": 1},
    ),
    # no proton between the carbonyls, and carbonyls of one ring, which point away from each other
    "3,3-dimethylpentanedione": ("CC(=O)C(C)(C)C(C)=O", {"sites_diketonate": 0, "acidic_protons": 0}),
    "cyclohexane-1,3-dione": ("O=C1CCCC(=O)C1", {"sites_diketonate": 0}),
    "salicylate": ("OC(=O)c1ccccc1O", {"sites_salicylate_phenolate": 1, "sites_carboxylate": 1, "chelate_rings_6": 1}),
    "histidinate": (
        "NC(Cc1c[nH]cn1)C(=O)O",
        {"sites_imidazole": 1, "chelate_rings_5": 1, "chelate_rings_6": 1, "denticity": 3, "nitrogen_sites": 2},
    ),
    "arginate": ("N=C(N)NCCCC(N)C(=O)O", {"nitrogen_sites": 1, "denticity": 2}),
    "biguanide": ("N=C(N)NC(=N)N", {"sites_imine": 2, "chelate_rings_6": 1, "denticity": 2}),
    "cysteine": ("NC(CS)C(=O)O", {"sites_thiolate": 1, "soft_sites": 1, "chelating_pairs_soft": 2, "denticity": 3}),
    "18-crown-6": (CROWN, {"sites_ether": 6, "macrocycle": 1, "denticity": 6, "basic_denticity": 0}),
    "methylphosphonate": ("CP(=O)(O)O", {"sites_phosphonate": 1, "acidic_protons": 2}),
    "bipyridine": ("c1ccnc(c1)-c1ccccn1", {"sites_pyridine": 2, "chelate_rings_5": 1, "chelating_pairs_nn": 1}),
    "phenanthroline": ("c1cnc2c(c1)ccc1cccnc12", {"chelate_rings_5": 1, "denticity": 2}),
    "oxinate": ("Oc1cccc2cccnc12", {"chelate_rings_5": 1, "chelating_pairs_no": 1, "denticity": 2}),
    "chromotropate": (CHROMOTROPATE, {"sites_phenolate": 2, "chelate_rings_6": 1, "basic_denticity": 2}),
    "picolinate": ("OC(=O)c1ccccn1", {"chelate_rings_5": 1, "chelating_pairs_no": 1, "denticity": 2}),
    # one proton for both nitrogens, and hardly one where a carbonyl takes their electrons
    "hydrazine": ("NN", {"sites_hydrazine": 1, "amine_pka_sum": 8.0, "denticity": 1}),
    "acetohydrazide": ("CC(=O)NN", {"amine_pka_sum": 3.2, "sites_hydrazine": 0, "denticity": 2, "chelate_rings_5": 1}),
    "carbohydrazide": ("NNC(=O)NN", {"sites_hydrazide": 2, "denticity": 2}),
    "hydroxylamine": ("NO", {"sites_hydroxylamine": 1, "sites_oxygen": 0, "amine_pka_sum": 5.96, "acidic_protons": 0}),
    # vinylogous carboxylic acids
    "ascorbate": ("OCC(O)C1OC(=O)C(O)=C1O", {"sites_reductone": 1, "acid_pka_sum": 4.1 + 11.8, "denticity": 2}),
    "chloranilate": (
        "OC1=C(Cl)C(=O)C(O)=C(Cl)C1=O",
        {"sites_hydroxyquinone": 2, "acidic_protons": 2, "acid_pka_sum": 8.0, "chelate_rings_5": 2, "denticity": 2},
    ),
    "juglone": ("O=C1C=CC(=O)c2c(O)cccc12", {"sites_hydroxyquinone": 0, "sites_phenolate": 1, "chelate_rings_6": 1}),
    # on one flat ring, and so far apart that no cation reaches both
    "nicotinate": ("OC(=O)c1cccnc1", {"chelate_rings_6": 0, "chelating_pairs_no": 0, "denticity": 1}),
    "resorcinolate": ("Oc1cccc(O)c1", {"chelate_rings_6": 0, "denticity": 1, "acidic_protons": 2}),
    "hydroquinone": ("Oc1ccc(O)cc1", {"chelate_rings_7": 0, "denticity": 1}),
    "pyrazine": ("c1cnccn1", {"sites_pyrazine": 1, "chelate_rings_5": 0, "denticity": 1}),
    "bipyrimidine": ("c1cnc(nc1)-c1ncccn1", {"sites_pyrimidine": 2, "chelate_rings_5": 1, "denticity": 2}),
    "pyridylbenzimidazole": (
        "c1ccnc(c1)-c1nc2ccccc2[nH]1",
        {"denticity": 2, "sites_pyridine": 1, "sites_benzimidazole": 1},
    ),
    "pyridyltriazole": ("Cn1cc(nn1)-c1ccccn1", {"sites_vicinal_triazole": 1, "denticity": 2, "chelate_rings_5": 1}),
    "tris(pyrazolyl)methane": ("c1cnn(c1)C(n1cccn1)n1cccn1", {"sites_pyrazole": 3, "denticity": 3}),
    # an amine beside or across a ring nitrogen gives its pair to the ring, which is what is protonated and binds
    "2-aminopyridine": ("Nc1ccccn1", {"sites_aniline": 0, "nitrogen_sites": 1}),
    "4-aminopyridine": ("Nc1ccncc1", {"sites_aniline": 0, "nitrogen_sites": 1}),
    "3-aminopyridine": ("Nc1cccnc1", {"sites_aniline": 1, "nitrogen_sites": 2}),
    "8-aminoquinoline": ("Nc1cccc2cccnc12", {"sites_aniline": 1, "chelating_pairs_nn": 1, "denticity": 2}),
    "dipyridylamine": ("c1ccnc(c1)Nc1ccccn1", {"sites_aniline": 0, "chelate_rings_6": 1, "denticity": 2}),
    "melamine": ("Nc1nc(N)nc(N)n1", {"sites_triazine": 1, "nitrogen_sites": 1, "amine_pka_sum": 0}),
}

AROMATIC_BASES = {
    # Perrin 1965, A. Albert in Physical Methods in Heterocyclic Chemistry 1 (1963), doi:10.1016/S0065-2725(08)60162-2
    "imidazole": ("c1c[nH]cn1", 6.99),
    "1-methylimidazole": ("Cn1ccnc1", 6.95),
    "pyrazole": ("c1cn[nH]c1", 2.49),
    "1-methylpyrazole": ("Cn1cccn1", 2.04),
    "1-methyl-1,2,3-triazole": ("Cn1ccnn1", 1.25),
    "thiazole": ("c1cscn1", 2.44),
    "oxazole": ("c1cocn1", 0.8),
    "isoxazole": ("c1cnoc1", -3.0),
    "isothiazole": ("c1cnsc1", -0.5),
    "1-methyltetrazole": ("Cn1cnnn1", -3.0),
    "benzimidazole": ("c1ccc2[nH]cnc2c1", 5.53),
    "benzothiazole": ("c1ccc2scnc2c1", 1.2),
    "benzoxazole": ("c1ccc2ocnc2c1", -0.1),
    "indazole": ("c1ccc2[nH]ncc2c1", 1.22),
    "pyridine": ("c1ccncc1", 5.23),
    "quinoline": ("c1ccc2ncccc2c1", 4.9),
    "acridine": ("c1ccc2nc3ccccc3cc2c1", 5.6),
    "pyridazine": ("c1ccnnc1", 2.24),
    "cinnoline": ("c1ccc2nnccc2c1", 2.27),
    "pyrimidine": ("c1cncnc1", 1.23),
    "pyrazine": ("c1cnccn1", 0.65),
    "quinoxaline": ("c1ccc2nccnc2c1", 0.6),
    "phenazine": ("c1ccc2nc3ccccc3nc2c1", 1.2),
    "tetrazine": ("c1nncnn1", -1.0),
    "cytosine": ("Nc1cc[nH]c(=O)n1", 4.6),
    "purine": ("c1ncc2[nH]cnc2n1", 2.4),
}
"""pKa of the first proton that they take up."""

AZOLE_ACIDS = {
    "tetrazole": ("c1nnn[nH]1", 4.9),
    "5-aminotetrazole": ("Nc1nnn[nH]1", 6.0),
    "benzotriazole": ("c1ccc2[nH]nnc2c1", 8.4),
    "1,2,3-triazole": ("c1c[nH]nn1", 9.51),
    "1,2,4-triazole": ("c1nc[nH]n1", 10.3),
}
"""pKa of the proton that they lose; imidazole and pyrazole lose theirs at 14 and keep it."""

ACIDS = {
    # as of Harris, Quantitative Chemical Analysis, appendix G, and the CRC Handbook: what they lose in water
    "sulfurous": ("OS(=O)O", [1.86, 7.17]),
    "benzenesulfinic": ("OS(=O)c1ccccc1", [2.76]),
    "thiosulfuric": ("OS(=O)(=O)S", [0.6, 1.72]),
    "sulfuric": ("OS(=O)(=O)O", [-3, 1.99]),
    "selenic": ("O[Se](=O)(=O)O", [-3, 1.7]),
    "selenious": ("O[Se](=O)O", [2.63, 8.4]),
    "benzeneseleninic": ("O[Se](=O)c1ccccc1", [4.8]),
    "arsenic": ("O[As](=O)(O)O", [2.24, 6.96, 11.5]),
    "methylarsonic": ("C[As](=O)(O)O", [3.6, 8.2]),
    "cacodylic": ("C[As](C)(=O)O", [6.27]),
    "arsenious": ("O[As](O)O", [9.29]),
    "phosphoric": ("OP(=O)(O)O", [2.15, 7.2, 12.375]),
    "phosphorous": ("O[PH](=O)O", [1.3, 6.7]),
    "hypophosphorous": ("O[PH2]=O", [1.2]),
    "dimethylphosphinic": ("CP(C)(=O)O", [3.1]),
    "carbonic": ("OC(=O)O", [6.35, 10.33]),
    "boric": ("OB(O)O", [9.236]),
    "phenylboronic": ("OB(O)c1ccccc1", [8.8]),
    "nitrous": ("ON=O", [3.29]),
    "nitric": ("O[N+](=O)[O-]", [-1.4]),
    "cupferron": ("ON(N=O)c1ccccc1", [4.2]),
    "thiocyanic": ("SC#N", [-1.8]),
    "cyanic": ("OC#N", [3.46]),
    "hydrocyanic": ("C#N", [9.21]),
    "hydrazoic": ("N=[N+]=[N-]", [4.6]),
    "hydrogen sulfide": ("S", [7.02]),
    "selenocysteamine": ("NCC[SeH]", [5.0]),
    "thiophenol": ("Sc1ccccc1", [6.62]),
    "ethanethiol": ("CCS", [10.6]),
    "thioacetic": ("CC(=O)S", [3.33]),
    "dithioacetic": ("CC(=S)S", [2.55]),
    "diethyldithiocarbamic": ("CCN(CC)C(=S)S", [3.38]),
    "ethylxanthic": ("CCOC(=S)S", [2.47]),
    "trithiocarbonic": ("SC(=S)S", [2.7, 8.2]),
    "diethyl dithiophosphoric": ("CCOP(=S)(S)OCC", [1.6]),
}
"""pKa of the protons that they lose."""

DENTICITIES = {
    # what the chelate effect is taught with
    "EDTA": (EDTA, 6, 6),
    "DTPA": (DTPA, 8, 8),
    "DOTA": (DOTA, 8, 8),
    "NOTA": ("OC(=O)CN1CCN(CC(=O)O)CCN(CC(=O)O)CC1", 6, 6),
    "EGTA": ("OC(=O)CN(CCOCCOCCN(CC(=O)O)CC(=O)O)CC(=O)O", 8, 6),
    "EDDS": ("OC(=O)CC(NCCNC(CC(=O)O)C(=O)O)C(=O)O", 6, 6),
    "EDDHA": ("OC(=O)C(NCCNC(c1ccccc1O)C(=O)O)c1ccccc1O", 6, 6),
    "NTMP": ("OP(=O)(O)CN(CP(=O)(O)O)CP(=O)(O)O", 4, 4),
    "terpyridine": ("c1ccnc(c1)-c1cccc(n1)-c1ccccn1", 3, 3),
    "dipicolinate": ("OC(=O)c1cccc(n1)C(=O)O", 3, 3),
    "salen": ("Oc1ccccc1C=NCCN=Cc1ccccc1O", 4, 4),
    "cyclam": ("C1CNCCNCCCNCCNC1", 4, 4),
    "18-crown-6": (CROWN, 6, 0),
    "cryptand 2.2.2": ("C1COCCOCCN2CCOCCOCCN1CCOCCOCC2", 8, 2),
    "triphosphate": ("OP(=O)(O)OP(=O)(O)OP(=O)(O)O", 3, 3),
    "etidronate": ("CC(O)(P(=O)(O)O)P(=O)(O)O", 3, 2),
    # three of the four bonds of a carbon lead to one cation, not all four
    "citrate": ("OC(=O)CC(O)(CC(=O)O)C(=O)O", 3, 2),
    "tris": ("NC(CO)(CO)CO", 3, 1),
    # the best of three in a plane
    "pyrogallol": ("Oc1cccc(O)c1O", 2, 2),
    "gallate": ("OC(=O)c1cc(O)c(O)c(O)c1", 2, 2),
    "2,3-dihydroxybenzoate": ("OC(=O)c1cccc(O)c1O", 2, 2),
    "alizarin": ("O=C1c2ccccc2C(=O)c2c1ccc(O)c2O", 2, 2),
    "salicylhydroxamate": ("ONC(=O)c1ccccc1O", 2, 2),
    "N-hydroxysuccinimide": ("O=C1CCC(=O)N1O", 2, 2),
    "squarate": ("O=c1c(O)c(O)c1=O", 2, 2),
    "croconate": ("O=c1c(O)c(O)c(=O)c1=O", 2, 2),
    "barbiturate": ("O=C1CC(=O)NC(=O)N1", 1, 0),
    # as many as the highest coordination number
    "a longer crown ether": (f"C1C{'OCC' * 15}O1", 12, 0),
    "an oligoamine": (f"N{'CCN' * 14}", 12, 12),
    # of two donors on each other one
    "PAN": ("Oc1ccc2ccccc2c1N=Nc1ccccn1", 3, 2),
    "azo dye": ("Oc1ccc2ccccc2c1N=Nc1ccccc1O", 3, 2),
    # hydrazones and siderophores
    "salicylaldehyde acetylhydrazone": ("CC(=O)NN=Cc1ccccc1O", 3, 1),
    "picolinaldehyde thiosemicarbazone": ("NC(=S)NN=Cc1ccccn1", 3, 1),
    "nicotianamine": ("NC(CCNC(CCN1CCC1C(=O)O)C(=O)O)C(=O)O", 6, 6),
    "mugineate": ("OC(C(NCCC(O)C(=O)O)C(=O)O)CN1CCC1C(=O)O", 6, 5),
    "deferasirox": ("OC(=O)c1ccc(cc1)-n1nc(nc1-c1ccccc1O)-c1ccccc1O", 3, 3),
    "deferiprone": ("Cc1n(C)ccc(=O)c1O", 2, 2),
    # neighbours that send three branches each
    "tartrate": ("OC(=O)C(O)C(O)C(=O)O", 3, 2),
    "inositol": ("OC1C(O)C(O)C(O)C(O)C1O", 3, 0),
}
"""Donors on one cation, and those of them that are basic."""

TAUTOMERS = [
    ("CC(=O)NO", "CC(O)=NO"),
    ("CC(=O)CC(C)=O", "CC(=O)C=C(C)O"),
    ("NC(Cc1c[nH]cn1)C(=O)O", "NC(Cc1cnc[nH]1)C(=O)O"),  # histidine
    ("N=C(N)NCCCC(N)C(=O)O", "NC(N)=NCCCC(N)C(=O)O"),  # arginine
    ("Nc1ncnc2[nH]cnc12", "Nc1ncnc2nc[nH]c12"),  # adenine
    ("c1ccnc(c1)-c1cc[nH]n1", "c1ccnc(c1)-c1ccn[nH]1"),  # a pyridylpyrazole
    ("O[PH](=O)O", "OP(O)O"),  # phosphorous acid
    ("SC#N", "N=C=S"),  # thiocyanic acid
    ("OC#N", "N=C=O"),  # cyanic acid
    ("CC(=O)S", "CC(O)=S"),  # thioacetic acid
    ("OS(=O)(=O)S", "OS(O)(=O)=S"),  # thiosulfuric acid
    ("ON(N=O)c1ccccc1", "[O-][N+](=NO)c1ccccc1"),  # cupferron
    ("c1nc[nH]n1", "c1nnc[nH]1"),  # 1,2,4-triazole
    ("c1c[nH]nn1", "c1cn[nH]n1"),  # 1,2,3-triazole
    ("c1nnn[nH]1", "c1nn[nH]n1"),  # tetrazole
    ("c1ccc2[nH]nnc2c1", "c1ccc2n[nH]nc2c1"),  # benzotriazole
    ("c1ccc2[nH]ncc2c1", "c1ccc2n[nH]cc2c1"),  # indazole
    ("Cc1cccc2[nH]cnc12", "Cc1cccc2nc[nH]c12"),  # a methylbenzimidazole
]


def of_molecule(smiles):
    return dict(zip(NAMES, describe_molecule_binding(smiles), strict=True))


def of_polymer(name):
    return dict(zip(NAMES, describe_polymer_binding(ligands()[name].repeat_unit_smiles), strict=True))


@pytest.mark.parametrize("name", MOLECULES)
def test_known_chemistry(name):
    smiles, expected = MOLECULES[name]
    found = of_molecule(smiles)
    assert {key: found[key] for key in expected} == pytest.approx(expected)


def test_a_donor_that_waits_beside_a_chelate_counts_with_its_charge_and_not_as_one_that_binds():
    """The third carboxylate of citrate; malate has no such one, and tricarballylate closes no ring of five or six."""
    citrate, malate = (of_molecule(s) for s in ("OC(=O)CC(O)(CC(=O)O)C(=O)O", "OC(=O)CC(O)C(=O)O"))
    assert citrate["denticity"] == malate["denticity"] == 3
    assert citrate["basic_denticity"] == malate["basic_denticity"] == 2
    assert (citrate["chelate_protons"], malate["chelate_protons"]) == (3, 2)
    assert citrate["chelate_pka_sum"] == citrate["acid_pka_sum"] > malate["chelate_pka_sum"] + 3
    assert of_molecule("OC(=O)CC(CC(=O)O)C(=O)O")["chelate_protons"] == 1


@pytest.mark.parametrize("name", AROMATIC_BASES)
def test_aromatic_nitrogen_is_about_as_basic_as_measured(name):
    smiles, pka = AROMATIC_BASES[name]
    found = of_molecule(smiles)
    assert found["amine_pka_sum"] == pytest.approx(max(0, pka), abs=1.3)
    assert found["acidic_protons"] == 0
    assert found["denticity"] == 1


@pytest.mark.parametrize("name", AZOLE_ACIDS)
def test_azoles_as_acidic_as_phenol_lose_their_proton(name):
    smiles, pka = AZOLE_ACIDS[name]
    found = of_molecule(smiles)
    assert (found["acidic_protons"], found["nitrogen_sites"], found["amine_pka_sum"]) == (1, 1, 0)
    assert found["acid_pka_sum"] == pytest.approx(pka, abs=1.3)


@pytest.mark.parametrize("name", ACIDS)
def test_acids_lose_their_protons(name):
    smiles, pka = ACIDS[name]
    found = of_molecule(smiles)
    assert found["acidic_protons"] == len(pka)
    assert found["acid_pka_sum"] == pytest.approx(sum(max(0, x) for x in pka), abs=1.1)
    assert found["sites_oxygen"] == found["sites_nitroso"] == found["sites_selenide"] == found["sites_phosphine"] == 0


def test_borate_is_the_acid_that_took_up_hydroxide():
    assert of_molecule("O[B-](O)(O)O")["acidic_protons"] == of_molecule("OB(O)O")["acidic_protons"] == 1
    assert of_polymer("PVA-borate")["acidic_protons"] == of_polymer("PVA-borate")["sites_borate"] == 1


def test_thiocyanate_is_no_thiol_and_nitriles_bind_by_nitrogen():
    found = of_molecule("SC#N")
    assert (found["sites_thiocyanate"], found["sites_thiolate"], found["basic_denticity"]) == (1, 0, 0)
    found = of_molecule("CC#N")
    assert (found["sites_nitrile"], found["nitrogen_sites"], found["amine_pka_sum"]) == (1, 1, 0)
    # its nitrogen lies on a line with two carbons and reaches no cation at the amine
    assert of_molecule("NCC#N")["denticity"] == 1
    assert of_molecule("N#CNC#N")["sites_secondary_amine"] == 0
    assert of_molecule("C#N")["nitrogen_sites"] == 0


def test_both_sulfurs_of_a_dithio_acid_are_one_site():
    for smiles in ("CCN(CC)C(=S)S", "CCOC(=S)S", "CC(=S)S", "CCOP(=S)(S)OCC"):
        found = of_molecule(smiles)
        assert (found["soft_sites"], found["oxygen_sites"] - found["sites_ether"], found["denticity"]) == (1, 0, 1)


def test_esters_have_no_proton_to_lose():
    for smiles in ("COS(=O)OC", "COS(=O)(=O)OC", "CCOP(OCC)OCC", "COB(OC)OC", "O=[N+]([O-])c1ccccc1", "CON=O"):
        assert of_molecule(smiles)["acidic_protons"] == 0, smiles


def test_thiosulfate_binds_by_sulfur_and_cupferron_as_a_chelate():
    assert of_molecule("OS(=O)(=O)S")["soft_sites"] == 1
    found = of_molecule("ON(N=O)c1ccccc1")
    assert (found["denticity"], found["chelate_rings_5"], found["chelating_pairs_oo"]) == (2, 1, 1)


def test_a_pka_says_whether_it_is_an_acids_or_a_bases():
    with pytest.raises(ValidationError, match="nature"):
        BindingSite(name="x", smarts="N", donor_atoms=(0,), pka=(9.5,), meaning="x")


@pytest.mark.parametrize("name", DENTICITIES)
def test_as_many_donors_as_one_cation_can_have_at_once(name):
    smiles, donors, basic = DENTICITIES[name]
    found = of_molecule(smiles)
    assert (found["denticity"], found["basic_denticity"]) == (donors, basic)


def test_a_cyclodextrin_is_searched_within_seconds():
    ring = "OCC1OC2OC3C(CO)OC(OC4C(CO)OC(OC5C(CO)OC(OC6C(CO)OC(OC7C(CO)OC(OC1C(O)C2O)C(O)C7O)C(O)C6O)C(O)C5O)C(O)C4O)"
    assert of_molecule(f"{ring}C(O)C3O")["macrocycle"] == 1


def test_the_meaning_of_a_ring_says_what_closes_it():
    """A carboxylate closes one of four by itself, which is not counted."""
    meaning = {x.name: x.meaning for x in BINDING_DESCRIPTORS}
    assert "one" not in meaning["chelate_rings_4"] + meaning["chelate_rings_7"]
    assert "two donors of one" in meaning["chelate_rings_5"]
    assert of_molecule("CC(=O)O")["chelate_rings_4"] == 0
    assert of_molecule("Oc1ccccc1O")["chelate_rings_5"] == 1


def test_acetate_is_one_carboxylate_and_nothing_else():
    found = of_molecule("CC(=O)O")
    assert {name for name in KINDS if found[name]} == {"sites_carboxylate"}
    assert found["acid_pka_sum"] == found["chelate_pka_sum"] == 4.76


def test_no_atom_belongs_to_two_sites():
    for smiles, _ in MOLECULES.values():
        atoms = [atom for site in find_sites(Chem.MolFromSmiles(smiles)) for atom in site.atoms]
        assert len(atoms) == len(set(atoms))


@pytest.mark.parametrize(
    "smiles", [EDTA, TIRON, CROWN, APIONOL, BENZENEHEXOL, TRIHYDROXYBENZOATE, GLA, TARTRATE, GLUCONATE]
)
def test_the_spelling_does_not_matter(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(molecule.GetNumAtoms()).tolist()
        spelled = Chem.MolToSmiles(Chem.RenumberAtoms(molecule, order), canonical=False)
        assert describe_molecule_binding(spelled) == pytest.approx(describe_molecule_binding(smiles))


@pytest.mark.parametrize(("one", "other"), TAUTOMERS)
def test_tautomers_are_described_alike(one, other):
    assert describe_molecule_binding(one) == describe_molecule_binding(other)


def test_as_many_catechols_as_there_are():
    """Whichever oxygens come first: never one catechol in the middle and a phenol on either side."""
    assert of_molecule(APIONOL)["sites_catecholate"] == 2
    assert of_molecule(BENZENEHEXOL)["sites_catecholate"] == 3


def test_poly_acrylic_acid_looks_like_a_carboxylic_acid():
    """So that what is known of acetic and isobutyric acid says something of it."""
    acid = of_molecule("CC(=O)O")
    assert acid == of_molecule("CC(C)C(=O)O")
    for polymer in ("PAA", "PF-COO"):
        found = of_polymer(polymer)
        assert {name for name in NAMES if found[name] != acid[name]} == {"acid_pka_sum", "chelate_pka_sum"}
        assert found["acid_pka_sum"] == pytest.approx(acid["acid_pka_sum"], abs=0.3)


def test_poly_vinylphosphonic_acid_looks_like_a_phosphonic_acid():
    assert of_polymer("PVPA") == of_molecule("CP(=O)(O)O")


def test_the_guanidines_of_gelatin_keep_their_proton_and_leave_its_carboxylates():
    gelatin, acid = of_polymer("gelatin"), of_molecule("CCC(=O)O")
    assert {name for name in NAMES if gelatin[name] != acid[name]} == {"acid_pka_sum", "chelate_pka_sum"}
    assert gelatin["acid_pka_sum"] == pytest.approx(of_polymer("alpha-PGA")["acid_pka_sum"], abs=0.1)


def test_a_sulfonate_reaches_the_ether_beside_it_and_not_the_one_across_the_ring():
    assert of_polymer("SPEEK") == of_molecule("COc1ccccc1S(=O)(=O)O")


@pytest.mark.parametrize("ligand", ligands().values(), ids=lambda ligand: ligand.name)
def test_a_repeat_unit_drawn_twice_as_long_binds_alike(ligand):
    twice = Chem.MolToSmiles(chain(read_repeat_unit(ligand.repeat_unit_smiles), 2))
    expected = dict(zip(NAMES, describe_polymer_binding(ligand.repeat_unit_smiles), strict=True))
    assert dict(zip(NAMES, describe_polymer_binding(twice), strict=True)) == pytest.approx(expected)


def test_every_ligand_that_is_known_offers_something():
    known = {o.formulation.ligand for o in stability_constants()}
    offered = {smiles: sum(of_molecule(smiles)[kind] for kind in KINDS) for smiles in sorted(known)}
    assert all(offered.values()), offered


def test_acids_lose_the_protons_that_their_constants_say():
    """The charge of L is a condition of each constant; hydroxyl groups of citrate and the like keep theirs."""
    for known in stability_constants():
        protons = of_molecule(known.formulation.ligand)["acidic_protons"]
        assert protons == -int(known.condition("ligand_charge")), known.formulation.ligand


def test_a_hydrocarbon_offers_nothing():
    assert not any(of_molecule("CCCCCC").values())


def test_every_descriptor_has_a_meaning_and_a_source():
    assert len(set(NAMES)) == len(NAMES)
    assert all(x.meaning and x.citation and x.unit == "1" for x in BINDING_DESCRIPTORS)
