import math

import pytest

from ionlink.data import Formulation, cations, observations
from ionlink.models.domain import Domain

SCREEN = Domain.of([o.formulation for o in observations() if o.level == "screen"])


def asked(cation, ligand, ratio=20.0):
    return Formulation(cation=cation, ligand=ligand, ratio=ratio)


def molecules(*pairs):
    return Domain.of([Formulation(cation=c, ligand=p) for c, p in pairs])


def test_what_was_trained_on_is_no_extrapolation():
    assert SCREEN.objection(asked("Fe3+", "PAA")) == ""


@pytest.mark.parametrize(
    ("formulation", "reason"),
    [
        (asked("Hf4+", "PAA"), "no training data on Hf4+; nearest training cation Zr4+"),
        (
            asked("Rb+", "PAA"),
            "no training data on Rb+; no monovalent cation among the training data; nearest training cation Ba2+",
        ),
        (asked("Fe3+", "CMC"), "no training data on CMC; nearest training ligand PAA"),
        (
            asked("Yb3+", "PVPA", 200),
            "no training data on Yb3+; no training data on PVPA; no training ligand with donor site phosphonate; "
            "nearest training cation Y3+, ligand PAA; ratio outside the trained 8 to 60",
        ),
        (asked("Fe3+", "PAA", None), "ratio is not given, trained was 8 to 60"),
    ],
)
def test_each_reason_is_one_readable_line(formulation, reason):
    assert SCREEN.objection(formulation) == reason


def test_what_was_trained_at_one_ratio_and_ph_is_no_range():
    domain = Domain.of([Formulation(cation=c, ligand="PAA", ratio=60, ph=5) for c in ("Fe3+", "Al3+")])
    asked_at = Formulation(cation="Fe3+", ligand="PAA", ratio=20, ph=7)
    assert domain.objection(asked_at) == "pH is not the trained 5; ratio is not the trained 60"


def test_a_charge_is_named_by_its_word():
    domain = Domain.of([asked(cation, "PAA") for cation in ("Li+", "Na+")])
    for cation, word in (("Mg2+", "divalent"), ("Fe3+", "trivalent"), ("Zr4+", "tetravalent")):
        assert f"no {word} cation among the training data" in domain.objection(asked(cation, "PAA"))
    assert "monovalent" not in domain.objection(asked("K+", "PAA"))


def test_molecules_say_nothing_of_chains():
    domain = molecules(("Fe3+", "CC(=O)O"), ("Na+", "CC(=O)O"))
    reason = domain.objection(Formulation(cation="Fe3+", ligand="PAA"))
    assert "no polymer among the training data" in reason
    assert "polymer" not in SCREEN.objection(asked("Fe3+", "CMC"))


def test_of_what_is_new_it_counts_how_many_were_seen_and_how_far_it_is():
    domain = Domain.of([asked(c, "PAA", r) for c in ("Na+", "K+", "Mg2+", "Fe3+") for r in (10, 100, 1000)])
    assert domain.verdict(asked("Na+", "PAA", 30)).novelty == (False, False, False, ())
    assert domain.verdict(asked("Ca2+", "CMC", 30)).novelty == (True, True, False, ())
    assert domain.verdict(asked("Zr4+", "PAA", 30)).novelty.outside == ((3, 1.0),)
    assert domain.verdict(asked("Na+", "CC(=O)O", 30)).novelty.outside == ((1, 1.0),)
    for ratio, share in ((1000.0, None), (1000 * 10**0.25, 0.25), (2.0, math.log10(5)), (1e5, 1.0)):
        expected = () if share is None else ((3, pytest.approx(share)),)
        assert domain.verdict(asked("Na+", "PAA", ratio)).novelty.outside == expected


@pytest.mark.parametrize(
    ("ligand", "binds_anew"),
    [
        *[("NCCN", True), ("NCC(=O)O", True), ("Oc1ccccc1O", True), ("CSCCSC", True)],
        *[("O=C(O)CC(=O)O", False), ("COCC(=O)O", False)],
    ],
)
def test_a_kind_of_donor_that_no_ligand_had_is_new(ligand, binds_anew):
    """An ether beside an acid binds hardly anything, and is no reason to doubt more than of any new ligand."""
    domain = molecules(("Fe3+", "CC(=O)O"), ("Na+", "O=C(O)C(=O)O"))
    novelty = domain.verdict(Formulation(cation="Fe3+", ligand=ligand)).novelty
    assert novelty.ligand
    assert novelty.donor is binds_anew


def test_beside_a_single_value_what_is_near_counts_little():
    once = Domain.of([Formulation(cation="Fe3+", ligand="PAA", ratio=60, temperature_k=298.15)])
    asked = [("ratio", 60.6), ("ratio", 120), ("temperature_k", 298.0), ("temperature_k", 350.0)]
    point = Formulation(cation="Fe3+", ligand="PAA", ratio=60, temperature_k=298.15)
    verdicts = [once.verdict(point.model_copy(update={name: value})) for name, value in asked]
    near, far, cool, hot = (verdict.novelty.outside[0][1] for verdict in verdicts)
    assert near < 0.02
    assert cool < 0.02
    assert far == hot == 1
    assert verdicts[2].objection == "temperature is not the trained 298.15"


def test_a_mixture_is_known_in_either_order_of_its_cations():
    mixed = [
        Formulation(cation="Fe3+", ligand="PAA", ratio=60, second_cation="Al3+", second_fraction=share / 100)
        for share in range(1, 50)
    ]
    for formulation in mixed:
        assert Domain.of([formulation]).objection(formulation.turned) == ""


def test_a_ligand_without_known_pka_is_named_as_such():
    known = Domain.of([Formulation(cation="K+", ligand="OCCO"), Formulation(cation="Na+", ligand="NCC(=O)O")])
    said = known.objection(Formulation(cation="K+", ligand="NCC(=O)O"))
    assert said.endswith("only with ligands that have none of known pKa")


def test_the_nearest_cation_is_a_chemical_neighbour():
    for cation, neighbours in (
        ("Zr4+", {"Hf4+"}),
        ("Rb+", {"K+", "Cs+"}),
        ("Nd3+", {"Pr3+", "Sm3+"}),
        ("Sr2+", {"Ba2+", "Ca2+"}),
    ):
        domain = Domain.of([asked(other, "PAA") for other in cations() if other != cation])
        assert domain.objection(asked(cation, "PAA")).rpartition(" ")[2] in neighbours


def test_a_molecule_with_a_site_that_was_never_seen_is_named():
    domain = molecules(("Fe3+", "CC(=O)O"), ("Fe3+", "OC(=O)C(=O)O"), ("Zr4+", "NCC(=O)O"))
    reason = domain.objection(Formulation(cation="Fe3+", ligand="CC(=O)NO"))
    assert reason == (
        "no training data on CC(=O)NO; no training ligand with donor site hydroxamate; nearest training ligand CC(=O)O"
    )
    longer = domain.objection(Formulation(cation="Fe3+", ligand="CCCC(=O)O"))
    assert longer == "no training data on CCCC(=O)O; nearest training ligand CC(=O)O"


def test_molecules_need_no_ratio():
    domain = molecules(("Fe3+", "CC(=O)O"))
    assert domain.objection(Formulation(cation="Fe3+", ligand="CC(=O)O")) == ""
    assert "known ratio" in domain.objection(asked("Fe3+", "CC(=O)O"))


def test_it_survives_json():
    for domain in (SCREEN, molecules(("Fe3+", "CC(=O)O"))):
        assert Domain.model_validate_json(domain.model_dump_json()) == domain


def test_a_cation_that_is_known_from_another_kind_of_donor_only_is_called_an_extrapolation():
    domain = Domain.of([Formulation(cation=c, ligand=smiles) for c, smiles in KNOWN_FROM])
    assert domain.objection(Formulation(cation="Fe3+", ligand="CC(=O)O")) == ""
    said = domain.objection(Formulation(cation="Zr4+", ligand="CC(=O)O"))
    assert said == "Zr4+ was never seen with carboxylate, only with sulfonate"
    assert domain.objection(Formulation(cation="Zr4+", ligand="CS(=O)(=O)O")) == ""


KNOWN_FROM = [("Fe3+", "CC(=O)O"), ("Zr4+", "CS(=O)(=O)O"), ("Fe3+", "CS(=O)(=O)O")]
