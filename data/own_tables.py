"""The user's own tables, which are read after the shipped ones."""

import os
from pathlib import Path

import platformdirs

OWN_FOLDER_VARIABLE = "IONLINK_DATA"
"""Environment variable that names another folder."""


def own_folder() -> Path:
    """Folder of the user's own tables; it need not exist."""
    named = os.environ.get(OWN_FOLDER_VARIABLE)
    return Path(named).expanduser() if named else platformdirs.user_data_path("ionlink")


def own_tables(kind: str) -> list[Path]:
    """The user's own tables of a kind, such as `ligands`, in alphabetical order."""
    return sorted(own_folder().glob(f"{kind}*.csv"))
