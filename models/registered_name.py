"""What MLflow takes as the name of an experiment and of a registered model."""

from ionlink.data.errors import InputError

_REFUSED = "/:\\'\""
"""The first three part addresses of models and paths, and MLflow looks names up between quotes."""


def checked_name(name: str) -> str:
    """The name; raises `InputError` where MLflow could not register a model by it."""
    if any(mark in name for mark in _REFUSED) or name != name.strip() or not name.isprintable():
        raise InputError(
            f"'{name}' contains '/', ':', '\\', a quote or blanks at its ends; use letters, digits and '-'"
        )
    return name
