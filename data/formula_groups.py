"""Groups that chemists abbreviate in formulas of salts, such as OAc in Zn(OAc)2: their atoms and their charge."""

from types import MappingProxyType

_SULFATE_ENDS = (("", "OSO3"), ("", "SO4"), ("OSO3", ""), ("SO3O", ""))

_ALKYLS = (
    ("CH3", ("CH3", "Me")),
    ("C2H5", ("C2H5", "Et")),
    ("C3H7", ("C3H7", "iPr", "nPr")),
    ("C4H9", ("C4H9", "Bu", "nBu", "iBu", "sBu", "tBu")),
    ("C6H5", ("C6H5", "Ph")),
)

# Alkyl sulfates, which would else be an alkoxide and a sulfite.
_SULFATES = tuple(
    (f"{alkyl}SO4", -1, tuple(f"{before}{name}{after}" for name in names for before, after in _SULFATE_ENDS))
    for alkyl, names in _ALKYLS
)

_ANIONS = (
    ("C2H3O2", -1, ("OAc", "AcO")),
    ("C5H7O2", -1, ("acac", "Acac", "AcAc", "C5H7O2")),
    ("C5HF6O2", -1, ("hfac",)),
    ("C2F3O2", -1, ("TFA", "OTFA", "CF3COO", "CF3CO2", "OOCCF3", "O2CCF3")),
    ("C8H15O2", -1, ("Oct",)),  # as in Sn(Oct)2: octoates are 2-ethylhexanoates
    ("C7H5O2", -1, ("OBz", "BzO")),
    ("CF3SO3", -1, ("OTf", "TfO")),
    ("C2F6NS2O4", -1, ("NTf2", "Tf2N", "TFSI", "TFSA", "N(SO2CF3)2", "N(CF3SO2)2")),
    ("F2NS2O4", -1, ("FSI", "FSA", "N(SO2F)2", "N(FSO2)2")),
    ("C7H7SO3", -1, ("OTs", "TsO", "Tos", "OTos", "TosO", "C7H7SO3", "CH3C6H4SO3")),
    ("CH3SO3", -1, ("OMs", "MsO", "MeSO3", "CH3SO3")),
    ("C2N3", -1, ("N(CN)2",)),
    ("NCS", -1, ("NCS",)),
    ("NCO", -1, ("OCN", "NCO", "CNO")),
    ("AlH4", -1, ("AlH4",)),  # its hydrogen is not the proton that it is elsewhere
    ("BH4", -1, ("BH4",)),
    *_SULFATES,
    ("CH3O", -1, ("OMe", "MeO", "OCH3", "CH3O")),
    ("C2H5O", -1, ("OEt", "EtO", "OC2H5", "C2H5O", "OCH2CH3")),
    ("C3H7O", -1, ("OPr", "OiPr", "OnPr", "OPri", "OPrn", "iPrO", "nPrO", "OC3H7", "C3H7O", "OCH(CH3)2")),
    ("C4H9O", -1, ("OBu", "BuO", "OnBu", "OiBu", "OsBu", "OtBu", "OBun", "OBut", "tBuO", "nBuO")),
    ("C4H9O", -1, ("OC4H9", "C4H9O", "OC(CH3)3")),
    ("C6H5O", -1, ("OPh", "PhO", "OC6H5", "C6H5O")),
    ("C2O4", -2, ("ox",)),  # not "Ox": FeOx is an oxide
    ("C4H4O6", -2, ("tart", "Tart")),
    ("C6H5O7", -3, ("cit", "Cit")),
    ("C10H12N2O8", -4, ("EDTA", "edta")),
)

_MOLECULES = (
    ("CH4O", 0, ("MeOH", "CH3OH")),
    ("C2H6O", 0, ("EtOH", "C2H5OH")),
    ("C3H8O", 0, ("iPrOH", "nPrOH", "C3H7OH")),
    ("C4H10O", 0, ("BuOH", "nBuOH", "tBuOH", "C4H9OH", "Et2O")),
    ("C6H6O", 0, ("PhOH", "C6H5OH")),
    ("C4H8O2", 0, ("EtOAc", "AcOEt")),
    ("C2H3N", 0, ("MeCN", "CH3CN")),
    ("C4H8O", 0, ("THF", "thf")),
    ("C3H7NO", 0, ("DMF", "dmf")),
    ("C2H6SO", 0, ("DMSO", "dmso")),
    ("C5H5N", 0, ("py",)),
    ("C2H8N2", 0, ("en",)),
    ("C10H8N2", 0, ("bpy", "bipy")),
    ("C12H8N2", 0, ("phen",)),
)

# Without a charge: what an ion with such a part has, as in NBu4Cl and ZnEt2, the part does not say.
_PARTS = (
    *((formula, None, tuple(name for name in names if name != formula)) for formula, names in _ALKYLS),
    ("C5H5", None, ("Cp",)),
)

_GROUPS = (*_ANIONS, *_MOLECULES, *_PARTS)

GROUP_FORMULAS = MappingProxyType({name: formula for formula, _, names in _GROUPS for name in names})
"""Formula of each group; capital and small letters count."""

GROUP_CHARGES = MappingProxyType({name: charge for _, charge, names in _GROUPS for name in names if charge is not None})
"""Charge, in elementary charges, of those that have one by themselves."""

MISTAKEN_ELEMENTS = MappingProxyType(
    {
        "Ac": "acetate as OAc or CH3COO",
        "Pr": "propoxide as OPr or OC3H7",
        "Ts": "tosylate as OTs or C7H7SO3",
        "Am": "amyl as C5H11",
        "Np": "neopentyl as C5H11",
    }
)
"""How to write the groups whose abbreviation is an element's symbol."""
