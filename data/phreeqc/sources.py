"""What the databases of the phreeqc package say about where their constants come from."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ionlink.data.phreeqc.reaction import Reaction

ESTIMATED = re.compile(r"\banal[ol]|estimat", re.IGNORECASE)
"""`Analogy with Am`, `Analoly with Am(Edta)-`, `Estimated by correlation ...`: not measured."""

MEASURED_AT = re.compile(r"T and ionic strength:\s*(?P<ionic_strength>[\d.]+)\s+(?P<temperature>[\d.]+)")
"""The two numbers stand in the other order than their label says: `0.10 25.0` is 0.1 mol/L and 25 degC."""

REFERENCE_TEMPERATURE_DEGC = 25.0
UNTRACED = "SCD2.62"
"""Origin of constants that come without the conditions of their measurement. Where NIST SRD 46 has the pair as well,
they differ by up to 1.9 log units (Ba2+ with EDTA), as if some had never been moved to zero ionic strength."""


NOT_STATED = "not stated"


@dataclass(frozen=True)
class Compilation:
    """A database of the phreeqc package."""

    file: str

    title: str
    """What its rows state as their source, with DOI where there is one."""

    reference: Callable[[Reaction], str]
    """Where the database says that it has a constant from."""


def minteq_reference(reaction: Reaction) -> str:
    """`log K source NIST46.4`, with the DOI of that compilation."""
    codes = [text.removeprefix("log K source:").strip() for text in reaction.remarks if "log K source" in text]
    doi = " (NIST SRD 46, doi:10.18434/M32154)" if codes and codes[0].startswith("NIST46") else ""
    return f"log K source {codes[0] if codes and codes[0] else NOT_STATED}{doi}"


def thermochimie_reference(reaction: Reaction) -> str:
    """`reference 05HUM/AND`, a code of the database."""
    return f"reference {reaction.remark or NOT_STATED}"


COMPILATIONS = (
    Compilation("minteq.v4.dat", "US EPA MINTEQA2 version 4 (minteq.v4.dat of PHREEQC)", minteq_reference),
    Compilation(
        "sit.dat", "ThermoChimie 12a (sit.dat of PHREEQC), doi:10.1016/j.apgeochem.2014.05.007", thermochimie_reference
    ),
)


def is_estimated(reaction: Reaction) -> bool:
    """Whether the database marks a constant as estimated."""
    return bool(ESTIMATED.search(reaction.remark))


def is_untraced(compilation: Compilation, reaction: Reaction) -> bool:
    """Whether it is not known where a constant comes from, or what it was measured under."""
    origin = compilation.reference(reaction)
    return UNTRACED in origin or origin.endswith(NOT_STATED)


def measured_at(reaction: Reaction) -> tuple[float, float] | None:
    """Ionic strength in mol/L and temperature in degC of the measurement, where the database states them."""
    matches = [match for text in reaction.remarks if (match := MEASURED_AT.search(text))]
    return (float(matches[0]["ionic_strength"]), float(matches[0]["temperature"])) if matches else None


def temperature_degc(reaction: Reaction) -> float:
    """Temperature that log K is for: without an enthalpy the database could not move it to 25 degC."""
    measured = measured_at(reaction)
    return measured[1] if measured and not reaction.delta_h else REFERENCE_TEMPERATURE_DEGC
