"""What a simulated observation was made under, in words that stand beside its value."""

from ionlink.simulate.ions import ion_parameters
from ionlink.simulate.protocol import Protocol, swollen_waters_per_donor_group
from ionlink.simulate.water import water_model


def conditions_of(protocol: Protocol) -> str:
    """The physics of a protocol that is known to change outcomes, for `Observation.conditions`.

    >>> from ionlink.simulate.protocol import load_protocol
    >>> for condition in conditions_of(load_protocol("screen-hydrated")).split("; "):
    ...     print(condition)
    charge_scaling=0.7495 (chains and ions)
    hydration=3 waters per donor group
    ion_model=12-6
    ion_parameters=amber14/spce.xml (Joung & Cheatham for 1+, CM for 2+, IOD for 3+ and 4+)
    water_model=SPC/E

    """
    physics = protocol.physics
    waters = waters_per_donor_group(protocol)
    conditions = {
        "charge_scaling": f"{physics.charge_scaling:.4g}"
        + (" (chains and ions)" if physics.charge_scaling < 1 else ""),
        "hydration": f"{waters:g} waters per donor group",
        "ion_model": physics.ion_model,
        "ion_parameters": ion_parameters(physics.ion_force_field, physics.ion_model),
    }
    if protocol.box.cosolvents:
        others = (f"{one.per_donor_group:g} {one.name}" for one in protocol.box.cosolvents)
        conditions["cosolvents"] = f"{' and '.join(others)} per donor group"
    if waters:
        conditions["water_model"] = water_model(physics.ion_force_field)
    return "; ".join(f"{name}={value}" for name, value in sorted(conditions.items()))


def waters_per_donor_group(protocol: Protocol) -> float:
    """Water for each donor group in the box that production runs in."""
    return protocol.box.waters_per_donor_group + swollen_waters_per_donor_group(protocol)
