"""What a running campaign says of itself."""

from ionlink.cli.progress import Lines
from ionlink.data import Formulation
from ionlink.optimize.candidate import Candidate


def test_a_replicate_has_the_number_of_its_folder(capsys):
    formulation = Formulation(cation="Fe3+", ligand="PAA", ratio=8)
    candidate = Candidate(id=1, formulation=formulation, round=1, level="screen", proposed_by="start")
    Lines().replicate_ended(candidate, 2, "why")
    assert capsys.readouterr().err == "  Fe3+ / PAA / 8:1, replicate 2: failed: why\n"
