"""`ionlink train`: fit a surrogate, judge it, write it, register it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.cli.console import Json, bounds_line, print_json, print_table, records
from ionlink.data.plural import counted

if TYPE_CHECKING:
    from ionlink.training import Training

SHOWN_METRICS = ("rmse", "q2", "crps", "coverage_90")


def train(
    config: Annotated[
        str | None,
        typer.Option(metavar="FILE|NAME", help="TOML file, or a shipped one: train-screen, train-log-k."),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(help="Where observations come from: screen (the default), equilibrium, literature, lab."),
    ] = None,
    campaign: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Learn from this campaign instead of the shipped observations.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Learn from this lab table instead of the shipped observations.")
    ] = None,
    outcome: Annotated[
        list[str] | None, typer.Option(help="What to learn; may be repeated. Default: all that can be learned.")
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="pooled (the default) or gaussian-process, one of which explain needs; joint, which learns from "
            "bounds and other levels too; deep-ensemble, ridge, random-forest, extra-trees or gradient-boosting, to "
            "compare with. Repeated, the best is chosen by nested cross-validation, for one --outcome."
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same surrogate and folds.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new directory; default: surrogates/ and the level.")
    ] = None,
    report: Annotated[
        bool | None, typer.Option("--report/--no-report", help="Cross-validate and write report.html and tables.")
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(
            help="What the report holds out; may be repeated: formulation-folds, leave-one-cation-out, "
            "leave-one-ligand-out (these three by default), cation-folds, ligand-folds."
        ),
    ] = None,
    folds: Annotated[int | None, typer.Option(help="Of the splits into folds; default: 5.")] = None,
    learning_curve: Annotated[
        int | None, typer.Option(help="Random orders of the learning curve, 0 for none; default: 3.")
    ] = None,
    tracking: Annotated[
        bool | None, typer.Option("--tracking/--no-tracking", help="Whether MLflow records it; it does by default.")
    ] = None,
    mlruns: Annotated[Path | None, typer.Option(metavar="DIR", help="MLflow's folder; default: mlruns.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Of MLflow's experiment and registered model; default: ionlink- and the level.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fit a surrogate to observations and write it; with --report, say how far it can be believed."""
    from ionlink.training_config import training_config

    options = {
        "level": level,
        "campaign": campaign,
        "table": table,
        "outcome": outcome or None,
        "model": model or None,
        "seed": seed,
        "out": out,
        "report": report,
        "split": split or None,
        "folds": folds,
        "learning_curve": learning_curve,
        "tracking": tracking,
        "mlruns": mlruns,
        "name": name,
    }
    settings = training_config(config, options)

    from ionlink.cli.progress import counting
    from ionlink.training import train as train_surrogate

    with counting("fitting") as progress:
        done = train_surrogate(settings, progress)
    if as_json:
        print_json(_summary(done))
    else:
        _print(done)


def _summary(done: "Training") -> dict[str, object]:
    found: dict[str, object] = {
        "out": done.out,
        "model": done.model,
        "level": done.data.level,
        "outcomes": done.surrogate.outcomes,
        "left_out": done.surrogate.left_out,
        "observations": len(done.data.observations),
        "learned_from": done.learned_from,
        "bounds_skipped": done.surrogate.bounds_skipped,
        "left_aside": done.left_aside,
        "descriptors_dropped": done.surrogate.scaling.dropped if done.surrogate.scales_descriptors else {},
        "data_sha256": done.data_hash,
        "registered": done.registered or None,
        "files": done.files,
    }
    if done.validation is None:
        return found
    return found | {
        "metrics": records(done.validation.metrics),
        "corrections": records(done.validation.corrections),
        "chosen": records(done.validation.chosen),
        "failures": [vars(failure) for failure in done.validation.failures],
        "impossible_splits": done.validation.impossible,
    }


def _print(done: "Training") -> None:
    from ionlink.models.inputs import NOT_SIMULATED

    surrogate, skipped = done.surrogate, done.surrogate.bounds_skipped
    observed = f"{counted(done.learned_from, 'observation')} of {done.data.source}"
    typer.echo(f"{done.model}: {counted(len(surrogate.outcomes), 'outcome')} learned from {observed}")
    if skipped:
        typer.echo(bounds_line(skipped, "--model joint"))
    for line in done.left_aside:
        typer.echo(line)
    if surrogate.scales_descriptors and surrogate.scaling.dropped:
        dropped = surrogate.scaling.dropped.values()
        constant = sum(reason.startswith("constant") for reason in dropped)
        unknown = sum(reason == NOT_SIMULATED for reason in dropped)
        typer.echo(
            f"descriptors: {len(surrogate.scaling.columns)} used; {constant} that are the same throughout and "
            f"{len(dropped) - constant - unknown} that go with another are not"
            + (f", nor {unknown} of the cation that no simulation knows of" if unknown else "")
        )
    for outcome, reason in done.surrogate.left_out.items():
        typer.echo(f"not learned: {outcome}: {reason}")
    if done.validation is not None:
        _print_metrics(done)
    if done.registered:
        typer.echo(f"registered in MLflow: {done.registered}")
    for path in (done.out, *done.files):
        typer.echo(path)


def _print_metrics(done: "Training") -> None:
    assert done.validation is not None
    rows = []
    for (outcome, split), found in done.validation.metrics.groupby(["outcome", "split"], sort=False):
        by_name = found.set_index("metric")
        predicted = done.validation.predicted(str(outcome), str(split))
        numbers = (float(by_name["value"][name]) if predicted.enough else None for name in SHOWN_METRICS)
        rows.append((outcome, by_name["unit"]["rmse"], split, str(predicted), *numbers))
    if rows:
        print_table(("outcome", "unit", "held out", "of", "RMSE", "q2", "CRPS", "in 90 % interval"), rows)
    for name, reason in done.validation.impossible.items():
        typer.echo(f"not possible: {reason if reason.startswith(name) else f'{name}: {reason}'}")
    for failure in done.validation.failures:
        typer.echo(f"failed: {failure.outcome}, {failure.split}, fold {failure.fold}: {failure.reason}")
