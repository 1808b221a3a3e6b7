"""Protocols: frozen, versioned descriptions of a simulation, kept as data (`simulate/*.toml`)."""

import hashlib
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from ionlink.data.csv_table import describe, repeated
from ionlink.data.errors import InputError
from ionlink.simulate.frozen import Frozen, Later
from ionlink.simulate.protocol_faults import protocol_faults
from ionlink.simulate.step_kinds import Step, Swell


class Cosolvent(Frozen):
    """A solvent beside water, or without it."""

    name: str
    """In `data/solvents.csv`."""
    per_donor_group: float = Field(gt=0)
    """Molecules; a box gets the nearest whole number, and at least one."""


class BoxRules(Frozen):
    """How large a box is."""

    donor_groups_per_chain: int = Field(gt=0)
    """Chains get as many repeat units as give this number of donor groups, or the nearest below."""
    min_chains: int = Field(gt=1)
    min_cations: int = Field(gt=0)
    ratio_tolerance: float = Field(gt=0, lt=1)
    """Largest relative difference between the ratio of the box (whole molecules) and the one asked for."""
    max_atoms: int = Field(gt=0)
    """A box that would need more is refused."""
    conformers: int = Field(gt=0)
    """Number of different starting conformations (and tacticities) among the chains."""
    conformer_pool: Later[int] = Field(default=0, ge=0)
    """They are drawn from a pool of so many, embedded once for each ligand and chain length; 0 embeds new ones."""
    waters_per_donor_group: Later[int] = Field(default=0, ge=0)
    """Hydration: rigid water of the ion force field's file, packed together with the chains."""
    cosolvents: Later[tuple[Cosolvent, ...]] = ()
    """Other solvents, packed together with the chains; water that is let in later makes a mixture of them."""

    @field_validator("cosolvents")
    @classmethod
    def _each_once(cls, cosolvents: tuple[Cosolvent, ...]) -> tuple[Cosolvent, ...]:
        if twice := repeated(one.name for one in cosolvents):
            raise InputError(f"{', '.join(twice)} stands there twice; give one amount of it")
        return cosolvents


class PressureCoupling(Frozen):
    """Weak coupling of the box to a pressure, doi:10.1063/1.448118, molecules moved as wholes.

    For equilibration only: production runs at constant volume. (A Monte Carlo barostat is of no use here: once cations
    tie chains, moving molecules apart costs so much that only minute volume moves pass.)
    """

    interval_steps: int = Field(gt=0)
    time_constant_ps: float = Field(gt=0)
    compressibility_per_bar: float = Field(gt=0)
    """Only the ratio to the time constant matters."""
    largest_linear_change: float = Field(gt=0, lt=0.1)
    """Of an edge of the box, in one correction."""


class Physics(Frozen):
    """The force field and how it is evaluated."""

    ion_force_field: str
    """OpenMM force-field file with the ions."""
    charge_scaling: float = Field(gt=0, le=1)
    """Factor on every charge of chains and ions; 1/√1.78 is the electronic continuum correction.

    See doi:10.1039/c0cp01971b. Water keeps its charges: models of it were fitted to the liquid, electronic screening
    included.
    """
    cutoff_nm: float = Field(gt=0)
    ewald_tolerance: float = Field(gt=0)
    hydrogen_mass_amu: float = Field(gt=1)
    friction_per_ps: float = Field(gt=0)
    pressure_coupling: PressureCoupling
    start_density_g_cm3: float = Field(gt=0)
    """Of the dilute box that molecules are packed into."""
    counter_cation: str
    """Neutralises donor groups that no cation balances."""
    counter_anion: str
    """Neutralises cations in excess of the donor groups."""
    ion_model: Later[Literal["12-6", "12-6-4"]] = "12-6"
    """`12-6-4` adds the attraction of ions to the dipoles that they induce (`simulate/induced_dipoles.py`)."""


class Protocol(Frozen):
    """A simulation, described completely: the same protocol and seed give the same simulation."""

    name: str
    version: int
    meaning: str
    box: BoxRules
    physics: Physics
    steps: tuple[Step, ...]

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that change with every field of the protocol but `meaning`."""
        canonical = self.model_dump_json(exclude={"meaning"})
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def swollen_waters_per_donor_group(protocol: Protocol) -> int:
    """Water that its steps let into the box."""
    return sum(step.waters_per_donor_group for step in protocol.steps if isinstance(step, Swell))


def protocol_names() -> tuple[str, ...]:
    """Names of the shipped protocols."""
    folder = resources.files("ionlink.simulate")
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def load_protocol(name: str) -> Protocol:
    """The shipped protocol called `name`, or that of a file whose path ends in `.toml`.

    Raises:
        InputError: there is none, or the file is faulty, with one line for each fault.

    """
    if name.endswith(".toml"):
        return _own_protocol(Path(name))
    if name not in protocol_names():
        raise InputError(
            f"level: there is no simulation protocol `{name}`; there are {', '.join(protocol_names())}, "
            "or name a file of your own that ends in .toml"
        )
    return _shipped_protocol(name)


@cache
def _shipped_protocol(name: str) -> Protocol:
    text = resources.files("ionlink.simulate").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return Protocol.model_validate(tomllib.loads(text))


def _own_protocol(path: Path) -> Protocol:
    try:
        protocol = Protocol.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"level: {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: is not TOML: {error}") from error
    except ValidationError as error:
        raise InputError(describe(error, str(path))) from error
    if faults := [f"{path}, {fault}" for fault in _faults(protocol)]:
        raise InputError(faults)
    return protocol


def _faults(protocol: Protocol) -> Iterator[str]:
    spelt = protocol.name.strip().casefold()
    if any(spelt == name and protocol.hash != _shipped_protocol(name).hash for name in protocol_names()):
        # Observations are told apart by the name of their level first.
        yield f"name: `{protocol.name}` is a shipped protocol, which this is not; name it otherwise"
    yield from protocol_faults(protocol)
