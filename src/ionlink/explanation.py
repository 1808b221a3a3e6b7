"""`ionlink.explain`: why the surrogate says what it says of one outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ionlink.data.errors import InputError
from ionlink.data.formulation import SURROUNDINGS, Formulation
from ionlink.known import CampaignLike, known_observations, levels_with_values
from ionlink.prediction import given_surrogate

if TYPE_CHECKING:
    import pandas as pd

    from ionlink.data.observation import Observation
    from ionlink.models import Surrogate
    from ionlink.prediction import Model

INTERVAL = 0.9
"""Central probability of all intervals of an explanation."""

PICTURES = (".svg", ".png")


@dataclass(frozen=True, eq=False)
class Explanation:
    """What moves one outcome: four groups of descriptors, single descriptors, pairs of groups, each with intervals.

    All numbers are of the surrogate's Gaussian process. Intervals (90 %) are of its posterior, and of the other fits
    that explain the observations about as well (`ionlink.models.rival_fits`); where those disagree on what does the
    work, they are wide.
    """

    outcome: str

    unit: str
    """Of the outcome, hence of all attributions, effects and strengths."""

    level: str

    asked: Formulation | None
    """The one formulation to explain, where one was asked for."""

    domain_reason: str
    """Why the asked formulation is an extrapolation; empty where it is none."""

    base: float
    """Mean prediction over the background formulations: what attributions start from."""

    global_attributions: "pd.DataFrame"
    """Columns group, mean_absolute_attribution, lower, upper, unit, leading_descriptor; the largest first.

    Over the observed formulations. `lower` is 0 where the signs of a group's attributions are not sure. The leading
    descriptor is the one of the group with the largest accumulated effect; empty where the group does not vary.
    """

    existing_only: "pd.DataFrame"
    """Columns part, mean_absolute_attribution, lower, upper, unit: cation, ligand and ratio, each in one piece.

    From formulations only that exist or could, no cation with another one's radius, no ligand with another one's
    geometry.
    """

    spatial_parts: "pd.DataFrame"
    """The same columns, of what makes up the spatial configuration: the ligand's geometry (`ligand`) and the ratio."""

    attributions: "pd.DataFrame"
    """Columns cation, ligand, ratio, asked, group, attribution, lower, upper, base, prediction, unit.

    After the ratio stand the conditions that any of the formulations has. Four rows for each formulation; their
    attributions and `base` add up to `prediction`. The asked one comes first.
    """

    existing_attributions: "pd.DataFrame"
    """As `attributions`, three rows each, by the parts of `existing_only` (column part)."""

    effects: "pd.DataFrame"
    """Columns descriptor, group, value, unit (of the value), effect, lower, upper, effect_unit, formulations.

    Accumulated local effects, with mean 0 over the observed formulations; `formulations` stand behind each step.
    What charge and radius define (z/r, z²/r) moves with them. Descriptors that the surrogate does not use have none.
    """

    interactions: "pd.DataFrame"
    """Columns group_a, group_b, strength, lower, upper, unit; the strongest first.

    Mean magnitude of the Shapley interaction index over the observed formulations.
    """

    fits: int
    """How many fits explain the observations about as well, the surrogate's own among them."""

    rivals_sought: bool
    """Whether other fits were looked for. Of many observations they are not, as each fit takes long."""

    share_of_networks: float
    """Part of each prediction that is of networks beside the process, which nothing here explains; 0 without."""

    q2: float
    """Leave-one-out Q² of the surrogate: 1 is perfect, 0 is nothing learned."""

    unseen_cation_q2: float | None
    """The same with each cation left out whole; `None` for fewer than three cations."""

    hybrid_uncertainty: float
    """Standard deviation of the model at cations with another one's radius, over the spread of the predictions.

    Near 1, nothing is known of such cations, and the split between charge density and radius rests on nothing.
    """

    ligand_hybrid_uncertainty: float
    """The same at ligands with the donors of one and the geometry of another."""

    formulations: int
    """Observed formulations that were learned from."""

    cations: int
    """Different cations among them."""

    background: int
    """Formulations that stand for the average."""

    def plot(self, path: str | Path) -> Path:
        """Draw the explanation as one figure, SVG or PNG by the ending of `path`.

        Raises:
            InputError: another ending, no such folder, or the file exists already: nothing is overwritten.

        """
        from ionlink.explanation_figure import draw

        return draw(self, check_picture(path))

    def statements(self) -> list[str]:
        """What matters most, and how certain that is, in sentences."""
        from ionlink.explanation_text import statements

        return statements(self)


def explain(
    *,
    outcome: str,
    campaign: "CampaignLike | None" = None,
    level: str | None = None,
    cation: str | None = None,
    ligand: str | None = None,
    ratio: float | None = None,
    second_cation: str | None = None,
    second_fraction: float | None = None,
    ph: float | None = None,
    temperature_k: float | None = None,
    model: "Model | None" = None,
    seed: int = 0,
) -> Explanation:
    """Explain what moves an outcome, and if asked, the prediction for one formulation.

    A surrogate is fitted to the shipped observations, or to those of a campaign, of one level; or `model` says which
    one to explain. It takes some 20 s.

    Args:
        outcome: Such as `crosslink_strength`.
        campaign: A campaign, or the directory of one, whose observations are to be learned from.
        level: Where the observations come from; by default the campaign's own level, and `screen` without a campaign.
        cation: Such as `Fe3+`; with ligand and ratio, that formulation is explained as well.
        ligand: Name or synonym, such as `PF-COO`; a SMILES where small molecules were observed.
        ratio: Donor groups per cation; left out only where no observation of the outcome has one.
        second_cation: Of a mixture the other cation.
        second_fraction: Share of the cations that are the second one, between 0 and 1.
        ph: Of the solution.
        temperature_k: In kelvin.
        model: Instead of fitting: a surrogate of Gaussian processes, the directory of a saved one, or
            `models:/name/version` in MLflow's registry.
        seed: The same seed gives the same explanation; a whole number from 0 to 2147483647.

    Raises:
        InputError: with one line for each name or number that is not usable; or of the model, see `load_model`.
        FitFailed: when the surrogate cannot be fitted.

    """
    from ionlink.models.seeds import checked_seed

    seed = checked_seed(seed)
    conditions = {
        "second_cation": second_cation,
        "second_fraction": second_fraction,
        "ph": ph,
        "temperature_k": temperature_k,
    }
    said = {name: value for name, value in conditions.items() if value is not None}
    if model is not None:
        surrogate = given_surrogate(model, campaign, level)
        _check_learned(surrogate, outcome)
        learned_from = [o.formulation for o in surrogate.models[outcome].rows]
        asked = _asked(cation, ligand, ratio, said, learned_from)
        return explain_surrogate(surrogate, outcome, asked=asked, seed=seed)
    observations = known_observations(campaign, level)
    _check_outcome(outcome, observations, campaign)
    asked = _asked(cation, ligand, ratio, said, [o.formulation for o in observations if o.outcome == outcome])

    from ionlink.models import Surrogate

    surrogate = Surrogate.fit(observations, outcomes=[outcome], seed=seed)
    return explain_surrogate(surrogate, outcome, asked=asked, seed=seed)


def explain_surrogate(
    surrogate: "Surrogate", outcome: str, *, asked: Formulation | None = None, seed: int = 0
) -> Explanation:
    """Explain one outcome of a surrogate that is fitted already; see `explain`.

    Raises:
        InputError: the surrogate has not learned the outcome, or has no joint posterior over its inputs.

    """
    from ionlink.explanation_numbers import assemble

    _check_learned(surrogate, outcome)
    return assemble(surrogate, outcome, asked, seed)


def check_picture(path: str | Path) -> Path:
    """See that a picture can be written to `path`.

    Raises:
        InputError: another ending than .svg or .png, no such folder, or there is something already.

    """
    path = Path(path)
    if path.suffix.lower() not in PICTURES:
        raise InputError(f"plot: '{path}' ends in neither {' nor '.join(PICTURES)}")
    if path.exists():
        raise InputError(f"plot: {path} exists already; choose another name, or remove it first")
    if not path.parent.is_dir():
        raise InputError(f"plot: there is no folder {path.parent}")
    return path


def _check_learned(surrogate: "Surrogate", outcome: str) -> None:
    if outcome not in surrogate.outcomes:
        raise InputError(f"outcome: the surrogate has not learned '{outcome}'; it has {', '.join(surrogate.outcomes)}")


def _check_outcome(outcome: str, observations: "Sequence[Observation]", campaign: "CampaignLike | None") -> None:
    from ionlink.data import outcomes

    observed = sorted({o.outcome for o in observations if o.bound == "="})
    if outcome in observed:
        return
    level = observations[0].level
    if outcome not in outcomes():
        close = get_close_matches(outcome, observed, n=3) or get_close_matches(outcome, outcomes(), n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "ionlink data show outcomes lists them"
        raise InputError(f"outcome: '{outcome}' is not known; {hint}")
    elsewhere = levels_with_values(outcome, campaign)
    close = get_close_matches(outcome, observed, n=3) or observed
    there = f"at level {' and '.join(elsewhere)}" if elsewhere else f"of {', '.join(close)}"
    raise InputError(f"outcome: no values of '{outcome}' at level '{level}'; there are {there}")


def _asked(
    cation: str | None,
    ligand: str | None,
    ratio: float | None,
    conditions: Mapping[str, Any],
    observed: Sequence[Formulation],
) -> Formulation | None:
    from ionlink.data import formulation_of

    if cation is None and ligand is None and ratio is None and not conditions:
        return None
    needs_ratio = any(formulation.ratio is not None for formulation in observed)
    always = [n for n in SURROUNDINGS if observed and all(getattr(f, n) is not None for f in observed)]
    parts = {
        "cation": cation,
        "ligand": ligand,
        **({"ratio": ratio} if needs_ratio else {}),
        **{name: conditions.get(name) for name in always},
    }
    absent = [name for name, part in parts.items() if part is None]
    if cation is None or ligand is None or absent:
        raise InputError(
            f"explain: {', '.join(absent)} missing; give {', '.join(parts)} of one formulation, or none of them"
        )
    if ratio is not None:
        return formulation_of(cation, ligand, ratio, molecules=True, **conditions)
    return formulation_of(cation, ligand, 1.0, molecules=True, **conditions).model_copy(update={"ratio": None})
