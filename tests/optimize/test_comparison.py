"""What `compare` says of the column `reached`."""

import pytest

from ionlink.optimize import Campaign, DesignSpace, Objective, RatioRange
from ionlink.optimize.comparison import reached_words

SPACE = DesignSpace(cations=("Fe3+",), ligands=("PAA",), ratio=RatioRange(lower=4, upper=100))
FORCE = {"outcome": "peel_force", "goal": "maximise"}
ROUGHNESS = {"outcome": "film_roughness_rq", "goal": "minimise"}
WINDOW = {"outcome": "peel_force", "goal": "window", "lower": 1.0, "upper": 2.0}


@pytest.mark.parametrize(
    ("objectives", "said"),
    [
        ([FORCE], "the best observed peel force, in N"),
        ([ROUGHNESS], "the best observed film roughness rq with its sign turned, so that more is better, in nm"),
        ([WINDOW], "how far the best observed peel force is from its window, below 0, in 0.5 N; 0 is within"),
        (
            [FORCE | {"reference": 0.5}, ROUGHNESS | {"reference": 9.0}],
            "the hypervolume of what was observed, measured from peel force 0.5 N; film roughness rq 9 nm, in N × nm",
        ),
        ([FORCE, ROUGHNESS], "not known before there is a reference point, from which the hypervolume is measured"),
    ],
)
def test_what_was_reached_has_a_unit(objectives, said):
    campaign = Campaign(SPACE, [Objective(**fields) for fields in objectives])
    assert reached_words({"bench": campaign}) == said


def test_combined_objectives_are_one_value():
    wanted = [Objective(**fields, spread=1.0) for fields in (FORCE, ROUGHNESS)]
    campaign = Campaign(SPACE, wanted, combine="weights")
    assert reached_words({"bench": campaign}) == "the best value of the objectives together, by weights"
