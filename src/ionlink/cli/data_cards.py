"""What `ionlink data show` tells of one cation, ligand, outcome or set of targets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from ionlink.cli.console import print_table

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ionlink.data import Category, CationProperty, Ligand, Observation, Ranking
    from ionlink.data.molecule import Molecule
    from ionlink.features.descriptor import Descriptor


@dataclass(frozen=True)
class Card:
    """One entry of the knowledge base with all that is known of it."""

    entry: "BaseModel"
    derived: Mapping[str, object]
    """Follows from the entry: name (with unit) and value."""

    properties: "Sequence[CationProperty]"
    observations: "Sequence[Observation]"
    rankings: "Sequence[Ranking]"
    categories: "Sequence[Category]"
    stability_constants: "Sequence[Observation]"

    @property
    def of_molecule(self) -> bool:
        """Whether it is a small molecule's, which has few constants; those of a cation fill a table of their own."""
        return "smiles" in type(self.entry).model_fields

    def as_fields(self) -> dict[str, object]:
        """Everything, for machines; the entry's own fields stand at the top."""
        rest = {
            "derived": self.derived,
            "sources": self.properties,
            "observations": self.observations,
            "rankings": self.rankings,
            "categories": self.categories,
            "stability_constants": self.stability_constants,
        }
        return {**self.entry.model_dump(), **rest}


def card_of(entry: "BaseModel") -> Card:
    """All that the knowledge base has on a cation, a ligand, a molecule or an outcome."""
    from ionlink.data import categories, cation_properties, observations, rankings, stability_constants

    name = str(getattr(entry, "name", None) or getattr(entry, "smiles", ""))
    constants = [k for k in stability_constants() if name in (k.formulation.cation, k.formulation.ligand)]
    told_apart = set(constants)
    return Card(
        entry=entry,
        derived=derived_of(entry),
        properties=[p for p in cation_properties() if p.cation == name],
        observations=[o for o in observations() if name in _names(o) and o not in told_apart],
        rankings=[r for r in rankings() if name in (r.higher.cation, r.lower.cation, r.higher.ligand, r.outcome)],
        categories=[c for c in categories() if name in _names(c)],
        stability_constants=constants,
    )


def _names(known: "Observation | Category") -> tuple[str, ...]:
    return *known.formulation.shares, known.formulation.ligand, known.outcome


def derived_of(entry: "BaseModel") -> Mapping[str, object]:
    """What follows from a cation's properties or from a ligand's structure; nothing for others."""
    from ionlink.data import Cation, Ligand
    from ionlink.data.molecule import Molecule

    if isinstance(entry, Ligand):
        return _structure(entry)
    if isinstance(entry, Molecule):
        return _binding(entry)
    if not isinstance(entry, Cation):
        return {}
    return {name: getattr(entry, name) for name, field in vars(Cation).items() if isinstance(field, property)}


def _structure(ligand: "Ligand") -> Mapping[str, object]:
    from ionlink.data.donor_sites import charge_per_repeat_unit, donor_groups_per_repeat_unit
    from ionlink.features.ligand_descriptors import LIGAND_DESCRIPTORS, describe_ligand

    groups = donor_groups_per_repeat_unit(ligand.repeat_unit_smiles)
    descriptors = zip(LIGAND_DESCRIPTORS, describe_ligand(ligand), strict=True)
    return {
        "donor_groups_per_repeat_unit": ", ".join(f"{count} {kind}" for kind, count in groups.items()),
        "charge_per_repeat_unit_e": charge_per_repeat_unit(ligand.repeat_unit_smiles),
        **_with_units((d, value) for d, value in descriptors if d.name != "donor_pka"),
    }


def _binding(molecule: "Molecule") -> Mapping[str, object]:
    from ionlink.features.binding_descriptors import BINDING_DESCRIPTORS, describe_molecule_binding

    return _with_units(zip(BINDING_DESCRIPTORS, describe_molecule_binding(molecule.smiles), strict=True))


def _with_units(values: "Iterable[tuple[Descriptor, float]]") -> dict[str, float]:
    return {d.name if d.unit == "1" else f"{d.name} ({d.unit})": value for d, value in values}


def print_card(card: Card) -> None:
    """Print a card for people."""
    _print("", ("field", "value"), _said(card))
    _print("derived", ("quantity", "value"), card.derived.items())
    columns = ("property", "value", "uncertainty", "unit", "source", "note")
    _print("properties", columns, ([getattr(p, c) for c in columns] for p in card.properties))
    _print("observations", OBSERVATION_COLUMNS, map(observation_row, card.observations))
    _print("rankings", ("statement", "outcome", "trust", "source"), map(ranking_row, card.rankings))
    _print("categories", ("formulation", "outcome", "category", "trust", "source"), map(_category_row, card.categories))
    if card.of_molecule:
        _print("stability constants", OBSERVATION_COLUMNS, map(observation_row, card.stability_constants))
    elif card.stability_constants:
        values = [known.value for known in card.stability_constants]
        among = f"log K1 from {min(values):.1f} to {max(values):.1f}"
        typer.echo(f"\n{len(values)} stability constants, {among}: ionlink data show stability_constants")


def _said(card: Card) -> list[tuple[str, object]]:
    """Fields of the entry that hold something and are not told again with their source."""
    every = ("smiles", "formula") if card.of_molecule else type(card.entry).model_fields
    told = {"name", "element"} if card.properties else set(every)
    return [(name, text_of(value)) for name, value in card.entry if name in told and value not in (None, ())]


def text_of(value: object) -> object:
    """Several texts as one."""
    return "; ".join(map(str, value)) if isinstance(value, tuple) else value


def _print(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    rows = list(rows)
    if rows:
        if title:
            typer.echo(f"\n{title}")
        print_table(columns, rows)


OBSERVATION_COLUMNS = (
    *("formulation", "outcome", "value", "standard error", "unit", "level"),
    *("conditions", "trust", "source"),
)


def observation_row(known: "Observation") -> tuple[object, ...]:
    """An observation as a person reads it."""
    from ionlink.data import outcomes

    bound = "" if known.bound == "=" else f"{known.bound} "
    return (
        *(str(known.formulation), known.outcome, f"{bound}{known.value:.4g}" if bound else known.value),
        *(known.standard_error, outcomes()[known.outcome].unit, known.level),
        *(known.conditions, known.trust, known.source),
    )


def ranking_row(known: "Ranking") -> tuple[object, ...]:
    """An ordering statement as a person reads it."""
    return f"{known.higher} {known.relation} {known.lower}", known.outcome, known.trust, known.source


def _category_row(known: "Category") -> tuple[object, ...]:
    return str(known.formulation), known.outcome, known.category, known.trust, known.source
