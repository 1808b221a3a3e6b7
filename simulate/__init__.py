"""What physics says: from a formulation to simulated outcomes with standard errors."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ionlink.simulate.errors import CannotSimulate, SimulationFailed
    from ionlink.simulate.oracle import MolecularDynamicsOracle, molecular_dynamics_oracle
    from ionlink.simulate.protocol import Protocol, load_protocol, protocol_names

__all__ = [
    "CannotSimulate",
    "MolecularDynamicsOracle",
    "Protocol",
    "SimulationFailed",
    "load_protocol",
    "molecular_dynamics_oracle",
    "protocol_names",
]

_HOMES = {
    "CannotSimulate": "errors",
    "SimulationFailed": "errors",
    "MolecularDynamicsOracle": "oracle",
    "molecular_dynamics_oracle": "oracle",
    "Protocol": "protocol",
    "load_protocol": "protocol",
    "protocol_names": "protocol",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    # OpenMM takes a second to import; whoever only wants a name does not pay for it.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
