"""What it predicts: surrogates of outcomes, with uncertainty and a statement of where they hold."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ionlink.models.beside import Beside
    from ionlink.models.errors import FitFailed
    from ionlink.models.registry import register
    from ionlink.models.surrogate import Surrogate

__all__ = ["Beside", "FitFailed", "Surrogate", "register"]

_HOMES = {"Beside": "beside", "FitFailed": "errors", "Surrogate": "surrogate", "register": "registry"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562; torch and MLflow load only when a name is used
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
