"""Every command explains itself, and does so without loading what only its work needs."""

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from ionlink.cli import app

HEAVY = {"torch", "openmm", "mlflow", "rdkit", "sklearn", "scipy", "botorch", "matplotlib", "pandas", "sqlalchemy"}


def commands(group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    for name, command in getattr(group, "commands", {}).items():
        found += commands(command, (*path, name))
    return found


COMMANDS = commands(typer.main.get_command(app))
GROUPS = {path[:-1] for path in COMMANDS if path}
"""Commands that only hold others; they have no output of their own."""


def test_the_commands_of_the_contract_exist():
    contract = {
        *(("campaign", name) for name in ("new", "run", "ask", "tell", "status", "report")),
        *(("data", name) for name in ("list", "show", "check")),
        *(("data", "import", name) for name in ("log-k", "ligands", "observations")),
        ("predict",),
        ("train",),
        ("simulate",),
    }
    assert contract <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_explains(command):
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.stdout
    assert max(result.stdout) < "\U0001f000", "Rich made an emoji of a number between colons"


@pytest.mark.parametrize("command", [c for c in COMMANDS if c and c not in GROUPS], ids=" ".join)
def test_every_command_speaks_json(command):
    assert "--json" in CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200"}).stdout


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom ionlink.cli import app\n"
        f"for command in {[list(c) for c in COMMANDS]!r}:\n    CliRunner().invoke(app, [*command, '--help'])\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & HEAVY


def test_version_is_that_of_the_package():
    import ionlink

    assert CliRunner().invoke(app, ["--version"]).stdout.strip() == ionlink.__version__


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in GROUPS], ids=" ".join)
def test_what_takes_one_value_is_not_given_two(command):
    group = typer.main.get_command(app)
    for name in command:
        group = group.commands[name]
    options = [p for p in group.params if p.param_type_name == "option" and not p.multiple]
    for name in (p.opts[-1] for p in options if not p.is_flag):
        result = CliRunner().invoke(app, [*command, name, "1", name, "2"], prog_name="ionlink")
        said = f"{name} given more than once, where one counts; see ionlink {' '.join(command)} --help\n"
        assert (result.exit_code, result.stderr) == (2, said)


def test_flags_that_contradict_are_not_given_both_and_the_same_flag_twice_says_the_same():
    both = CliRunner().invoke(app, ["simulate-table", "--run", "--no-run"])
    assert "--run given more than once" in both.stderr
    assert "more than once" not in CliRunner().invoke(app, ["data", "list", "--json", "--json"]).stderr
