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


def parse_unit(written: str, unit: str) -> "pint.Unit":
    """The unit that a text means; `unit` is named as an example when it means none.

    Raises:
        InputError: when it means none.
    """
    import pint

    refusal = InputError(f"'{written}' is not a unit; write '{unit}' or one that converts to it")
    if not WRITTEN_UNIT.fullmatch(written):
        raise refusal
    try:
        return registry().Unit(ATTACHED_EXPONENT.sub(r"^\1", written))
    # pint lets the errors of its expression parser through.
    except (
        pint.PintError,
        ArithmeticError,
        AttributeError,
        AssertionError,
        KeyError,
        TokenError,
        TypeError,
        ValueError,
    ) as error:
        raise refusal from error


@cache
def registry() -> "pint.UnitRegistry":
    """The one unit registry."""
    import pint

    return pint.UnitRegistry()
