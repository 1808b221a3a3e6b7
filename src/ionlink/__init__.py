"""ionlink proposes the next ionic cross-linker to try.

>>> import ionlink
>>> ionlink.Formulation(cation="Fe3+", ligand="PF-COO", ratio=60)
Formulation(cation='Fe3+', ligand='PF-COO', ratio=60.0)

Importing it costs little: what needs a heavy library loads it when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ionlink import plot as plot
    from ionlink.data.formulation import Formulation as Formulation
    from ionlink.explanation import explain as explain
    from ionlink.grid import Grid as Grid
    from ionlink.optimize.campaign import Campaign as Campaign
    from ionlink.prediction import load_model as load_model
    from ionlink.prediction import predict as predict
    from ionlink.prediction import predict_stream as predict_stream

__version__ = "0.1.0"
__all__ = [
    "Campaign",
    "Formulation",
    "Grid",
    "__version__",
    "explain",
    "load_model",
    "plot",
    "predict",
    "predict_stream",
]

_HOME = {
    "Campaign": "ionlink.optimize.campaign",
    "Formulation": "ionlink.data.formulation",
    "explain": "ionlink.explanation",
    "Grid": "ionlink.grid",
    "load_model": "ionlink.prediction",
    "predict": "ionlink.prediction",
    "predict_stream": "ionlink.prediction",
}
_MODULES = ("plot",)


def __getattr__(name: str) -> object:
    """Load a public name from its home on first use (PEP 562)."""
    if name in _MODULES:
        return import_module(f"ionlink.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'ionlink' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
