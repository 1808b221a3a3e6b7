"""Reads rows that state a stability constant, and says of each that cannot be used why."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from ionlink.data.cation_table import cations
from ionlink.data.errors import InputError
from ionlink.data.log_k.davies import at_zero_ionic_strength
from ionlink.data.log_k.protonation import possible_charges
from ionlink.data.molecule import Molecule, read_molecule
from ionlink.data.spelling import parse_cation
from ionlink.data.spreadsheet import MINUS, parse_number, with_point

REQUIRED = ("metal", "charge", "ligand_smiles", "log_k1")
OPTIONAL = (
    "standard_deviation",
    "n_sources",
    "sources",
    "temperature_c",
    "ionic_strength_m",
    "ligand_charge",
    "ligand_name",
)
NUMBERS = ("log_k1", "standard_deviation", "temperature_c", "ionic_strength_m")

LOWEST_LOG_K = -5.0
"""Below it a ligand at 1 mol/L holds fewer than one cation in 100 000: no method sees that."""

HIGHEST_LOG_K = 60.0
"""A choice, beyond every compiled 1:1 constant that was seen here (44): a slipped decimal point stands out."""

LARGEST_SPREAD = 2.0
"""A choice, in log units: ten times the scatter of critically selected constants; sources that differ by more do not
speak of the same equilibrium."""

LOWEST_TEMPERATURE_C, HIGHEST_TEMPERATURE_C = 20.0, 30.0
"""Constants at other temperatures than 25 °C move by ΔH·Δ(1/T)/(R·ln 10): for 20 kJ/mol and 5 K by 0.06 log units,
which is within the scatter of sources; for 20 K it is not."""


WHOLE_NUMBER = re.compile(rf"(?P<sign>[+{MINUS}-]?)(?P<digits>\d{{1,2}})(?:\.0+)?")

Read = TypeVar("Read")


@dataclass(frozen=True)
class Assumptions:
    """What holds for a whole table whose rows do not say it."""

    ionic_strength_mol_per_l: float | None = None
    temperature_c: float | None = None
    source: str | None = None

    any_temperature: bool = False
    """Whether to take constants outside of 20 to 30 °C, each with its temperature."""


@dataclass(frozen=True)
class Constant:
    """One stated log10 K1, moved to zero ionic strength."""

    row: int
    cation: str
    smiles: str
    """Canonical, of the neutral molecule."""

    ligand_charge: int | None
    """Charge of the species that binds, in elementary charges; `None` where it is not stated."""

    temperature_c: float
    log_k: float
    """At zero ionic strength."""

    ionic_strength_mol_per_l: float
    """At which it was stated."""

    standard_deviation: float | None
    """As stated, in log units."""

    sources: str


@cache
def cation_by_symbol() -> Mapping[tuple[str, int], str]:
    """Name of each cation by its symbol and charge, such as `('VO', 2)`."""
    return {(c.symbol, c.charge): c.name for c in cations().values()}


@dataclass
class LogKRow:
    """One row on its way to a constant; collects why it cannot be used."""

    number: int
    cells: Mapping[str, str]
    decimal_comma: bool
    assumed: Assumptions
    reasons: list[str] = field(default_factory=list)

    @property
    def plain_cells(self) -> dict[str, str]:
        """Its cells, numbers with a decimal point."""
        return {
            name: with_point(text, self.decimal_comma) if name in NUMBERS else text for name, text in self.cells.items()
        }

    def constant(self) -> Constant:
        """The constant at zero ionic strength.

        Raises:
            InputError: when the row cannot be used, with every reason.

        """
        charge = self.read("charge", whole_number)
        molecule = self.read("ligand_smiles", read_molecule)
        fields: dict[str, Any] = {
            "cation": None if charge is None else self.read("metal", lambda symbol: cation_of(symbol, charge)),
            "smiles": molecule and molecule.smiles,
            "ligand_charge": molecule and self.ligand_charge(molecule),
            "temperature_c": self.stated("temperature_c", self.assumed.temperature_c, "--temperature 25"),
            "ionic_strength_mol_per_l": self.stated(
                "ionic_strength_m", self.assumed.ionic_strength_mol_per_l, "--ionic-strength 0"
            ),
            "log_k": self.read("log_k1", self.number_in),
            "standard_deviation": self.standard_deviation(),
            "sources": self.source(),
        }
        self.check_conditions(fields["temperature_c"], fields["ionic_strength_mol_per_l"])
        if not self.reasons and charge is not None:
            fields["log_k"] = self.at_zero_ionic_strength(fields, charge)
        if self.reasons:
            raise InputError(self.reasons)
        return Constant(row=self.number, **fields)

    def ligand_charge(self, molecule: Molecule) -> int | None:
        """Charge of the species that binds: as stated, else as drawn if it is drawn as an ion, else not known."""
        drawn = molecule.written_charge if molecule.deprotonated else None
        if "ligand_charge" not in self.cells:
            return drawn
        stated = self.read("ligand_charge", whole_number)
        if None not in (stated, drawn) and stated != drawn:
            self.reasons.append(f"ligand_charge: contradicts ligand_smiles: {stated} is stated, {drawn} is drawn")
        elif stated is not None:
            self.check_charge(stated, molecule)
        return stated

    def check_charge(self, stated: int, molecule: Molecule) -> None:
        """Note a charge that the molecule does not have at usual pH: a slip, with which the Davies term would be wrong.

        Glycinium, say, exists in strong acid, but binds no cation.
        """
        lowest, highest = possible_charges(molecule.smiles)
        if lowest <= stated <= highest:
            return
        meant = f"did you mean {-stated}?" if lowest <= -stated <= highest else "write that of the species that binds"
        charges = f"{lowest}" if lowest == highest else f"{lowest} to {highest}"
        self.reasons.append(
            f"ligand_charge: {stated} is no charge of the ligand at usual pH: {molecule.smiles} has {charges}; {meant}"
        )

    def standard_deviation(self) -> float | None:
        """As stated; 0 is no error but the agreement of copies, and counts as not stated."""
        if "standard_deviation" not in self.cells:
            return None
        deviation = self.read("standard_deviation", self.number_in)
        if deviation is not None and deviation < 0:
            self.reasons.append(f"standard_deviation: {deviation:g} is negative")
        if deviation is not None and deviation > LARGEST_SPREAD:
            self.reasons.append(f"standard_deviation: {deviation:g} is above {LARGEST_SPREAD:g}: its sources disagree")
        return deviation or None

    def source(self) -> str | None:
        """Where the constant comes from."""
        source = self.cells.get("sources", self.assumed.source)
        if source is None:
            self.reasons.append("sources: is missing; give it in the table, or for all rows with --source")
        return source

    def stated(self, column: str, assumed: float | None, option: str) -> float | None:
        """A condition, from the row or from what holds for the table; it is never guessed."""
        if column not in self.cells and assumed is not None:
            return assumed
        if column not in self.cells:
            self.reasons.append(f"{column}: is missing; give it in the table, or for all rows with {option}")
            return None
        return self.read(column, self.number_in)

    def check_conditions(self, temperature_c: float | None, ionic_strength_mol_per_l: float | None) -> None:
        """Note what rules the conditions out."""
        if ionic_strength_mol_per_l is not None and ionic_strength_mol_per_l < 0:
            self.reasons.append(f"ionic_strength_m: {ionic_strength_mol_per_l:g} is negative")
        if temperature_c is None or LOWEST_TEMPERATURE_C <= temperature_c <= HIGHEST_TEMPERATURE_C:
            return
        usual = f"{LOWEST_TEMPERATURE_C:g} to {HIGHEST_TEMPERATURE_C:g} °C"
        if not self.assumed.any_temperature:
            self.reasons.append(f"temperature_c: {temperature_c:g} is outside {usual} (--any-temperature takes it)")
        elif ionic_strength_mol_per_l:
            self.reasons.append(f"temperature_c: {temperature_c:g} is outside {usual}, where the Davies equation holds")

    def at_zero_ionic_strength(self, fields: Mapping[str, Any], charge: int) -> float | None:
        """Log K at zero ionic strength, within what is possible."""
        log_k: float = fields["log_k"]
        ionic_strength, ligand_charge = fields["ionic_strength_mol_per_l"], fields["ligand_charge"]
        if ionic_strength and ligand_charge is None:
            self.reasons.append(
                "ligand_charge: is missing, but needed to correct to zero ionic strength; "
                "give it in the table, or write ligand_smiles as the ion that binds"
            )
            return None
        try:
            corrected = at_zero_ionic_strength(log_k, charge, ligand_charge or 0, ionic_strength)
        except InputError as error:
            self.reasons.extend(f"ionic_strength_m: {fault}" for fault in error.faults)
            return None
        if not LOWEST_LOG_K <= corrected <= HIGHEST_LOG_K:
            self.reasons.append(f"log_k1: {corrected:g} is outside {LOWEST_LOG_K:g} to {HIGHEST_LOG_K:g}")
        return corrected

    def number_in(self, text: str) -> float:
        """The number that a cell means.

        Raises:
            InputError: when it is none.

        """
        return parse_number(text, self.decimal_comma)

    def read(self, column: str, parse: Callable[[str], Read]) -> Read | None:
        """What a cell says, or `None` with the reason noted, unless one is noted already."""
        if any(reason.startswith(f"{column}: ") for reason in self.reasons):
            return None
        if column not in self.cells:
            self.reasons.append(f"{column}: is missing")
            return None
        try:
            return parse(self.cells[column])
        except InputError as error:
            self.reasons.extend(f"{column}: {fault}" for fault in error.faults)
            return None


def cation_of(symbol: str, charge: int) -> str:
    """Name of the cation with that symbol, such as `Fe` or `VO`, which may be written with its charge: `Fe3+`.

    Raises:
        InputError: when ionlink does not know it, or it is written with another charge.

    """
    written = parse_cation(symbol) or (symbol, charge)
    if written[1] != charge:
        raise InputError(f"'{symbol}' contradicts the charge, {charge}")
    name = cation_by_symbol().get(written)
    if name is None:
        raise InputError(f"'{symbol}' with charge {charge} is not a cation that ionlink knows")
    return name


def whole_number(text: str) -> int:
    """A charge, such as `2`, `-3` or, as some programs write whole numbers, `2.0`.

    Raises:
        InputError: when the text is none.

    """
    match = WHOLE_NUMBER.fullmatch(text)
    if match is None:
        raise InputError(f"'{text}' is not a charge; write a whole number, such as 2 or -3")
    return (-1 if match["sign"] in {"-", MINUS} else 1) * int(match["digits"])
