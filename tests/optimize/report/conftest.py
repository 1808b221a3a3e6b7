"""A campaign with made-up numbers, taken through the real directory, store and surrogate."""

import math
from pathlib import Path

import numpy as np
import pytest

from ionlink.data import cations, outcomes
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.optimize import Prediction, create_campaign_directory
from ionlink.optimize.directory import PROTOCOL_FACT, CampaignPaths, campaign_of, read_config
from ionlink.optimize.rows import Proposal
from ionlink.optimize.store import opened
from ionlink.optimize.why import Expected, Gain, Why

THREE_OBJECTIVES = """
[campaign]
name = "made-up <numbers> & all"
seed = 3
[space]
cations = ["Mg2+", "Ca2+", "Zn2+", "Al3+", "Fe3+", "In3+", "Zr4+", "Ti4+"]
ligands = ["PAA", "PF-COO", "alginate"]
ratio = { lower = 4.0, upper = 100.0 }
[[objectives]]
outcome = "chains_per_cation"
goal = "maximise"
[[objectives]]
outcome = "coulomb_spread"
goal = "minimise"
[[objectives]]
outcome = "coulomb_per_charge"
goal = "window"
lower = -700.0
upper = -600.0
[budget]
rounds = 2
batch = 3
[simulation]
level = "screen"
[known]
observations = false
"""

ONE_OBJECTIVE = THREE_OBJECTIVES.replace(
    THREE_OBJECTIVES[THREE_OBJECTIVES.index("[[objectives]]") : THREE_OBJECTIVES.index("[budget]")],
    '[[objectives]]\noutcome = "chains_per_cation"\ngoal = "maximise"\n',
)


def made_up(formulation: Formulation, noise: np.random.Generator) -> list[Observation]:
    """Smooth in charge, radius and ratio, with noise; only the orders of magnitude are anything like real."""
    ion = cations()[formulation.cation]
    dilution = math.log(formulation.ratio / 20.0)
    values = {
        "cation_oxygen_distance": (ion.ionic_radius_angstrom + 1.35, 0.01),
        "chains_per_cation": (2.0 + 0.5 * ion.charge - 0.4 * dilution**2, 0.15),
        "coulomb_spread": (0.15 + 0.03 * abs(ion.charge - 3) + 0.05 * abs(dilution), 0.02),
        "coulomb_per_charge": (-520.0 - 60.0 * ion.charge / ion.ionic_radius_angstrom / 2, 9.0),
    }
    return [
        Observation(
            formulation=formulation,
            outcome=outcome,
            value=float(value + noise.normal(0.0, error)),
            standard_error=error,
            level="screen",
            source="made up",
            protocol="0123456789ab",
            replicates=2,
        )
        for outcome, (value, error) in values.items()
    ]


def known(ligand: str = "PF-COO") -> list[Formulation]:
    names = ("Mg2+", "Ca2+", "Fe3+", "In3+", "Zr4+")
    shipped = [Formulation(cation=name, ligand=ligand, ratio=60) for name in names]
    return [
        *shipped,
        Formulation(cation="Al3+", ligand="PAA", ratio=12),
        Formulation(cation="Zn2+", ligand="PAA", ratio=30),
    ]


def run_rounds(directory: Path, rounds: int, seed: int = 0) -> None:
    """Propose and tell; the first candidate fails; leaves RDFs like a simulation does."""
    noise = np.random.default_rng(seed)
    config = read_config(directory)
    with opened(CampaignPaths(directory).store) as store:
        store.settle(PROTOCOL_FACT, "0123456789ab")
        campaign = campaign_of(config, store)
        campaign.exclude("Ti4+", "PAA", "Ti4+ has no parameters in amber14/spce.xml")
        campaign.tell([o for formulation in known() for o in made_up(formulation, noise)])
        candidates = [c for number in range(1, rounds + 1) for c in _round(campaign, number, noise)]
        for candidate in candidates[1:]:
            place = CampaignPaths(directory).runs / f"{candidate.id:04d}-{candidate.formulation.slug}" / "replicate-0"
            write_rdf(place / "rdf.csv", cations()[candidate.formulation.cation].ionic_radius_angstrom + 1.35)


def _round(campaign, number: int, noise: np.random.Generator) -> list:
    """A round whose proposals are given, since finding them takes half a minute and is tested elsewhere."""
    ratios = np.geomspace(8, 40, 3).round(1)
    points = [
        Formulation(cation=c, ligand="PAA", ratio=r)
        for c, r in zip(("Al3+", "Zr4+", "Fe3+"), ratios * number, strict=True)
    ]
    proposals = [_proposal(campaign, point, noise) for point in points]
    reference = {"chains_per_cation": 1.0, "coulomb_spread": -0.5, "coulomb_per_charge": -2.0}
    candidates = campaign.store.add_round(number, "qNEHVI", reference, proposals)
    for candidate in candidates:
        if candidate.id == 1:
            campaign.fail(candidate, "1 of 2 replicates succeeded; replicate 1: killed by signal 9")
        else:
            campaign.tell(made_up(candidate.formulation, noise))
    return list(candidates)


def _proposal(campaign, point: Formulation, noise: np.random.Generator) -> Proposal:
    predicted = expected(campaign, point, noise)
    why = Why(
        expected=tuple(
            Expected(
                outcome=name,
                unit=outcomes()[name].unit,
                mean=p.mean,
                lower=p.mean - 1.6 * p.standard_deviation,
                upper=p.mean + 1.6 * p.standard_deviation,
                observed=(p.mean - 1.0, p.mean + 1.0),
            )
            for name, p in predicted.items()
        ),
        gain=Gain(measure="hypervolume", expected=0.4, exploit=0.1, explore=0.3, reached=1.0),
        chance_of_front=0.75,
        new=(f"{point.cation} was never seen by anybody",),
    )
    return Proposal(point, "qNEHVI", predicted, campaign.level, why=why.model_dump(mode="json"))


def expected(campaign, point: Formulation, noise: np.random.Generator) -> dict[str, Prediction]:
    errors = {o.outcome: (o.value, o.standard_error) for o in made_up(point, noise)}
    return {
        objective.outcome: Prediction(
            mean=errors[objective.outcome][0], standard_deviation=2 * errors[objective.outcome][1]
        )
        for objective in campaign.objectives
    }


def write_rdf(path: Path, peak_angstrom: float) -> None:
    path.parent.mkdir(parents=True)
    r = np.linspace(0.05, 8.0, 160)
    g = 1 / (1 + np.exp(-(r - 3.2) * 4)) + 9 * np.exp(-(((r - peak_angstrom) / 0.09) ** 2))
    rows = [f"{a:.3f},{b:.4f},{0.0:.3f}" for a, b in zip(r, g, strict=True)]
    path.write_text("r_angstrom,g_r,coordination_number\n" + "\n".join(rows) + "\n", "utf-8")


def make(directory: Path, text: str, rounds: int) -> Path:
    create_campaign_directory(directory, text)
    if rounds:
        run_rounds(directory, rounds)
    return directory


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """Three objectives, two rounds, one failed candidate."""
    return make(tmp_path_factory.mktemp("report") / "finished", THREE_OBJECTIVES, 2)


@pytest.fixture(scope="session")
def untouched(tmp_path_factory) -> Path:
    """No observation, no round."""
    return make(tmp_path_factory.mktemp("report") / "untouched", THREE_OBJECTIVES, 0)


@pytest.fixture(scope="session")
def single(tmp_path_factory) -> Path:
    """One objective."""
    return make(tmp_path_factory.mktemp("report") / "single", ONE_OBJECTIVE, 1)


@pytest.fixture(scope="session")
def weighed(tmp_path_factory) -> Path:
    """Three objectives as one value, and a constraint."""
    text = THREE_OBJECTIVES.replace('goal = "maximise"', 'goal = "maximise"\nspread = 1.0')
    text = text.replace('goal = "minimise"', 'goal = "minimise"\nspread = 0.1')
    text += '[aim]\ncombine = "weights"\n[[constraints]]\noutcome = "cation_oxygen_distance"\nupper = 2.0\n'
    text += "[stop]\nstagnation = { rounds = 5 }\nremaining = { below = 0.01 }\n"
    return make(tmp_path_factory.mktemp("report") / "weighed", text, 2)
