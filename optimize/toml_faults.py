"""What is wrong with a TOML file, field by field, as its reader counts."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from ionlink.data.errors import InputError


def toml_faults(error: ValidationError, of: type[BaseModel] | None = None) -> Iterator[tuple[str, str]]:
    """Each fault as the path of its field, such as `objectives[2].lower`, and a message.

    With what the file is read as, `of`, a field that does not exist is held against the names of those that do.
    """
    faults = error.errors(include_url=False)
    for fault in faults:
        if fault["type"] == "too_short" and any(_is_within(other["loc"], fault["loc"]) for other in faults):
            continue  # its items are there, each with a fault of its own
        teller = fault.get("ctx", {}).get("discriminator", "").strip("'")  # the field that says what a table is
        for message in _messages(fault, of):
            yield _toml_path((*fault["loc"], *([teller] if teller else []))), message


def _is_within(place: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


def _messages(fault: Mapping[str, Any], of: type[BaseModel] | None) -> tuple[str, ...]:
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause.faults
    if fault["type"] == "extra_forbidden":
        near = get_close_matches(str(fault["loc"][-1]), _fields_beside(fault["loc"], of) if of else (), n=1)
        return (f"unknown field; did you mean {near[0]}?" if near else "unknown field",)
    if fault["type"] in ("missing", "union_tag_not_found"):
        return ("missing",)
    if fault["type"] == "too_short":
        return (f"has {fault['ctx']['actual_length']} entries, at least {fault['ctx']['min_length']} are needed",)
    if fault["type"] == "union_tag_invalid":
        return (_unknown_kind(fault["ctx"]["tag"], re.findall(r"'(\w+)'", fault["ctx"]["expected_tags"])),)
    given = "" if isinstance(fault["input"], dict | list) else f", not {fault['input']!r}"
    return (f"{fault['msg'][0].lower()}{fault['msg'][1:]}{given}",)


def _fields_beside(location: tuple[int | str, ...], of: type[BaseModel]) -> set[str]:
    """Names that a table may have where one has the field at a location."""
    whole = of.model_json_schema()
    found = _tables(whole, whole)
    for part in location[:-1]:
        inner = [
            table.get("items") if isinstance(part, int) else table.get("properties", {}).get(part) for table in found
        ]
        found = [table for schema in inner if schema for table in _tables(schema, whole)] or found  # a kind's name
    return {name for table in found for name in table.get("properties", {})}


def _tables(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a part of a JSON schema may be, references followed."""
    if reference := schema.get("$ref"):
        return _tables(whole["$defs"][reference.rpartition("/")[2]], whole)
    several = schema.get("anyOf") or schema.get("oneOf")
    return [table for one in several for table in _tables(one, whole)] if several else [schema]


def _unknown_kind(given: str, known: list[str]) -> str:
    near = get_close_matches(given, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"'{given}' is not known; {hint}"


def _toml_path(location: tuple[int | str, ...]) -> str:
    """Such as `objectives[2].lower`, counted from 1 as a reader counts."""
    path = ""
    for part in location:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else part
    return path
