"""A finite design space: what a list of formulations spans."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from ionlink.data.csv_table import describe
from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation, temperature_faults
from ionlink.data.naming import cation_name, ligand_or_molecule_name, second_cation_name
from ionlink.optimize.combination import Combination

SPANNED = ("cations", "ligands", "ratio", "second_cation", "ph", "temperature_k")
"""Fields of a design space that a pool decides."""

RANGES = {"ratio": "ratio", "ph": "ph", "temperature_k": "temperature_k"}


def span_of(pool: Iterable[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the design space that is this pool: its members, and the range of each value that differs in it.

    Raises:
        InputError: a formulation cannot be read, some have a ratio and others none, or a field is `given` that the pool
            decides.

    """
    formulations = _read(pool)
    faults = [f"{name}: is decided by the pool; leave it out" for name in SPANNED if given.get(name) is not None]
    faults += [
        f"pool: some formulations have {name} and others have none; give it for all, or for none"
        for name in RANGES
        if len({getattr(f, name) is None for f in formulations}) > 1
    ]
    if not formulations:
        faults.append("pool: it is empty; give formulations")
    if faults:
        raise InputError(faults)
    mixtures = tuple(f for f in formulations if f.second_cation is not None)
    found: dict[str, Any] = {
        "pool": formulations,
        "cations": tuple(dict.fromkeys(f.cation for f in formulations)),
        "ligands": tuple(dict.fromkeys(f.ligand for f in formulations)),
        **{name: _range(formulations, name) for name in RANGES},
    }
    if mixtures:
        found["second_cation"] = {
            "cations": tuple(dict.fromkeys(f.second_cation for f in mixtures)),
            "fraction": _range(mixtures, "second_fraction"),
            "alone": len(mixtures) < len(formulations),
        }
    return found


def by_combination(pool: Iterable[Formulation]) -> dict[Combination, tuple[Formulation, ...]]:
    """Formulations of each combination, in their order."""
    found: dict[Combination, list[Formulation]] = {}
    for formulation in pool:
        found.setdefault(Combination.of(formulation), []).append(formulation)
    return {combination: tuple(formulations) for combination, formulations in found.items()}


def _range(formulations: tuple[Formulation, ...], name: str) -> dict[str, float] | None:
    """The smallest and the largest value; `None` where there is one only, or none."""
    values = {getattr(f, name) for f in formulations} - {None}
    return {"lower": min(values), "upper": max(values)} if len(values) > 1 else None


def _read(pool: Iterable[Any]) -> tuple[Formulation, ...]:
    """Formulations with canonical names, each once; raises `InputError` with a line for each fault."""
    faults: list[str] = []
    found: dict[Formulation, None] = {}
    for number, entry in enumerate(pool, start=1):
        try:
            formulation = _canonical(Formulation.model_validate(entry))
            found[formulation] = None
            faults.extend(
                f"pool[{number}], temperature_k: {fault}" for fault in temperature_faults(formulation.temperature_k)
            )
        except ValidationError as error:
            faults.extend(describe(error, f"pool[{number}]"))
        except InputError as error:
            faults.extend(f"pool[{number}], {fault}" for fault in error.faults)
    if faults:
        raise InputError(faults)
    return tuple(found)


def _canonical(formulation: Formulation) -> Formulation:
    second = formulation.second_cation
    return formulation.model_copy(
        update={
            "cation": cation_name(formulation.cation),
            "ligand": ligand_or_molecule_name(formulation.ligand),
            "second_cation": None if second is None else second_cation_name(second),
        }
    )
