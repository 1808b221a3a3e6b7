"""`ionlink.predict`: what the surrogate says of one formulation or of millions, in one call."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ionlink.data.errors import InputError
from ionlink.known import CampaignLike, Known
from ionlink.models.beside import Beside
from ionlink.progress import progress_bar
from ionlink.wanted import Asked, GridLike, wanted

if TYPE_CHECKING:
    import pandas as pd

    from ionlink.data.observation import Observation
    from ionlink.models.formulation_table import FormulationTable
    from ionlink.models.prediction import Predictor
    from ionlink.models.surrogate import Surrogate

Model: TypeAlias = "Surrogate | str | Path"

ROWS_AT_ONCE = 50_000
"""Rows of predictions that exist at a time: some 8 MB, and ten times that to describe them where each has its own pH.
"""

FITS_KEPT = 4
"""Surrogates that are kept for the next call."""

REGISTERED = "models:/"
"""How the address of a model in MLflow's registry begins."""


def predict(
    formulations: "Asked | None" = None,
    *,
    cation: str | None = None,
    ligand: str | None = None,
    ratio: float | None = None,
    second_cation: str | None = None,
    second_fraction: float | None = None,
    ph: float | None = None,
    temperature_k: float | None = None,
    grid: GridLike | None = None,
    outcomes: str | Sequence[str] | None = None,
    interval: float = 0.9,
    noisy: bool = False,
    quantiles: Sequence[float] = (),
    level: str | None = None,
    campaign: "CampaignLike | None" = None,
    everything: bool = False,
    model: "Model | None" = None,
    progress: bool = False,
) -> "pd.DataFrame":
    """Predict outcomes of formulations, with uncertainty.

    A surrogate is fitted to the shipped observations of one level, or to those of a campaign; the same observations are
    fitted once in a process. Or `model` says what to predict with. All predictions are in memory, some 150 bytes a row;
    for more there is `predict_stream`.

    Args:
        formulations: Table with the columns `cation`, `ligand`, `ratio` (donor groups per cation), one formulation
            per row, and where they matter `second_cation`, `second_fraction`, `ph`, `temperature_k`, empty where one is
            left open; the path of one, `.csv` or `.parquet`; or a `Formulation`, or several.
        cation: Such as `Fe3+` or `Fe(III)`; with `ligand` and `ratio` instead of a table.
        ligand: Name or synonym, such as `PF-COO`; of a small molecule its SMILES or a name such as `EDTA`.
        ratio: Donor groups per cation; left out where stability constants were learned.
        second_cation: Of a mixture the other cation.
        second_fraction: Share of the cations that are the second one, between 0 and 1.
        ph: Of the solution.
        temperature_k: In kelvin.
        grid: Every cation on every ligand at every ratio: a `Grid`, or such as `{"cation": "all", "ligand": ["PAA"],
            "ratio": (8, 100, 25)}`, where a tuple is (lowest, highest, how many) on a log scale and a list holds
            single ratios; `second_cation`, `second_fraction`, `ph` and `temperature_k` may be axes as well, on a linear
            scale.
        outcomes: Which are wanted; by default all that can be learned, but for what simulations say of themselves, such
            as `equilibrated`. Fewer are fitted faster.
        interval: Probability of `lower` to `upper`.
        noisy: Whether the standard deviation and the interval are those of a new observation, with its noise,
            instead of those of the noise-free outcome.
        quantiles: Probabilities, each of which gets a column: of 0.05 it is q05, after `upper`.
        level: Where the observations come from: `screen`, `literature`, `lab`, …; by default the campaign's own level
            and protocol, and `screen` without a campaign.
        campaign: A campaign, or the directory of one, whose observations are to be learned from.
        everything: Whether to learn from bounds and rankings of that level as well, and from other levels and related
            outcomes, as far as they tell of it: the kind of model `joint`.
        model: Instead of fitting: a surrogate, the directory of a saved one, or `models:/name/version` in MLflow's
            registry.
        progress: Whether to show how far it is, on stderr.

    Returns:
        One row per formulation and outcome: cation, ligand, ratio, the conditions that were given, outcome, mean,
        standard_deviation, degrees_of_freedom, lower, upper, the quantiles, unit, level, in_domain and domain_reason.
        They are those of Student's distribution (see `Surrogate.predict`), which may reach beyond what is possible;
        where `ionlink predict` prints them, they end there.

    Raises:
        InputError: with one line for each name, number, column or row that is not usable; or nothing to learn from.
        FitFailed: when the surrogate cannot be fitted.
    """
    import pandas as pd

    frames = predict_stream(
        formulations,
        cation=cation,
        ligand=ligand,
        ratio=ratio,
        second_cation=second_cation,
        second_fraction=second_fraction,
        ph=ph,
        temperature_k=temperature_k,
        grid=grid,
        outcomes=outcomes,
        interval=interval,
        noisy=noisy,
        quantiles=quantiles,
        level=level,
        campaign=campaign,
        everything=everything,
        model=model,
        progress=progress,
    )
    return pd.concat(frames, ignore_index=True)


def predict_stream(
    formulations: "Asked | Iterable[pd.DataFrame] | None" = None,
    *,
    cation: str | None = None,
    ligand: str | None = None,
    ratio: float | None = None,
    second_cation: str | None = None,
    second_fraction: float | None = None,
    ph: float | None = None,
    temperature_k: float | None = None,
    grid: GridLike | None = None,
    outcomes: str | Sequence[str] | None = None,
    interval: float = 0.9,
    noisy: bool = False,
    quantiles: Sequence[float] = (),
    level: str | None = None,
    campaign: "CampaignLike | None" = None,
    everything: bool = False,
    model: "Model | None" = None,
    progress: bool = False,
    rows_at_once: int = ROWS_AT_ONCE,
) -> "Iterator[pd.DataFrame]":
    """Predict as `predict` does, a part at a time: memory does not grow with the number of formulations.

    Everything that was given is checked before the first part comes, a file from its first row to its last; only tables
    that come one after the other are checked as they come.

    Args:
        formulations: As for `predict`, or tables that come one after the other.
        cation: As for `predict`, like all that follow.
        ligand: See `cation`.
        ratio: See `cation`.
        second_cation: See `cation`.
        second_fraction: See `cation`.
        ph: See `cation`.
        temperature_k: See `cation`.
        grid: See `cation`.
        outcomes: See `cation`.
        interval: See `cation`.
        noisy: See `cation`.
        quantiles: See `cation`.
        level: See `cation`.
        campaign: See `cation`.
        everything: See `cation`.
        model: See `cation`.
        progress: See `cation`.
        rows_at_once: The most rows that a part has.

    Returns:
        The parts, in the order of the formulations.

    Raises:
        InputError: see `predict`.
        FitFailed: see `predict`.
    """
    from ionlink.models.prediction import Predictor, quantile_columns
    from ionlink.models.student import half_width

    half_width(interval)
    quantile_columns(quantiles)
    asked = (outcomes,) if isinstance(outcomes, str) else None if outcomes is None else tuple(outcomes)
    knowledge = _knowledge(model, campaign, level, everything=everything)
    given = {"cation": cation, "ligand": ligand, "ratio": ratio, "second_cation": second_cation}
    given |= {"second_fraction": second_fraction, "ph": ph, "temperature_k": temperature_k}
    single = {name: value for name, value in given.items() if value is not None}
    these = wanted(formulations, single, grid, needs_ratio=knowledge.needs_ratio)
    with progress_bar("learning from observations", None, shown=progress and not knowledge.is_fitted):
        surrogate = knowledge.surrogate(asked)
    predictor = Predictor.of(surrogate, _without_diagnostics(surrogate.outcomes) if asked is None else asked)
    tables = these.tables(max(1, rows_at_once // len(predictor.posteriors)))
    return _predicted(predictor, tables, these.count, interval, noisy=noisy, quantiles=quantiles, progress=progress)


def bounds_skipped(
    outcomes: Sequence[str] | None,
    level: str | None = None,
    campaign: "CampaignLike | None" = None,
    model: "Model | None" = None,
) -> int:
    """How many bounds `predict` does not learn from with these arguments; raises `InputError` as it does."""
    known = _knowledge(model, campaign, level)
    if known.fitted is not None and not known.fitted.bounds_skipped:
        return 0
    return sum(o.bound != "=" for o in known.observations if outcomes is None or o.outcome in outcomes)


def load_model(source: str | Path) -> "Surrogate":
    """A surrogate from the directory that `Surrogate.save` wrote, or from MLflow's registry.

    Args:
        source: The directory, or `models:/name/version` or `models:/name@alias` in MLflow's registry: on the server
            that the environment variable `MLFLOW_TRACKING_URI` names, else in `mlruns/mlflow.db` below the working
            directory, where `ionlink train` writes to. Nothing that lies there is run, and nothing unpickled.

    Raises:
        InputError: when there is none, or it does not fit this version of ionlink, or was changed since it was
            registered.
    """
    if str(source).startswith(REGISTERED):
        from ionlink.models.registry import load_registered

        return load_registered(str(source))
    from ionlink.models import Surrogate

    return Surrogate.load(Path(source))


def given_surrogate(
    model: "Model", campaign: "CampaignLike | None", level: str | None, *, everything: bool = False
) -> "Surrogate":
    """The surrogate that was given, or that a directory or a registry's address holds.

    Raises:
        InputError: as `load_model`, where it is no surrogate, and where a campaign, a level or `everything` is given as
            well, which say what to learn from.
    """
    said = {"campaign": campaign, "level": level, "everything": everything or None}
    given = [name for name, value in said.items() if value is not None]
    if given:
        verb = "says" if len(given) == 1 else "say"
        raise InputError(
            f"model: has learned already; leave out {' and '.join(given)}, which {verb} what to learn from"
        )
    from ionlink.models import Surrogate

    surrogate = load_model(model) if isinstance(model, str | Path) else model
    if not isinstance(surrogate, Surrogate):
        raise InputError(f"model: {model!r} is no surrogate; give one, its directory, or models:/name/version")
    return surrogate


def _predicted(
    predictor: "Predictor",
    tables: "Iterator[FormulationTable]",
    count: int | None,
    interval: float,
    *,
    noisy: bool,
    quantiles: Sequence[float],
    progress: bool,
) -> "Iterator[pd.DataFrame]":
    with progress_bar("predicting formulations", count, shown=progress) as advance:
        for table in tables:
            yield predictor.frame(table, interval=interval, noisy=noisy, quantiles=quantiles)
            advance(len(table))


@dataclass(frozen=True)
class _Knowledge:
    """Observations to be learned from, or the surrogate that has."""

    observations: "tuple[Observation, ...]"
    fitted: "Surrogate | None" = None

    beside: Beside | None = None
    """What is learned from as well; `None` where that is values of one level alone."""

    @property
    def is_fitted(self) -> bool:
        return self.fitted is not None

    @property
    def needs_ratio(self) -> bool:
        """Whether outcomes depend on a ratio; stability constants do not."""
        if self.fitted is not None:
            return self.fitted.scaling.knows_ratio
        return any(o.formulation.ratio is not None for o in self.observations)

    def surrogate(self, outcomes: tuple[str, ...] | None) -> "Surrogate":
        """Of `outcomes`, or of all that can be learned."""
        if self.fitted is not None:
            return self.fitted
        observed = dict.fromkeys(o.outcome for o in self.observations)
        observed |= dict.fromkeys(r.outcome for r in (self.beside.rankings if self.beside else ()))
        strangers = [outcome for outcome in outcomes or () if outcome not in observed]
        if strangers:
            raise InputError(
                f"outcome: '{name}' was not observed at level {self.observations[0].level};"
                f" observed are {', '.join(observed)}"
                for name in strangers
            )
        if outcomes is not None:
            return _fitted(self.observations, outcomes, self.beside)
        wanted = _without_diagnostics(observed)
        return _fitted(tuple(o for o in self.observations if o.outcome in wanted), None, self.beside)


def _without_diagnostics(names: Collection[str]) -> tuple[str, ...]:
    """What says something of the formulation; all, where simulations say of themselves only."""
    from ionlink.data import outcomes

    catalogue = outcomes()
    return tuple(name for name in names if catalogue[name].kind != "diagnostic") or tuple(names)


@lru_cache(maxsize=FITS_KEPT)
def _fitted(
    observations: "tuple[Observation, ...]", outcomes: tuple[str, ...] | None, beside: Beside | None
) -> "Surrogate":
    """The surrogate of these observations; they are compared by content, so the same ones are fitted once."""
    from ionlink.models import Surrogate

    if beside is None:
        return Surrogate.fit(observations, outcomes=outcomes)
    return Surrogate.fit(observations, outcomes=outcomes, model="joint", beside=beside)


def _knowledge(
    model: "Model | None", campaign: "CampaignLike | None", level: str | None, *, everything: bool = False
) -> _Knowledge:
    if model is None:
        known = Known.of(campaign, level)
        return _Knowledge(known.observations, beside=known.beside if everything else None)
    surrogate = given_surrogate(model, campaign, level, everything=everything)
    return _Knowledge(surrogate.observations, surrogate)
