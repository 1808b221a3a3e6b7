"""The design space: which cations, on which ligands, over which ranges, and what is known to be out of the question."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.naming import cation_name, ligand_or_molecule_name
from ionlink.optimize.allowed import Part
from ionlink.optimize.combination import (
    Combination,
    Combinations,
    canonical,
    canonical_or_typed,
    ligand_fault,
)
from ionlink.optimize.constraints import KnownConstraint
from ionlink.optimize.exclusion import Exclusion, Pair, Rules
from ionlink.optimize.library import read_library
from ionlink.optimize.pool import SPANNED, by_combination, span_of
from ionlink.optimize.second_cation import SecondCation
from ionlink.optimize.toml_faults import toml_faults
from ionlink.optimize.variable import PhRange, RatioRange, TemperatureRange, Variable

EVERY_VARIABLE = frozenset({"ratio", "second_fraction", "ph", "temperature_k"})

READ_AT_ONCE = 2000
"""Up to so many ligands are looked up when the space is made; the SMILES of a larger library when they are reached."""

PROBES = 64
"""Points, beside the corners, of what limits leave at which constraints are tried: they may say more than limits do."""


class DesignSpace(BaseModel):
    """Cations on ligands, at any ratio of the range, and share of a second cation, pH and temperature if they vary.

    Nothing is written out: ten million combinations take the memory of their names. Names may be typed as for
    `ionlink.data.formulation_of`, small molecules as SMILES, and are kept in their canonical form; those of a library
    of more than `READ_AT_ONCE` ligands become canonical when they are reached, and one that cannot be read is never
    proposed. With a `pool` the space is these formulations and no others.

    Raises `pydantic.ValidationError` (a `ValueError`) that lists every unknown or repeated name at once, or, where
    nothing is left to propose, which constraints clash.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cations: tuple[str, ...] = Field(min_length=1)

    ligands: tuple[str, ...] = Field(min_length=1)
    """Names, SMILES, or `{ file = … }`: see `ionlink.optimize.library`."""

    ratio: RatioRange | None = None
    """Needed unless there is a pool."""

    second_cation: SecondCation | None = None
    ph: PhRange | None = None
    temperature_k: TemperatureRange | None = None
    exclusions: tuple[Exclusion, ...] = ()
    constraints: tuple[KnownConstraint, ...] = ()

    pool: tuple[Formulation, ...] | None = None
    """The only formulations that may be proposed, where the space is finite; other fields but rules are then its."""

    @classmethod
    def of_formulations(cls, formulations: Iterable[Formulation], **fields: Any) -> Self:  # noqa: ANN401 - exclusions, constraints
        """The finite space of these formulations, each once; raises `InputError` with a line for each fault."""
        try:
            return cls.model_validate({"pool": tuple(dict.fromkeys(formulations)), **fields})
        except ValidationError as error:
            found = toml_faults(error)
            raise InputError(f"{field}: {message}" if field else message for field, message in found) from None

    @model_validator(mode="before")
    @classmethod
    def _spanned_by_pool(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the caller gave
        if not isinstance(given, Mapping) or given.get("pool") is None:
            return given
        return {**given, **span_of(given["pool"], {name: given[name] for name in given if name != "pool"})}

    @field_validator("cations")
    @classmethod
    def _known_cations(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return canonical(names, cation_name)

    @field_validator("ligands", mode="before")
    @classmethod
    def _read_from_file(cls, given: object) -> object:
        """`{ file = … }` stands for the ligands of a file."""
        return read_library(given) if isinstance(given, Mapping) else given

    @field_validator("ligands")
    @classmethod
    def _known_ligands(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(names) <= READ_AT_ONCE:
            return canonical(names, ligand_or_molecule_name)
        return canonical(names, str.strip)

    @model_validator(mode="after")
    def _something_is_left(self) -> Self:
        from ionlink.optimize.clash import clash, misfits

        faults = misfits(self) or clash(self)
        if faults:
            raise InputError(faults)
        return self

    @model_serializer(mode="wrap")
    def _pool_says_it_all(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = dump(self)
        return {name: value for name, value in fields.items() if self.pool is None or name not in SPANNED}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002
        """A space that differs in some fields, checked like any other."""
        gone = SPANNED if self.pool is not None else ()
        fields = {name: getattr(self, name) for name in type(self).model_fields if name not in gone}
        return type(self)(**{**fields, **(update or {})})

    @property
    def is_read(self) -> bool:
        """Whether all ligands were looked up when the space was made."""
        return len(self.ligands) <= READ_AT_ONCE

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """The continuous ones, the ratio first; of a pool those that differ within it."""
        fraction = self.second_cation.fraction if self.second_cation else None
        return tuple(v for v in (self.ratio, fraction, self.ph, self.temperature_k) if v is not None)

    def unsaid(self, formulation: Formulation) -> list[str]:
        """Conditions that the space varies and a formulation leaves open, such as `ph`."""
        conditions = (v.name for v in self.variables if v.name in ("ph", "temperature_k"))
        return [name for name in conditions if getattr(formulation, name) is None]

    @cached_property
    def cation_choices(self) -> tuple[tuple[str, str | None], ...]:
        """First and second cation of every combination, those that are excluded included."""
        if self.pool is not None:
            return tuple(dict.fromkeys((f.cation, f.second_cation) for f in self.pool))
        if self.second_cation is None:
            return tuple((c, None) for c in self.cations)
        return self.second_cation.choices(self.cations, ordered=any(c.depends_on_order for c in self.constraints))

    @cached_property
    def combinations(self) -> Sequence[Combination]:
        """All combinations of members, those that are excluded included; of a pool those that it has."""
        if self.pool is not None:
            return tuple(self._pool_by_combination)
        return Combinations(self.cation_choices, self.ligands)

    def formulation(self, combination: Combination, unit: Sequence[float]) -> Formulation:
        """The formulation of a combination at a point of the unit cube, one coordinate for each of `variables`.

        Values are rounded to what can be weighed out, and never outside of their ranges; a combination without a second
        cation has no share of it, whatever its coordinate. Of a pool it is the nearest one.

        Raises:
            InputError: the number of coordinates is another one.

        """
        if len(unit) != len(self.variables):
            raise InputError(f"unit: has {len(unit)} coordinates, the space has {len(self.variables)} variables")
        if self.pool is not None:
            members, units = self._pool_by_combination[combination], np.asarray(unit, dtype=np.float64)
            return min(members, key=lambda f: float(np.square(self.unit_of(f) - units).sum()))
        return self._made(
            combination, {v.name: v.at(float(share)) for v, share in zip(self.variables, unit, strict=True)}
        )

    def allowed(self, combination: Combination, units: Iterable[Sequence[float]]) -> list[Formulation]:
        """The same at several points, as shares of what constraints leave of each range, given the variables before it.

        However little they leave, all points lie there. Where nothing is left, they lie anywhere in the ranges.
        """
        part = self._part(combination)
        if part is None:
            return [self.formulation(combination, unit) for unit in units]
        return [self._made(combination, part.values(unit)) for unit in units]

    def allowed_unit_of(self, formulation: Formulation) -> NDArray[np.float64]:
        """Where a formulation lies among those that `allowed` gives; without constraints on variables its `unit_of`."""
        part = self._part(Combination.of(formulation))
        if part is None:
            return self.unit_of(formulation)
        return np.array(part.unit_of({v.name: getattr(formulation, v.name) for v in self.variables}))

    def _made(self, combination: Combination, values: dict[str, float]) -> Formulation:
        if combination.second_cation is None:
            values.pop("second_fraction", None)
        # A ligand of a large library may still stand as it was typed.
        ligand = combination.ligand if self.is_read else canonical_or_typed(combination.ligand)
        return Formulation(**combination._replace(ligand=ligand)._asdict(), **values)

    def _part(self, combination: Combination) -> Part | None:
        """What constraints leave of the ranges; `None` where none concerns them, or the space is a pool."""
        if self.pool is not None or not self._rules.on_variables:
            return None
        return Part.of(self.variables, tuple(x for c in self._rules.on_variables for x in c.limits(combination)))

    def unit_of(self, formulation: Formulation) -> NDArray[np.float64]:
        """Coordinates of a formulation in the unit cube, one for each of `variables`; 0 for a value that is not known.

        They lie outside of it where the formulation lies outside of the ranges.
        """
        values = ((v, getattr(formulation, v.name)) for v in self.variables)
        return np.array([0.0 if value is None else v.share_of(value) for v, value in values], dtype=np.float64)

    def ends(self, combination: Combination) -> tuple[Formulation, ...]:
        """Formulations of a combination at the lowest and at the highest allowed values; of a pool, all."""
        if self.pool is not None:
            return self._pool_by_combination[combination]
        return tuple(self.allowed(combination, ([share] * len(self.variables) for share in (0.0, 1.0))))

    def combination_fault(self, combination: Combination) -> str | None:
        """Why no formulation of these members may be proposed; `None` where some may.

        Constraints on continuous variables are tried at the corners of their ranges, then in what they leave of these.
        """
        if not self.is_read and (unreadable := ligand_fault(combination.ligand)):
            return unreadable
        return self._rules.combination_fault(combination, self._probed(combination))

    def fault(self, formulation: Formulation) -> str | None:
        """Why a formulation must not be proposed: outside of the space, excluded, or against a constraint.

        A mixture may be proposed where it may in either order of its cations.
        """
        if self.pool is not None:
            return self._fault_as_named(self._in_pool.get(formulation, formulation))
        reason, turned = self._fault_as_named(formulation), formulation.turned
        if reason is None or turned is formulation:
            return reason
        other = self._fault_as_named(turned)
        return other if other is None or self._has_choice(turned) > self._has_choice(formulation) else reason

    def _has_choice(self, formulation: Formulation) -> bool:
        return (formulation.cation, formulation.second_cation) in self._cation_choices

    def _fault_as_named(self, formulation: Formulation) -> str | None:
        if self.pool is not None and formulation not in self._in_pool:
            return f"{formulation} is not in the pool"
        if not self._has_choice(formulation):
            return f"{' + '.join(formulation.shares)}: is not in the space"
        if self.is_read and formulation.ligand not in self._ligand_names:
            return f"{formulation.ligand}: is not in the space"
        outside = (v.fault(formulation) for v in self.variables if self.pool is None)
        return next((reason for reason in outside if reason is not None), None) or self._rules.fault(formulation)

    def __str__(self) -> str:
        size = f"{len(self.cations)} cations × {len(self.ligands)} ligands"
        if self.pool is not None:
            return f"{len(self.pool)} formulations ({size})"
        if self.second_cation is not None:
            size += f", with {', '.join(self.second_cation.cations)} as second cation"
        return ", ".join([size, *(v.described for v in self.variables)])

    def draw(self, n: int, generator: np.random.Generator) -> list[Combination]:
        """`n` different combinations by chance that may be proposed; fewer where (almost) no more can be found."""
        from ionlink.optimize.drawing import draw

        return draw(self, n, generator)

    def pairs(self) -> tuple[Pair, ...]:
        """Cation-ligand pairs that may be proposed, written out: for small spaces."""
        allowed = (c for c in self.combinations if not self.combination_fault(c))
        return tuple(dict.fromkeys((c.cation, c.ligand) for c in allowed))

    def without(self, exclusions: Iterable[Exclusion]) -> "DesignSpace":
        """The space with further exclusions, whether they concern it or not; they may leave nothing."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        return self.model_construct(**{**fields, "exclusions": (*self.exclusions, *exclusions)})

    @cached_property
    def _pool_by_combination(self) -> Mapping[Combination, tuple[Formulation, ...]]:
        return by_combination(self.pool or ())

    @cached_property
    def _in_pool(self) -> Mapping[Formulation, Formulation]:
        """Members of the pool by themselves, in either order of their cations."""
        return {named: f for f in self.pool or () for named in (f.turned.turned, f.turned, f)}

    @cached_property
    def _cation_choices(self) -> frozenset[tuple[str, str | None]]:
        return frozenset(self.cation_choices)

    @cached_property
    def _ligand_names(self) -> frozenset[str]:
        return frozenset(self.ligands)

    @cached_property
    def _rules(self) -> Rules:
        names: frozenset[str] = frozenset(v.name for v in self.variables)
        return Rules(self.exclusions, self.constraints, names if self.pool is None else EVERY_VARIABLE)

    @cached_property
    def _corners(self) -> tuple[tuple[float, ...], ...]:
        return tuple(itertools.product((0.0, 1.0), repeat=len(self.variables)))

    @cached_property
    def _probes(self) -> tuple[tuple[float, ...], ...]:
        from ionlink.optimize.drawing import even_points

        within = even_points(len(self.variables), PROBES, seed=0)
        return (*(tuple(point) for point in within.tolist()), *self._corners)

    def _probed(self, combination: Combination) -> Iterator[Formulation]:
        if self.pool is not None:
            yield from self._pool_by_combination[combination]
            return
        yield from (self.formulation(combination, unit) for unit in self._corners)
        part = self._part(combination)
        if part is not None and not part.is_empty:
            yield from (self._made(combination, part.values(unit)) for unit in self._probes)
