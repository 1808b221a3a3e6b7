"""Where a registered surrogate comes from, and whether this version of ionlink may use it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ionlink import __version__
from ionlink.data.errors import InputError
from ionlink.data.observation import Observation, Statement
from ionlink.models.storage import FORMAT

DATA, FILES, VERSION = "ionlink.data_sha256", "ionlink.files_sha256", "ionlink.version"
FORMAT_TAG, SCHEMA = "ionlink.format", "ionlink.observation_fields"

OBSERVATION_FIELDS = ",".join(sorted(Observation.model_fields))
"""The schema of the data: what an observation consists of."""


def data_sha256(statements: Sequence[Statement]) -> str:
    """SHA-256 of observations and rankings, whatever their order: sorted lines of JSON with sorted keys."""
    lines = sorted(_canonical(statement.model_dump(mode="json")) for statement in statements)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def files_sha256(directory: Path) -> str:
    """SHA-256 of a directory's files, their names included."""
    digest = hashlib.sha256()
    for path in sorted(directory.iterdir()):
        digest.update(f"{path.name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def provenance(statements: Sequence[Statement], directory: Path) -> dict[str, str]:
    """What a version in the registry carries: hashes of its data and files, and what wrote them."""
    return {
        DATA: data_sha256(statements),
        FILES: files_sha256(directory),
        VERSION: __version__,
        FORMAT_TAG: str(FORMAT),
        SCHEMA: OBSERVATION_FIELDS,
    }


def check_fits(tags: Mapping[str, str], name: str) -> None:
    """Raise `InputError`, with one line, where another major version, format or schema wrote a registered model."""
    absent = [tag for tag in (DATA, FILES, VERSION, FORMAT_TAG, SCHEMA) if tag not in tags]
    if absent:
        raise InputError(f"{name}: does not say {absent[0]}, so this version did not register it; register it again")
    if _major(tags[VERSION]) != _major(__version__):
        raise InputError(
            f"{name}: is of ionlink {tags[VERSION]}, this is {__version__}; load it with major version "
            f"{_major(tags[VERSION])}, or fit and register again"
        )
    if tags[FORMAT_TAG] != str(FORMAT):
        raise InputError(f"{name}: has format {tags[FORMAT_TAG]}, this version reads {FORMAT}; fit and register again")
    if tags[SCHEMA] != OBSERVATION_FIELDS:
        changed = sorted({*tags[SCHEMA].split(",")} ^ {*OBSERVATION_FIELDS.split(",")})
        raise InputError(
            f"{name}: its observations differ from this version's in {', '.join(changed)}; fit and register again"
        )


def check_unchanged(tag: str, tags: Mapping[str, str], found: str, name: str) -> None:
    """Raise `InputError` where a hash is not the registered one."""
    if tags[tag] != found:
        what = "data" if tag == DATA else "files"
        raise InputError(
            f"{name}: its {what} were changed since it was registered (SHA-256 {found[:12]}…, registered "
            f"{tags[tag][:12]}…); do not use it, fit and register again"
        )


def _major(version: str) -> str:
    return version.split(".", 1)[0]


def _canonical(content: Any) -> str:  # noqa: ANN401 - anything that JSON can say
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
