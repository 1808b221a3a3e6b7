"""What a polymer is beyond its name, kept with what was simulated of it: a user may define it anew."""

import json
from collections.abc import Mapping
from pathlib import Path

from ionlink.data.catalogue import ligands, shipped_ligands
from ionlink.data.errors import InputError
from ionlink.data.repeat_unit import canonical_repeat_unit


def polymer_definition(name: str) -> Mapping[str, str] | None:
    """Repeat unit and donor group of the polymer called `name`; `None` where the knowledge base has no such one."""
    if name not in ligands():
        return None
    polymer = ligands()[name]
    return {"repeat_unit_smiles": polymer.repeat_unit_smiles, "donor_group": polymer.donor_group}


def refuse_redefined(name: str, kept: Mapping[str, str] | None, file: Path) -> None:
    """See that what was simulated of a polymer is of the one that has its name now.

    Args:
        name: of the polymer.
        kept: its definition then; `None` where none was kept, as by earlier versions. A shipped polymer is then taken
            for what it is now.
        file: where it was kept.

    Raises:
        InputError: it is of another one, or does not say.

    """
    now = polymer_definition(name)
    if kept is None and now is not None and name not in shipped_ligands():
        raise InputError(
            f"{file}: does not say what `{name}` of your own tables was when it was simulated; name another directory, "
            f'or, if `{name}` has not changed since, add "polymer": {json.dumps(now)}'
        )
    if kept is not None and (now is None or not _same(kept, now)):
        raise InputError(
            f"{file}: is of another polymer of the name `{name}`, {_words(kept)}, which now is "
            f"{_words(now) if now else 'not known'}; name another directory"
        )


def _same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Canonical SMILES are not kept but made for the comparison: releases of RDKit order atoms differently."""
    if one == other:
        return True
    units = {canonical_repeat_unit(definition["repeat_unit_smiles"]) for definition in (one, other)}
    return one["donor_group"] == other["donor_group"] and len(units) == 1


def _words(definition: Mapping[str, str]) -> str:
    return f"{definition['repeat_unit_smiles']} ({definition['donor_group']})"
