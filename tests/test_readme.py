"""What the README shows is true: its Python runs, its commands and options exist, its table is accepted."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ionlink.cli import app
from ionlink.data import read_lab_table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = sorted(
    {line for kind, block in BLOCKS if not kind for line in block.splitlines() if line.startswith("ionlink ")}
)
TARGETS = sorted(set(re.findall(r"(?:^|`)(make [\w-]+)", README, re.MULTILINE)))


def blocks(kind: str) -> list[str]:
    return [block for found, block in BLOCKS if found == kind]


def test_there_is_something_to_check():
    assert len(COMMANDS) > 8
    assert TARGETS == ["make campaign", "make install", "make test"]
    assert BLOCKS[0] == ("", "make campaign\nmake test\n"), "two commands lead to a result"


@pytest.mark.parametrize("line", COMMANDS)
def test_command_and_options_exist(line):
    command, words = typer.main.get_command(app), shlex.split(line)[1:]
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    assert not hasattr(command, "commands"), f"{line}: {words[:1]} is no command"
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= options


@pytest.mark.parametrize("line", TARGETS)
def test_make_target_exists(line):
    assert f"\n{line.removeprefix('make ')}:" in (ROOT / "Makefile").read_text("utf-8")


def test_nothing_is_said_to_be_on_a_package_index():
    texts = {path: path.read_text("utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))}
    code = [path for folder in ("data", "models", "optimize", "simulate") for path in (ROOT / folder).rglob("*.py")]
    texts |= {path: path.read_text("utf-8") for path in code}
    assert not [path for path, text in texts.items() if re.search(r"pip install [^`\n]*ionlink\b(?!')", text)]


def test_python_runs(capsys):
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})
    shown = capsys.readouterr().out.splitlines()
    assert "Fe3+" in shown[1], "the best row should be the cation with the optimum"


def test_the_notebook_example_draws():
    (example,) = blocks("py")
    *code, last = example.strip().splitlines()
    names: dict[str, object] = {}
    exec(compile("\n".join(code), "README.md", "exec"), names)
    figure = eval(last, names)
    assert [line.get_text() for line in figure.axes[0].get_legend().get_texts()] == [
        f"{element}$^{{{charge}+}}$" for element, charge in (("Mg", 2), ("Ca", 2), ("Fe", 3), ("Zr", 4))
    ]


def test_lab_table_is_accepted(tmp_path):
    (table,) = blocks("csv")
    path = tmp_path / "lab.csv"
    path.write_text(table, "utf-8")
    assert [o.formulation.ligand for o in read_lab_table(path)] == ["PF-COO", "PAA"]


def test_bench_story_can_be_followed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (table,) = blocks("csv")
    Path("lab.csv").write_text(table, "utf-8")
    story = next(block for kind, block in BLOCKS if not kind and "--preset laboratory" in block)
    for line in story.splitlines():
        result = CliRunner().invoke(app, shlex.split(line)[1:])
        assert result.exit_code == 0, f"{line}: {result.output}"
    assert Path("bench/report.html").exists()
