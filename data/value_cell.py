"""Reads the cell of a measured value: a number, or a limit such as `<0.4` where the number was out of reach."""

import re
from typing import NamedTuple

from ionlink.data.errors import InputError
from ionlink.data.observation import Relation
from ionlink.data.spreadsheet import parse_number

LIMIT_SIGNS = "<>≤≥="
"""What may stand before a number."""

LIMIT = re.compile(r"(?P<bound>[<>≤≥])=?\s*(?P<number>.*)")
SPREAD = re.compile(r"(?P<value>.*\d)\s*(±|\+/-|\+-)\s*(?P<error>.*\d.*)")


class ValueCell(NamedTuple):
    """What a cell says of a value."""

    value: float
    bound: Relation


def parse_value(text: str, decimal_comma: bool) -> ValueCell:
    """A number, or a limit of it.

    Raises:
        InputError: when the text is neither, with what to write instead where it is a habit of the laboratory.

    >>> parse_value("<0.4", decimal_comma=False)
    ValueCell(value=0.4, bound='<')

    """
    limit = LIMIT.fullmatch(text)
    if limit is None:
        return ValueCell(_number(text, decimal_comma), "=")
    return ValueCell(_number(limit["number"], decimal_comma), "<" if limit["bound"] in "<≤" else ">")


def _number(text: str, decimal_comma: bool) -> float:
    try:
        return parse_number(text, decimal_comma)
    except InputError as error:
        raise InputError(f"{fault}{_hint(text)}" for fault in error.faults) from None


def _hint(text: str) -> str:
    """What to write in place of a text that is no number; empty where that is not plain."""
    if spread := SPREAD.fullmatch(text):
        return f"; write {spread['value']}, and {spread['error']} as its standard error, which has a column of its own"
    if not any(character.isdigit() for character in text):
        return (
            "; where nothing was measured, leave it out (the cell of a bench sheet, the row of a lab table); "
            "where it was too small or too large to be measured, write the limit, such as <0.4"
        )
    return ""
