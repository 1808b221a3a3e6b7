"""Every way in which a command can end."""

import errno
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from ionlink.cli import app as ionlink_app
from ionlink.cli.exit_codes import ExitCodeGroup
from ionlink.data.errors import InputError
from ionlink.models.errors import FitFailed
from ionlink.optimize.errors import Locked
from ionlink.simulate.errors import CannotSimulate, SimulationFailed

PREDICT = "predict: ligand, ratio missing; give cation, ligand, ratio, or a table of them, or a grid"


def ended(error: BaseException):
    """Result of a nested command that raises `error`."""
    app = typer.Typer(cls=ExitCodeGroup)
    inner = typer.Typer()
    app.add_typer(inner, name="inner")

    @inner.command()
    def fail():
        raise error

    @inner.command()
    def other():
        pass

    return CliRunner().invoke(app, ["inner", "fail"])


def test_bad_input_is_two_with_one_line_for_each_fault():
    result = ended(InputError(["row 2, ratio: wrong", "row 3, cation: wrong"]))
    assert result.exit_code == 2
    assert result.stderr.splitlines() == ["row 2, ratio: wrong", "row 3, cation: wrong"]


def test_a_reader_that_has_seen_enough_is_no_fault_to_tell_of():
    result = ended(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert (result.exit_code, result.stderr) == (1, "")


@pytest.mark.parametrize(
    "error",
    [
        FitFailed("peel_force", "one point is not enough"),
        Locked("another process works in campaigns/x"),
        CannotSimulate("no ion parameters\nfor Ti4+"),
        SimulationFailed("the box exploded"),
        PermissionError(13, "Permission denied", "store.sqlite"),
    ],
)
def test_failed_work_is_one_with_a_single_line(error):
    result = ended(error)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert str(error).split()[-1] in result.stderr
    assert "Traceback" not in result.stderr


def test_failed_work_on_several_outcomes_has_a_line_for_each():
    result = ended(FitFailed.of({"peel_force": "too few", "density": "all\nthe same"}))
    assert (result.exit_code, result.stderr) == (1, "peel_force: too few\ndensity: all the same\n")


def test_ctrl_c_says_how_to_go_on():
    result = ended(KeyboardInterrupt())
    assert result.exit_code == 130
    assert result.stderr == "stopped; run the same command to continue\n"


def test_a_defect_is_not_dressed_up():
    result = ended(ZeroDivisionError("division by zero"))
    assert isinstance(result.exception, ZeroDivisionError)


def test_unknown_command_is_bad_input():
    done = subprocess.run([sys.executable, "-m", "ionlink", "nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["simulate", "--cation", "Fe3+"], "Missing option '--ligand'; see ionlink simulate --help"),
        (["predict", "--cation", "Fe3+"], PREDICT),
        (["nonsense"], "No such command 'nonsense'; see ionlink --help"),
        (["campaign", "ask", "x", "--frobnicate"], "No such option: --frobnicate; see ionlink campaign ask --help"),
    ],
)
def test_a_command_typed_wrongly_is_two_with_a_single_line(arguments, line):
    result = CliRunner().invoke(ionlink_app, arguments, prog_name="ionlink")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [line]


def test_a_group_without_a_command_shows_its_help():
    result = CliRunner().invoke(ionlink_app, ["campaign"])
    assert "Make, run, ask, tell" in result.output
