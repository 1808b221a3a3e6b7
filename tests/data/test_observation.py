"""Statements: conditions have one spelling, evidence lowers the trust."""

import pytest
from pydantic import ValidationError

from ionlink.data import Formulation, InputError, Observation, evidence_marks

FE = Formulation(cation="Fe3+", ligand="PAA", ratio=60)


def seen(**fields):
    known = {"formulation": FE, "outcome": "peel_force", "value": 1, "level": "lab", "source": "notebook 3"}
    return Observation(**known, **fields)


def test_equal_conditions_are_equal_however_they_are_written():
    one, other = seen(conditions="temperature=25 degC; cell=half"), seen(conditions=" cell=half;temperature=25 degC;")
    assert one == other
    assert one.conditions == "cell=half; temperature=25 degC"
    assert seen(conditions=" ").conditions is None


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ("warm", "'warm' is not a condition; write name=value"),
        ("cell=half; cell=full", "condition 'cell' stands twice"),
        ("Cell=half", "is not a condition"),
        ("cell=", "is not a condition"),
    ],
)
def test_conditions_that_say_nothing_are_refused(conditions, message):
    with pytest.raises(ValidationError, match=message):
        seen(conditions=conditions)


def test_trust_is_the_product_of_its_marks():
    marks = evidence_marks()
    doubted = seen(evidence=("figure", "half_cell", "figure"))
    assert doubted.evidence == ("figure", "half_cell")
    assert doubted.trust == pytest.approx(marks["figure"].trust * marks["half_cell"].trust)
    assert seen().trust == 1
    assert all(0 < mark.trust <= 1 for mark in marks.values())


def test_what_the_literature_contradicts_itself_on_is_trusted_less():
    trust = {name: mark.trust for name, mark in evidence_marks().items()}
    assert trust["symmetric_cell"] < trust["half_cell"] < trust["full_cell"]
    assert trust["single_event"] < 1
    assert trust["provisional"] == min(trust.values())


def test_an_unknown_mark_is_refused_by_name():
    with pytest.raises(ValidationError, match=r"'hearsay' is not a mark of evidence; the marks are .*provisional"):
        seen(evidence=("hearsay",))


def test_where_a_ratio_is_needed_its_absence_is_said():
    silent = Formulation(cation="Fe3+", ligand="PAA")
    assert str(silent) == "Fe3+ / PAA"
    with pytest.raises(InputError, match="ratio: Fe3\\+ / PAA has none; give donor groups per cation"):
        silent.slug  # noqa: B018
