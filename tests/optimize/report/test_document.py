"""The whole report, read as a reader's browser would."""

from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from toy_campaigns import SPACE, observed

from ionlink.data import Formulation, InputError, Observation
from ionlink.optimize import Campaign, create_campaign_directory
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle
from ionlink.optimize.report.document import write_figures, write_report
from ionlink.optimize.report.drawings import objective_drawings


class Page(HTMLParser):
    """Text, images and addresses of a page; void of `void` elements that are never closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "img":
            self.images.append(found)
        self.addresses += [found[name] for name in ("src", "href", "data") if name in found]
        if tag not in ("img", "meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


@lru_cache
def page(directory: Path) -> Page:
    return Page(write_report(directory).read_text("utf-8"))


@pytest.mark.parametrize("campaign", ["finished", "untouched", "single"])
def test_every_report_stands_alone(campaign, request):
    directory = request.getfixturevalue(campaign)
    shown = page(directory)
    assert shown.open == []
    assert all(address.startswith("data:") for address in shown.addresses)
    assert "@import" not in (directory / "report.html").read_text("utf-8")
    assert all(image["alt"] for image in shown.images)


def test_a_finished_campaign_shows_what_happened(finished):
    shown = page(finished)
    assert "made-up <numbers> & all" in shown.text
    assert "protocol 0123456789ab" in shown.text
    assert "7 formulations known in all objectives before" in shown.text
    assert "6 candidates proposed in 2 rounds (5 done, 1 failed)" in shown.text
    assert "between −700 and −600" in shown.text
    assert "The hypervolume is measured from: chains per cation " in shown.text
    assert "killed by signal 9" in shown.text
    assert "Ti4+ has no parameters in amber14/spce.xml" in shown.text
    # Three pairs of objectives, three predictions, progress, radial distribution functions; of two rounds what was
    # expected of their candidates, and of both together how much improvement.
    assert len(shown.images) == 11


def test_each_round_says_why_it_was_proposed(finished):
    shown = page(finished)
    assert "Round 2: 3 candidates, by qNEHVI" in shown.text
    assert "Zr4+ was never seen by anybody." in shown.text
    assert "25 % of it if the outcomes are as expected" in shown.text
    assert any(image["alt"] == "predicted intervals of 3 outcomes for candidates 4, 5, 6" for image in shown.images)


def test_rules_and_what_is_still_to_gain_are_told(weighed, untouched):
    shown = page(weighed)
    assert "Still to gain in the best value, over the whole design space: " in shown.text
    assert "(90 % between" in shown.text
    assert "measured from" not in shown.text
    assert "stagnation go on 2 complete rounds are too few to tell" in shown.text
    assert "remaining go on expected is an improvement by" in shown.text
    shown = page(untouched)
    assert "not known before there is a model" in shown.text
    assert "gives no rules for stopping" in shown.text


def test_statements_are_judged_by_what_was_observed(finished):
    shown = page(finished)
    # In the made-up numbers the distance follows the ionic radius, which decides these two.
    assert "Ca2+ > Fe3+ on PF-COO, at 60:1 cation oxygen distance (Å)" in shown.text
    assert "agrees" in shown.text
    assert "only a laboratory measures" in shown.text


def test_an_untouched_campaign_says_that_there_is_nothing_yet(untouched):
    shown = page(untouched)
    assert shown.images == []
    for sentence in (
        "Nothing has been observed yet",
        "No candidate failed",
        "nothing proposed yet",
        "nothing simulated yet",
    ):
        assert sentence in shown.text


def test_one_objective_is_drawn_in_a_row_for_each_formulation(single):
    shown = page(single)
    assert any("chains_per_cation of" in (image["alt"] or "") for image in shown.images)
    assert "as desirability" in shown.text


def test_constraints_and_combined_objectives_are_shown(weighed):
    shown = page(weighed)
    assert "must be at most 2" in shown.text
    assert "Constraints hold" in shown.text
    assert "Best value found so far of all objectives combined" in shown.text


def test_the_report_is_the_same_each_time_and_replaces_the_last(finished):
    first = write_report(finished).read_bytes()
    assert write_report(finished).read_bytes() == first
    assert [path.name for path in finished.glob("report*")] == ["report.html"]


LAB = """
[campaign]
name = "trade-off"
[space]
cations = ["Fe3+"]
ligands = ["PAA"]
ratio = { lower = 4.0, upper = 100.0 }
[[objectives]]
outcome = "peel_force"
goal = "maximise"
[[objectives]]
outcome = "film_roughness_rq"
goal = "minimise"
[budget]
rounds = 2
batch = 3
[known]
observations = false
"""


@pytest.mark.parametrize(("members", "said"), [(3, False), (9, True)])
def test_a_long_front_is_said_to_be_cut(tmp_path, members, said):
    create_campaign_directory(tmp_path / "lab", LAB)
    campaign = Campaign.load(tmp_path / "lab")
    for number in range(members):
        made = Formulation(cation="Fe3+", ligand="PAA", ratio=10 * (number + 1))
        for outcome, value in (("peel_force", 1.0 + number), ("film_roughness_rq", 5.0 + number)):
            told = {"formulation": made, "outcome": outcome, "value": value, "level": "lab", "source": "notebook"}
            campaign.tell([Observation(**told)])
    campaign.store.close()
    assert ("The first 8 of 9 formulations on the front" in page(tmp_path / "lab").text) is said


def test_a_directory_that_is_no_campaign_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a campaign's directory"):
        write_report(tmp_path)


def test_the_figures_of_the_page_are_also_files(finished):
    page_images = len(page(finished).images)
    written = write_figures(finished)
    assert len(written) == page_images
    assert all(path.parent == finished / "figures" and "<svg" in path.read_text("utf-8") for path in written)


def test_what_was_told_meanwhile_is_not_called_known_before():
    campaign = Campaign(SPACE, OBJECTIVES[:2], seed=1)
    campaign.tell(observed([Formulation(cation="Mg2+", ligand="PAA", ratio=20)], ClosedFormOracle()))
    (before,) = objective_drawings(campaign)
    assert "known before" in before.svg
    campaign.ask(1)
    campaign.tell(observed([Formulation(cation="Zr4+", ligand="PF-COO", ratio=100)], ClosedFormOracle()))
    (after,) = objective_drawings(campaign)
    assert "not asked for" in after.svg
    assert "known before" not in after.svg
