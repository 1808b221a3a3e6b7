"""Every cation on every ligand: simulated, or refused with a reason and a way out."""

from collections import Counter

import pytest

from ionlink.data import Formulation, cations, ligands
from ionlink.simulate import CannotSimulate, load_protocol, parametrise
from ionlink.simulate.box import refusal

WAYS_OUT = (
    "leave it out",
    "pip install",
    "use a smaller ratio",
    "use a larger ratio",
    "use a protocol",
    "tell the campaign",
)


@pytest.fixture(scope="module")
def reasons():
    """Why each pair cannot be simulated at 30 donor groups per cation without AmberTools, or None where it can."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parametrise, "find_ambertools", no_ambertools)
        protocol = load_protocol("screen")
        return {
            (cation, ligand): refusal(Formulation(cation=cation, ligand=ligand, ratio=30), protocol)
            for cation in cations()
            for ligand in ligands()
        }


def no_ambertools():
    raise CannotSimulate("AmberTools is needed and antechamber not found; pip install -e '.[new-ligands]'")


def test_each_refusal_says_what_could_be_done(reasons):
    silent = {reason for reason in reasons.values() if reason and not any(way in reason for way in WAYS_OUT)}
    assert not silent


def test_most_cations_are_covered_and_the_others_are_refused_on_every_ligand(reasons):
    covered = Counter(cation for (cation, _), reason in reasons.items() if reason is None)
    for refused in ("Ti4+", "Sn4+", "VO2+"):
        assert refused not in covered
        assert f"{refused} has no parameters" in reasons[refused, "PAA"]
    for model_case in ("Mg2+", "Ca2+", "Fe3+", "In3+", "Zr4+"):
        assert covered[model_case] >= len(shipped())
    assert len(set(covered.values())) == 1
    assert len(covered) > 40


def test_every_ligand_with_a_shipped_force_field_is_covered(reasons):
    assert {ligand for (_, ligand), reason in reasons.items() if reason is None} == shipped()


def shipped():
    return {path.stem for path in parametrise.shipped_folder().glob("*.xml")}


@pytest.mark.parametrize(
    ("ligand", "reason"),
    [
        ("PVA-borate", "no parameters for B"),
        ("PEI", "binds by the N"),
        ("chitosan", "binds by the N"),
        ("PDA", "sit on the rings"),
        ("TA-PAA", "types its catecholate as an ortho-quinone"),
    ],
)
def test_ligands_that_no_force_field_covers_are_refused_in_words(reasons, ligand, reason):
    assert reason in reasons["Fe3+", ligand]


@pytest.mark.parametrize(
    ("conditions", "what"),
    [
        ({"second_cation": "Ca2+", "second_fraction": 0.5}, "a second cation"),
        ({"ph": 5.0}, "a pH"),
        ({"temperature_k": 350.0}, "a temperature of its own"),
    ],
)
def test_conditions_that_no_box_knows_of_are_refused(conditions, what):
    plain = Formulation(cation="Mg2+", ligand="PAA", ratio=20)
    assert refusal(plain, load_protocol("screen")) is None
    reason = refusal(plain.model_copy(update=conditions), load_protocol("screen"))
    assert what in str(reason)
    assert "one cation" in str(reason)


def test_a_molecule_is_refused_because_only_polymers_are_built():
    assert "no polymer" in str(refusal(Formulation(cation="Mg2+", ligand="CC(=O)O", ratio=20), load_protocol("screen")))
