"""The house keeps its shape: who may import whom, what an import costs, where a version stands."""

import ast
import importlib
import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ionlink

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "ionlink"

MAY_IMPORT = {
    "data": {"data"},
    "features": {"data", "features"},
    "models": {"data", "features", "models"},
    "simulate": {"data", "simulate"},
    "optimize": {"data", "features", "models", "optimize"},
}
FOLDERS = sorted(MAY_IMPORT)

HEAVY = {"torch", "openmm", "mlflow", "rdkit", "sklearn", "scipy", "botorch", "matplotlib", "pandas"}


def source_files(folder: str) -> list[Path]:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files, f"{folder} holds no Python"
    return files


def imported_modules(file: Path) -> Iterator[str]:
    """Absolute names of everything that a file imports, at any depth, lazily or for type checking."""
    relative = file.relative_to(ROOT).with_suffix("")
    package = ("ionlink", *relative.parts[:-1])
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package[: len(package) + 1 - node.level]) if node.level else ""
            module = ".".join(part for part in (above, node.module or "") if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def ionlink_rooms(file: Path) -> set[str]:
    parts = (name.split(".") for name in imported_modules(file))
    return {name[1] for name in parts if name[0] == "ionlink" and len(name) > 1}


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_point_one_way(folder):
    wrong = {
        f"{file.relative_to(ROOT)} imports ionlink.{room}"
        for file in source_files(folder)
        for room in ionlink_rooms(file) - MAY_IMPORT[folder]
        if room != "__version__"
    }
    assert not wrong


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_room_is_imported_by_its_bare_name(folder):
    bare = {
        f"{file.relative_to(ROOT)}: import {name}"
        for file in source_files(folder)
        for name in imported_modules(file)
        if name.split(".")[0] in MAY_IMPORT
    }
    assert not bare


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_is_its_ionlink_module(folder):
    module = importlib.import_module(f"ionlink.{folder}")
    assert Path(module.__file__).resolve().parent == (ROOT / folder).resolve()
    assert (PACKAGE / folder).is_symlink()
    assert folder not in sys.modules


def loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import ionlink", "import ionlink.data", "import ionlink.cli"])
def test_import_is_light(statement):
    assert not loaded_after(statement) & HEAVY


def test_the_light_test_can_see_something_heavy():
    assert "scipy" in loaded_after("import scipy")


def test_version_is_stated_once():
    assert importlib.metadata.version("ionlink") == ionlink.__version__
    assert "version" not in _project_table()
    assert _project_table()["dynamic"] == ["version"]


def _project_table() -> dict[str, object]:
    import tomllib

    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_every_module_says_what_it_is():
    files = [file for folder in FOLDERS for file in source_files(folder)] + sorted(PACKAGE.glob("*.py"))
    files += sorted((PACKAGE / "cli").glob("*.py"))
    silent = [
        str(file.relative_to(ROOT))
        for file in files
        if file.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(file.read_text("utf-8")))
    ]
    assert not silent


def test_public_names_resolve():
    for name in ionlink.__all__:
        assert getattr(ionlink, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = ionlink.nonsense


def test_constraints_pin_every_dependency():
    from packaging.requirements import Requirement

    pinned = {
        Requirement(line).name.lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    }
    project = _project_table()
    wanted = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    assert {Requirement(line).name.lower().replace("_", "-") for line in wanted} <= pinned
