"""What is wrong with a TOML file, field by field, as its reader counts."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from ionlink.data.errors import InputError


def toml_faults(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Each fault as the path of its field, such as `objectives[2].lower`, and a message."""
    for fault in error.errors(include_url=False):
        for message in _messages(fault):
            yield _toml_path(fault["loc"]), message


def _messages(fault: Mapping[str, Any]) -> tuple[str, ...]:
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause.faults
    if fault["type"] == "extra_forbidden":
        return ("unknown field",)
    if fault["type"] == "missing":
        return ("missing",)
    given = "" if isinstance(fault["input"], dict | list) else f", not {fault['input']!r}"
    return (f"{fault['msg'][0].lower()}{fault['msg'][1:]}{given}",)


def _toml_path(location: tuple[int | str, ...]) -> str:
    """Such as `objectives[2].lower`, counted from 1 as a reader counts."""
    path = ""
    for part in location:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else part
    return path
