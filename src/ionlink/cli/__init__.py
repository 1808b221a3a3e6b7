"""The command line, `ionlink`.

Every command imports what it needs when it runs, so that `--help` stays fast. Exit codes are decided in
`ionlink.cli.exit_codes` and nowhere else.
"""

from typing import Annotated

import typer

from ionlink.cli import campaign, data, explanation, levels, prediction, simulation, training
from ionlink.cli.exit_codes import ExitCodeGroup
from ionlink.cli.given_once import App

__all__ = ["app"]

app = App(
    cls=ExitCodeGroup,
    help="Propose the next ionic cross-linker to try: which cation, on which polymer, at which ratio.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(campaign.app, name="campaign")
app.add_typer(data.app, name="data")
app.command("train")(training.train)
app.command("predict")(prediction.predict)
app.command("explain")(explanation.explain)
app.command("levels")(levels.levels)
app.command("simulate")(simulation.simulate)
app.command("simulate-table")(simulation.simulate_table)


def _print_version(wanted: bool) -> None:
    if wanted:
        from ionlink import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Propose the next ionic cross-linker to try: which cation, on which polymer, at which ratio."""
