"""The one place where errors become exit codes.

0: done. 1: the work failed. 2: bad input, one line per fault. 130: stopped by Ctrl-C.
Anything else that is raised is a defect of ionlink and keeps its traceback.
"""

from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

WORK_FAILED = 1
BAD_INPUT = 2
STOPPED = 130

MOST_LINES = 100
"""Faults that are printed; nobody reads the rest of a million."""

_USAGE_ERROR: Any = typer.BadParameter.__mro__[1]
"""A missing or unknown option, argument or command; typer shows only its child in public."""


class ExitCodeGroup(TyperGroup):
    """The root command: whatever a command raises ends here."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the context class that typer names is private to it
        """Run the command; turn what went wrong into lines on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _ended(STOPPED, ["stopped; run the same command to continue"]) from None
        except _USAGE_ERROR as error:
            if not error.__class__.__name__.startswith("NoArgs"):  # that one shows the help
                raise _ended(
                    BAD_INPUT, [f"{_one_line(error.format_message()).rstrip('.')}; see {_command(error)} --help"]
                ) from None
            raise
        except BrokenPipeError:
            raise  # whoever reads has seen enough; typer ends quietly
        except _bad_input() as error:
            raise _ended(BAD_INPUT, getattr(error, "faults", None) or [_one_line(error)]) from None
        except _work_failed() as error:
            raise _ended(WORK_FAILED, list(map(_one_line, getattr(error, "faults", (error,))))) from None


def _command(error: Any) -> str:  # noqa: ANN401 - see `_USAGE_ERROR`
    return error.ctx.command_path if error.ctx else "ionlink"


def _ended(code: int, lines: Sequence[str]) -> typer.Exit:
    for line in lines[:MOST_LINES]:
        typer.echo(line, err=True)
    if len(lines) > MOST_LINES:
        typer.echo(f"and {len(lines) - MOST_LINES} more", err=True)
    return typer.Exit(code)


# Both are called only when something was raised: Python evaluates an `except` clause no earlier.


def _bad_input() -> tuple[type[Exception], ...]:
    from ionlink.data.errors import InputError

    return (InputError,)


def _work_failed() -> tuple[type[Exception], ...]:
    from ionlink.models.errors import FitFailed, NotRecorded
    from ionlink.optimize.errors import CampaignError
    from ionlink.simulate.errors import CannotSimulate, SimulationFailed

    return (CampaignError, FitFailed, NotRecorded, CannotSimulate, SimulationFailed, OSError)


def _one_line(error: Exception | str) -> str:
    return " ".join(str(error).split()) or type(error).__name__
