"""Opens the SQL export of NIST SRD 46: a schema and a text file for each table, in a folder or a zip archive."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ionlink.data.errors import InputError
from ionlink.data.foreign_csv import LARGEST_FILE_BYTES

TABLES = ("verkn_ligand_metal", "liganden", "metal", "beta_definition", "constanttyp", "mol_data")
"""The tables that are read, of the 19 of the export."""

ENCODING = "cp1252"
COLUMN = re.compile(r"^\s+`(\w+)` ", re.MULTILINE)
ROW_END = re.compile(r"(?<!\\)\n")
CELL_END = re.compile(r"(?<!\\)\t")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
NULL = r"\N"

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Dump:
    """Where the files of an export lie."""

    files: Mapping[str, Path | zipfile.Path]
    """Path by name of file, such as `metal.txt`."""

    def rows(self, table: str) -> Iterator[Cells]:
        """Filled cells of each row of a table, by column.

        Raises:
            InputError: when a row does not fit the columns of the schema, or the file is not text.

        """
        columns = COLUMN.findall(self.text(f"{table}.sql"))
        for number, line in enumerate(ROW_END.split(self.text(f"{table}.txt")), start=1):
            cells = CELL_END.split(line.removesuffix("\r"))
            if cells == [""]:
                continue
            if len(cells) != len(columns):
                raise InputError(
                    f"{table}.txt: row {number} has {len(cells)} cells where {table}.sql has {len(columns)} columns"
                )
            yield {name: ESCAPED.sub(r"\1", cell) for name, cell in zip(columns, cells, strict=True) if cell != NULL}

    def text(self, name: str) -> str:
        """Text of one file.

        Raises:
            InputError: when it cannot be read as text.

        """
        try:
            return self.files[name].read_bytes().decode(ENCODING)
        except (UnicodeDecodeError, OSError, zipfile.BadZipFile) as error:
            raise InputError(f"{name}: cannot be read: {error}") from error


def open_srd46(path: Path) -> Dump:
    """The export in a folder, or in the zip archive as NIST distributes it.

    Raises:
        InputError: when it is neither, with every file that is missing.

    """
    found: dict[str, Path | zipfile.Path] = dict(in_zip(path) if path.is_file() else in_folder(path))
    names = [f"{table}.{ending}" for table in TABLES for ending in ("sql", "txt")]
    missing = [name for name in names if name not in found]
    if missing:
        raise InputError(
            f"is not the SQL export of NIST SRD 46 (doi:10.18434/M32154): {', '.join(missing)} missing; "
            "give its zip archive or folder, or a CSV table"
        )
    return Dump({name: found[name] for name in names})


def in_folder(path: Path) -> Iterator[tuple[str, Path | zipfile.Path]]:
    """Files of a folder and of the folders in it, by name."""
    return ((file.name, file) for file in [*path.glob("*.*"), *path.glob("*/*.*")] if file.is_file())


def in_zip(path: Path) -> Iterator[tuple[str, Path | zipfile.Path]]:
    """Files of a zip archive by name.

    Raises:
        InputError: when it is damaged, or larger than any export.

    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"cannot be read as a zip archive: {error}") from error
    for entry in archive.infolist():
        if entry.file_size > LARGEST_FILE_BYTES:
            raise InputError(f"{entry.filename} is larger than {LARGEST_FILE_BYTES // 10**6} MB")
        yield Path(entry.filename).name, zipfile.Path(archive, entry.filename)
