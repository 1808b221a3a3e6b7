"""Converts units as people write them to those of the catalogue of outcomes."""

import re
from functools import cache
from tokenize import TokenError
from typing import TYPE_CHECKING

from ionlink.data.errors import InputError

if TYPE_CHECKING:
    import pint

FACTOR = r"\(?(?:[A-Za-z_µμΩÅ°%]+(?:(?:\^|\*\*)?-?\d|⁻?[¹²³])?|1)\)?"
WRITTEN_UNIT = re.compile(rf"{FACTOR}(?:\s*[*/·]\s*{FACTOR}|\s+{FACTOR})*")
"""Unit names with one-digit exponents, multiplied and divided; nothing else reaches pint's expression parser."""

ATTACHED_EXPONENT = re.compile(r"(?<=[A-Za-zµμΩÅ])(-?\d)")
"""`g-1` or `cm3` for `g^-1` or `cm^3`, as journals print it."""


def conversion_factor(written: str, unit: str) -> float:
    """What to multiply a number in `written` with to have it in `unit`.

    Raises:
        InputError: when `written` is no unit, or one of another dimension than `unit`.

    >>> conversion_factor("kgf", "N")
    9.80665

    """
    if written == unit:
        return 1.0
    found, wanted = parse_unit(written, unit), registry().Unit(unit)
    if found.dimensionality != wanted.dimensionality:
        raise InputError(f"'{written}' does not convert to '{unit}'")
    zero, one = (registry().Quantity(number, found).to(wanted).magnitude for number in (0.0, 1.0))
    if zero != 0:
        raise InputError(f"'{written}' has an offset and does not convert to '{unit}' by a factor")
    return float(one)


def unit_fault(unit: str) -> str | None:
    """What is wrong with the unit that an outcome is to be kept in; `1` is that of a pure number.

    >>> unit_fault("kJ/m^2"), unit_fault("kJ/m2")
    (None, "'kJ/m2' is not a unit; write it as in N, kJ/m^2 or mAh/g, and 1 for a pure number")

    """
    # Sheets have units in parentheses.
    if "(" not in unit and WRITTEN_UNIT.fullmatch(unit) and _read(unit) is not None:
        return None
    return f"'{unit}' is not a unit; write it as in N, kJ/m^2 or mAh/g, and 1 for a pure number"


def parse_unit(written: str, unit: str) -> "pint.Unit":
    """The unit that a text means; `unit` is named as an example when it means none.

    Raises:
        InputError: when it means none.
    """
    found = _read(ATTACHED_EXPONENT.sub(r"^\1", written)) if WRITTEN_UNIT.fullmatch(written) else None
    if found is None:
        raise InputError(f"'{written}' is not a unit; write '{unit}' or one that converts to it")
    return found


def _read(text: str) -> "pint.Unit | None":
    import pint

    # pint lets the errors of its expression parser through.
    unreadable = (ArithmeticError, AttributeError, AssertionError, KeyError, TokenError, TypeError, ValueError)
    try:
        return registry().Unit(text)
    except (pint.PintError, *unreadable):
        return None


@cache
def registry() -> "pint.UnitRegistry":
    """The one unit registry."""
    import pint

    return pint.UnitRegistry()
