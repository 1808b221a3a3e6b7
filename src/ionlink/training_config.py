"""What `ionlink train` is told: options of the command line, or the same names as keys of a TOML file."""

import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ionlink.data import outcomes
from ionlink.data.errors import InputError
from ionlink.models.kinds import DEFAULT_KIND, KINDS
from ionlink.models.registered_name import checked_name
from ionlink.models.seeds import LARGEST_SEED
from ionlink.models.splits import DEFAULT_FOLDS, SPLIT_NAMES
from ionlink.optimize.toml_faults import toml_faults

MODELS = tuple(KINDS)
DEFAULT_SPLITS = ("formulation-folds", "leave-one-cation-out", "leave-one-ligand-out")
PRESET_PREFIX = "train-"


class TrainingConfig(BaseModel):
    """Everything that decides what is learned, from what, and how it is judged. Paths: from the working directory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: str | None = Field(default=None, min_length=1)
    """Where the observations come from; by default `screen`, a campaign's own, or of a table the only one or `lab`."""

    campaign: Path | None = None
    """Directory of a campaign whose observations are learned from, instead of the shipped ones."""

    table: Path | None = None
    """Lab table that is learned from, instead of the shipped observations."""

    outcome: tuple[str, ...] = ()
    """What is learned; empty for everything that can be."""

    model: tuple[str, ...] = Field(default=(DEFAULT_KIND,), min_length=1)
    """One of `MODELS`; of several the best is chosen by nested cross-validation, for one outcome."""

    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)

    out: Path | None = None
    """Directory that the surrogate is written to; must not hold anything yet. Default: `surrogates/` and the level."""

    report: bool = False
    """Whether to cross-validate and to write a report."""

    split: tuple[str, ...] = Field(default=DEFAULT_SPLITS, min_length=1)
    """What the report holds out, of `SPLIT_NAMES`."""

    folds: int = Field(default=DEFAULT_FOLDS, ge=2)
    """Of the splits into folds."""

    learning_curve: int = Field(default=3, ge=0)
    """Random orders of the learning curve; 0 for none."""

    tracking: bool = True
    """Whether MLflow records it."""

    mlruns: Path = Path("mlruns")
    """MLflow's folder, made if it is missing."""

    name: str | None = Field(default=None, min_length=1, max_length=100)
    """Of MLflow's experiment and registered model; default: `ionlink-` and the level."""

    @field_validator("outcome", "model", "split", mode="before")
    @classmethod
    def _several(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given

    @field_validator("outcome")
    @classmethod
    def _known_outcomes(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known("outcome", names, tuple(outcomes()), "ionlink data show outcomes lists them")

    @field_validator("model")
    @classmethod
    def _known_models(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known("model", names, MODELS, f"there are {', '.join(MODELS)}")

    @field_validator("split")
    @classmethod
    def _known_splits(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known("split", names, SPLIT_NAMES, f"there are {', '.join(SPLIT_NAMES)}")

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str | None) -> str | None:
        return name and checked_name(name)

    @model_validator(mode="after")
    def _together(self) -> "TrainingConfig":
        faults = []
        if self.campaign and self.table:
            faults.append("campaign and table exclude each other: give one, or none for the shipped observations")
        if len(self.model) > 1 and len(self.outcome) != 1:
            faults.append("of several models the best is chosen for one outcome: give one outcome, or one model")
        if faults:
            raise InputError(faults)
        return self


def training_presets() -> dict[str, str]:
    """Text of every shipped declaration of a training, by name."""
    folder = resources.files("ionlink").joinpath("presets")
    names = sorted(file.name for file in folder.iterdir())
    return {
        name.removesuffix(".toml"): folder.joinpath(name).read_text(encoding="utf-8")
        for name in names
        if name.startswith(PRESET_PREFIX) and name.endswith(".toml")
    }


def training_config(source: str | None, options: Mapping[str, object]) -> TrainingConfig:
    """Settings of the file or shipped declaration `source`, under the options that were given.

    Raises:
        InputError: with a line for each fault, naming the file and its key, or the option.
    """
    content, place = _content(source) if source is not None else ({}, "")
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return TrainingConfig.model_validate({**content, **given})
    except ValidationError as error:
        found = toml_faults(error, TrainingConfig)
        raise InputError(_fault(field, message, given, place) for field, message in found) from error


def _fault(field: str, message: str, options: Mapping[str, object], place: str) -> str:
    name = field.partition("[")[0]
    if name in options:
        return f"--{name.replace('_', '-')}: {message}"
    return ": ".join(part for part in (place, field, message) if part)


def _content(source: str) -> tuple[dict[str, Any], str]:
    """Keys of a declaration, and how faults name it."""
    path = Path(source)
    presets = training_presets()
    shipped = source in presets and not path.exists()
    text = presets[source] if shipped else _text(path, tuple(presets))
    try:
        return tomllib.loads(text), path.name
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name}: not TOML: {error}") from error


def _text(path: Path, presets: Sequence[str]) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors begin with a byte order mark
    except FileNotFoundError:
        raise InputError(f"--config: there is no file {path}; shipped are {', '.join(presets)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--config: {path} cannot be read as text: {error}") from error


def _known(what: str, names: tuple[str, ...], known: Sequence[str], remedy: str) -> tuple[str, ...]:
    faults = [f"there is no {what} '{name}'{_suggestion(name, known)}; {remedy}" for name in names if name not in known]
    faults += [f"'{name}' is given twice" for name in sorted({name for name in names if names.count(name) > 1})]
    if faults:
        raise InputError(faults)
    return names


def _suggestion(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
