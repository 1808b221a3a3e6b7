"""`ionlink data import`: tables of a user's own, whole or not at all."""

import json

import pytest
from typer.testing import CliRunner

import ionlink.data
from ionlink.cli import app
from ionlink.data import InputError, naming
from ionlink.optimize import Objective
from ionlink.training_data import table_observations

LOG_K_HEADER = "metal,charge,ligand_smiles,log_k1,sources,temperature_c,ionic_strength_m\n"
LOG_K = LOG_K_HEADER + "Ca,2,CCCCCCCCC(=O)O,1.2,a book,25,0\nXx,2,CC(=O)O,1.2,a book,25,0\n"
LAB = "cation,ligand,ratio,outcome,value,unit\nFe3+,PF-COO,60,peel_force,458,cN\n"
LIGANDS = (
    "name,full_name,repeat_unit_smiles,donor_group,source\n"
    "PBA-X,poly(4-carboxybutyl ethylene),[*:1]CC([*:2])CCCCC(=O)[O-],carboxylate,our laboratory\n"
)
OUTCOMES = 'name,unit,meaning,lower\nlap_shear_strength,MPa,"Of two copper plates, 1 mm/min.",0\n'
CATIONS = (
    "cation,property,value,unit,uncertainty,source\n"
    "Ru3+,charge,3,e,exact,definition\n"
    "Ru3+,ionic_radius,0.68,angstrom,unknown,doi:10.1107/S0567739476001551\n"
)


def forget():
    tables = (ionlink.data.observations, ionlink.data.ligands, ionlink.data.outcomes, naming.ligand_index)
    for table in (*tables, ionlink.data.cations, ionlink.data.cation_properties):
        table.cache_clear()


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The user's folder, empty; the working directory is another one."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("IONLINK_DATA", str(tmp_path / "own"))
    forget()
    yield tmp_path / "own"
    monkeypatch.undo()
    forget()


def run(*arguments):
    forget()
    return CliRunner().invoke(app, ["data", "import", *map(str, arguments)])


def counts():
    forget()
    return json.loads(CliRunner().invoke(app, ["data", "list", "--json"]).stdout)


@pytest.fixture
def file(own, tmp_path):
    def write(text, name="my table.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_stability_constants_are_known_after_their_import(own, file):
    before = counts()
    result = run("log-k", file(LOG_K), "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["rows_read"], report["rows_taken"], report["rows_rejected"]) == (2, 1, 1)
    assert report["pairs_known_before"] == 0
    assert report["reasons"] == {"metal: is not a cation that ionlink knows": 1}
    assert counts()["observations"] == before["observations"] + 1
    assert [path.name for path in own.iterdir()] == ["observations_log_k_my_table.csv"]


def test_rejected_rows_are_listed_here_or_where_wanted(own, file, tmp_path):
    run("log-k", file(LOG_K))
    assert "'Xx' with charge 2 is not a cation" in (tmp_path / "here" / "my table.rejected.csv").read_text("utf-8")
    run("log-k", file(LOG_K, "other.csv"), "--rejected", tmp_path / "doubtful.csv")
    assert (tmp_path / "doubtful.csv").exists()


def test_the_summary_is_for_people(own, file):
    lines = run("log-k", file(LOG_K)).stdout.splitlines()
    assert [line.split() for line in lines if line.startswith("rows")] == [
        ["rows", "read", "2"],
        ["rows", "taken", "1"],
        ["rows", "rejected", "1"],
    ]
    assert lines[-2].startswith("written to ")


@pytest.mark.parametrize(("command", "text"), [("log-k", LOG_K), ("observations", LAB), ("ligands", LIGANDS)])
def test_nothing_is_overwritten_unless_asked_for(own, file, command, text):
    path = file(text)
    assert run(command, path).exit_code == 0
    (written,) = own.iterdir()
    content = written.read_bytes()
    again = run(command, path)
    assert again.exit_code == 2
    assert "exists; --replace overwrites it" in again.stderr
    assert written.read_bytes() == content
    assert run(command, path, "--replace").exit_code == 0
    assert [written] == list(own.iterdir())


def test_the_imported_file_itself_is_never_written(own, file):
    path = file(LOG_K)
    result = run("log-k", path, "--rejected", path, "--replace")
    assert result.exit_code == 2
    assert path.read_text("utf-8") == LOG_K


def test_what_holds_for_all_rows_is_given_as_options(own, file):
    path = file("metal,charge,ligand_smiles,log_k1,ligand_charge\nCa,2,CCCCCCCCC(=O)O,1.2,-1\n")
    refused = run("log-k", path)
    assert refused.exit_code == 2
    assert "none of 1 rows can be taken" in refused.stderr
    options = ("--ionic-strength", "0.1", "--temperature", "25", "--source", "our laboratory", "--replace")
    assert run("log-k", path, *options).exit_code == 0
    forget()
    (known,) = [known for known in ionlink.data.stability_constants() if known.source == "our laboratory"]
    assert known.value == pytest.approx(1.628, abs=1e-3)


def test_a_table_without_a_usable_row_changes_nothing_but_says_why(own, file):
    result = run("log-k", file(LOG_K_HEADER + "Xx,2,CC(=O)O,1.2,a book,25,0\n"))
    assert result.exit_code == 2
    assert result.stderr.splitlines()[1].strip() == "metal: is not a cation that ionlink knows (1 rows)"
    assert not own.exists()


def test_a_correction_is_imported_instead_of_what_it_corrects(own, file):
    header, row = LAB.splitlines()
    result = run("observations", file(f"{header},corrects\n{row},\n{row.replace('458', '485')},458\n"), "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["observations"] == 1
    forget()
    assert [o.value for o in ionlink.data.observations() if o.source == "my table.csv"] == [4.85]


def test_a_table_that_was_mended_is_imported_beside_the_rejected_rows_of_the_first_try(own, file, tmp_path):
    here = tmp_path / "here"
    assert run("log-k", file(LOG_K_HEADER + "Xx,2,CC(=O)O,1.2,a book,25,0\n")).exit_code == 2
    first = (here / "my table.rejected.csv").read_bytes()
    mended = run("log-k", file(LOG_K))
    assert mended.exit_code == 0, mended.stderr
    assert "rejected rows with their reasons: my table.rejected-2.csv" in mended.stdout
    assert (here / "my table.rejected.csv").read_bytes() == first
    assert "'Xx' with charge 2" in (here / "my table.rejected-2.csv").read_text("utf-8")
    named = run("log-k", file(LOG_K, "other.csv"), "--rejected", here / "my table.rejected.csv")
    assert named.exit_code == 2
    assert "my table.rejected.csv: exists; --replace overwrites it" in named.stderr


def test_a_table_of_rejected_rows_is_imported_once_it_is_mended(own, file, tmp_path):
    rows = "Ca;2;CCCCCCCCC(=O)O;1,2;a book;37;0,1\n"
    assert run("log-k", file(LOG_K_HEADER.replace(",", ";") + rows)).exit_code == 2
    rejected = (tmp_path / "here" / "my table.rejected.csv").read_text("utf-8")
    mended = run("log-k", file(rejected.replace(",37,0.1", ",25,0"), "mended.csv"), "--json")
    assert mended.exit_code == 0, mended.stderr
    assert json.loads(mended.stdout)["rows_taken"] == 1


def test_a_file_in_place_of_the_folder_of_own_tables_is_refused(own, file, monkeypatch):
    path = file(LAB)
    monkeypatch.setenv("IONLINK_DATA", str(path))
    result = run("observations", path)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [f"IONLINK_DATA: {path} is a file; name the folder of your own tables"]


def test_polymers_are_known_after_their_import(own, file):
    before = counts()
    assert run("ligands", file(LIGANDS)).exit_code == 0
    assert counts()["ligands"] == before["ligands"] + 1
    assert ionlink.data.formulation_of("Fe3+", "poly(4-carboxybutyl ethylene)", 10).ligand == "PBA-X"


def test_a_table_of_polymers_may_come_from_a_european_spreadsheet(own, file):
    header, row = LIGANDS.splitlines()
    header, row = f"{header},donor_pka,donor_pka_uncertainty,donor_pka_source", f"{row},4.8,0.1,our laboratory"
    text = f"\ufeff{header}\r\n{row}\r\n".replace(",", ";").replace("4.8", "4,8").replace("0.1", "0,1")
    result = run("ligands", file(text))
    assert result.exit_code == 0, result.stderr
    forget()
    assert ionlink.data.ligands()["PBA-X"].donor_pka == 4.8


def test_every_fault_of_a_table_of_polymers_comes_at_once(own, file):
    rows = (
        "A,poly a,C(,carboxylate,us\n"
        "B,poly b,CC(=O)[O-],carboxylate,us\n"
        "C,poly c,[*:1]CC[*:2],carboxylate,us\n"
        "PAA,poly d,[*:1]CC([*:2])CCCCC(=O)[O-],carboxylate,us\n"
    )
    result = run("ligands", file(LIGANDS.splitlines(keepends=True)[0] + rows))
    assert result.exit_code == 2
    for row in ("row 2", "row 3", "row 4", "row 5"):
        assert f"my table.csv {row}" in result.stderr, result.stderr
    assert not own.exists()


def test_observations_are_known_after_their_import(own, file):
    before = counts()
    assert run("observations", file(LAB), "--level", "literature").exit_code == 0
    assert counts()["observations"] == before["observations"] + 1
    (known,) = [known for known in ionlink.data.observations() if known.source == "my table.csv"]
    assert (known.value, known.level) == (pytest.approx(4.58), "literature")


def test_observations_may_each_name_their_level(own, file):
    header, row = LAB.strip().splitlines()
    table = f"{header},level\n{row},half-cell\n{row},\n"
    assert run("observations", file(table), "--level", "literature").exit_code == 0
    levels = [known.level for known in ionlink.data.observations() if known.source == "my table.csv"]
    assert sorted(levels) == ["half-cell", "literature"]


def test_what_others_simulated_is_not_taken_for_ionlinks_own(own, file):
    header, row = LAB.strip().splitlines()
    result = run("observations", file(f"{header},level\n{row},screen\n"))
    assert result.exit_code == 2
    assert "my table.csv: level screen is a simulation of ionlink's" in result.stderr
    assert not own.exists()


def test_observations_may_be_of_molecules(own, file):
    assert run("observations", file(LAB.replace("PF-COO", "acetate"))).exit_code == 0
    (known,) = [known for known in ionlink.data.observations() if known.source == "my table.csv"]
    assert known.formulation.ligand == "CC(=O)O"


OF_PBA_X = LAB.replace("PF-COO", "PBA-X")


def test_a_polymer_that_another_table_needs_is_not_lost(own, file):
    assert run("ligands", file(LIGANDS)).exit_code == 0
    rows = OF_PBA_X + OF_PBA_X.splitlines()[1].replace("60", "20") + "\n"
    assert run("observations", file(rows, "obs.csv")).exit_code == 0
    before = counts()
    result = run("ligands", file(LIGANDS.replace("PBA-X", "PBA-Y")), "--replace")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"my table.csv: has no 'PBA-X' any more, which {own / 'observations_obs.csv'} needs in rows 2, 3; "
        "keep it, or delete that table first"
    ]
    assert counts() == before


def test_a_polymer_that_nothing_needs_may_be_renamed(own, file):
    assert run("ligands", file(LIGANDS)).exit_code == 0
    assert run("ligands", file(LIGANDS.replace("PBA-X", "PBA-Y")), "--replace").exit_code == 0
    assert run("observations", file(OF_PBA_X.replace("PBA-X", "PBA-Y"))).exit_code == 0


def test_rankings_and_categories_need_their_polymers_too(own, file):
    assert run("ligands", file(LIGANDS)).exit_code == 0
    (own / "rankings_mine.csv").write_text(
        "higher,lower,ligand,ratio,relation,outcome,level,source\nFe3+,Ca2+,PBA-X,60,>,peel_force,lab,our laboratory\n"
    )
    result = run("ligands", file(LIGANDS.replace("PBA-X", "PBA-Y")), "--replace")
    assert result.exit_code == 2
    assert f"{own / 'rankings_mine.csv'} needs in row 2;" in result.stderr


def test_a_table_whose_polymer_is_gone_says_where_it_lies_and_what_helps(own, file):
    assert run("ligands", file(LIGANDS)).exit_code == 0
    assert run("observations", file(OF_PBA_X, "obs.csv")).exit_code == 0
    (own / "ligands_my_table.csv").unlink()
    forget()
    result = CliRunner().invoke(app, ["data", "list"])
    assert result.exit_code == 2
    fault, remedy = result.stderr.splitlines()
    path = own / "observations_obs.csv"
    assert fault.startswith(f"{path} row 2, ligand: 'PBA-X' is not known")
    assert remedy == (
        f"{path}: is a table of your own; put it right, import it anew with --replace, or delete it; "
        "a polymer that it names has to be known: import the table that had it"
    )


def test_a_faulty_table_of_polymers_of_ones_own_says_where_it_lies(own):
    own.mkdir()
    (own / "ligands_mine.csv").write_text("name\nA\n")
    forget()
    result = CliRunner().invoke(app, ["data", "list"])
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert all(line.startswith(f"{own / 'ligands_mine.csv'}: ") for line in lines)
    assert lines[-1].endswith("or delete it")


def test_a_faulty_table_of_polymers_of_ones_own_is_replaced(own, file):
    assert run("ligands", file(LIGANDS)).exit_code == 0
    written = own / "ligands_my_table.csv"
    for content in (b"name\nA\n", b"\xff\xfe\x00"):
        written.write_bytes(content)
        result = run("ligands", file(LIGANDS), "--replace")
        assert result.exit_code == 0, result.stderr
        assert "PBA-X" in written.read_text("utf-8")


def test_a_faulty_table_of_observations_keeps_no_polymers_out(own, file):
    own.mkdir()
    (own / "observations_mine.csv").write_text("cation\nFe3+\n")
    assert run("ligands", file(LIGANDS)).exit_code == 0
    assert run("ligands", file(LIGANDS), "--replace").exit_code == 0
    lost = run("ligands", file(LIGANDS.replace("PBA-X", "PBA-Y")), "--replace")
    assert lost.exit_code == 2, "whether it needs the polymer that would be lost is not known"
    assert str(own / "observations_mine.csv") in lost.stderr


def test_what_no_import_writes_is_not_to_be_imported_anew(own):
    own.mkdir()
    path = own / "rankings_mine.csv"
    path.write_text("higher\nFe3+\n")
    forget()
    ionlink.data.rankings.cache_clear()
    with pytest.raises(ionlink.data.InputError) as caught:
        ionlink.data.rankings()
    assert caught.value.faults[-1] == f"{path}: is a table of your own; put it right, or delete it"


LAB_OF_NOTEBOOK = (
    "cation,ligand,ratio,outcome,value,unit,source\n"
    "Fe3+,PF-COO,60,peel_force,5.9,N,notebook 1\n"
    "Ca2+,PF-COO,60,peel_force,1.2,N,notebook 1\n"
)
SAME_ROW = "Fe3+,PF-COO,60,peel_force,590,cN,notebook 1\n"
IRON = "Fe3+ / PF-COO / 60:1, peel_force is"


def test_a_row_that_stands_twice_in_a_table_is_refused(own, file):
    result = run("observations", file(LAB_OF_NOTEBOOK + SAME_ROW))
    assert result.exit_code == 2
    fault, remedy = result.stderr.splitlines()
    assert fault == f"my table.csv: row 4: {IRON} 5.9 N from notebook 1 as in row 2, and would count twice"
    assert "name their sources apart" in remedy
    assert not own.exists()


@pytest.mark.parametrize(("column", "cells"), [("standard_error", ("", "0.2")), ("candidate", ("1", "2"))])
def test_rows_that_differ_in_standard_error_or_candidate_are_replicates(own, file, column, cells):
    header, *rows = "cation,ligand,ratio,outcome,value,unit", *("Fe3+,PF-COO,60,peel_force,5.9,N" for _ in cells)
    lines = [f"{header},{column}", *(f"{row},{cell}" for row, cell in zip(rows, cells, strict=True))]
    path = file("\n".join(lines) + "\n")
    result = run("observations", path, "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["observations"], report["replicates"]) == (2, 2)
    assert len(table_observations(path)[0]) == 2, "as many as a surrogate learns from"


def test_replicates_of_one_source_are_taken_and_counted(own, file):
    table = file(LAB_OF_NOTEBOOK + SAME_ROW.replace("590", "610"))
    assert json.loads(run("observations", table, "--json").stdout)["replicates"] == 2
    assert (
        "of these, replicates, several from the same source: 2"
        in run("observations", table, "--replace").stdout.splitlines()
    )
    values = [known.value for known in ionlink.data.observations() if known.source == "notebook 1"]
    assert sorted(values) == [1.2, 5.9, 6.1]


@pytest.mark.parametrize(
    "other",
    [
        SAME_ROW.replace("notebook 1", "notebook 2"),
        SAME_ROW.replace("60", "20"),
        SAME_ROW.replace("590", "<590"),
        SAME_ROW.replace("PF-COO", "PAA"),
    ],
)
def test_equal_values_of_another_source_or_formulation_and_limits_are_other_rows(own, file, other):
    assert run("observations", file(LAB_OF_NOTEBOOK + other)).exit_code == 0


def test_what_another_table_has_from_the_same_source_is_refused(own, file):
    assert run("observations", file(LAB_OF_NOTEBOOK)).exit_code == 0
    result = run("observations", file(LAB_OF_NOTEBOOK, "copy.csv"))
    assert result.exit_code == 2
    there = "from notebook 1 in observations_my_table.csv as well, and would count twice"
    assert result.stderr.splitlines()[0] == f"copy.csv: row 2: {IRON} 5.9 N {there}"
    assert "--replace" in result.stderr.splitlines()[2]
    assert [path.name for path in own.iterdir()] == ["observations_my_table.csv"]


MIXTURES = (
    "cation,ligand,ratio,outcome,value,unit,source,second_cation,second_fraction\n",
    "Fe3+,PF-COO,60,peel_force,1.9,N,notebook 1,Al3+,0.3\n",
    "Al3+,PF-COO,60,peel_force,1.9,N,notebook 1,Fe3+,0.7\n",
)


def test_a_mixture_counts_once_whichever_cation_is_named_first(own, file):
    header, iron, aluminium = MIXTURES
    twice = run("observations", file(header + iron + aluminium))
    assert twice.exit_code == 2
    assert "from notebook 1 as in row 2, and would count twice" in twice.stderr
    assert run("observations", file(header + iron)).exit_code == 0
    again = run("observations", file(header + aluminium, "again.csv"))
    assert again.exit_code == 2
    assert "in observations_my_table.csv as well, and would count twice" in again.stderr


def test_what_contradicts_another_table_of_the_same_source_is_refused(own, file):
    assert run("observations", file(LAB_OF_NOTEBOOK)).exit_code == 0
    result = run("observations", file(LAB_OF_NOTEBOOK.replace("5.9", "1.9"), "copy.csv"))
    assert result.exit_code == 2
    there = "5.9 N in observations_my_table.csv from the same source, notebook 1"
    assert result.stderr.splitlines()[0] == f"copy.csv: row 2: {IRON} 1.9 N here, but {there}"


def test_a_table_that_has_grown_or_was_put_right_replaces_itself(own, file):
    assert run("observations", file(LAB_OF_NOTEBOOK)).exit_code == 0
    better = LAB_OF_NOTEBOOK.replace("1.2", "1.3") + SAME_ROW.replace("60", "20")
    assert run("observations", file(better), "--replace").exit_code == 0
    assert sum(known.source == "notebook 1" for known in ionlink.data.observations()) == 3


def test_what_the_shipped_tables_have_from_the_same_source_is_refused(own, file):
    literature = (o for o in ionlink.data.observations() if o.level == "literature" and o.conditions is None)
    known = next(o for o in literature if o.formulation.ratio is not None)
    made, unit = known.formulation, ionlink.data.outcomes()[known.outcome].unit
    cells = (made.cation, made.ligand, made.ratio, known.outcome, known.value, unit, known.source, known.bound)
    text = ",".join(f'"{cell}"' for cell in cells)
    table = file(f"cation,ligand,ratio,outcome,value,unit,source,bound\n{text}\n")
    result = run("observations", table, "--level", "literature")
    assert result.exit_code == 2
    assert "and would count twice" in result.stderr


def test_a_copy_under_another_name_is_refused_where_no_source_is_named(own, file):
    assert run("observations", file(LAB)).exit_code == 0
    copy = run("observations", file(LAB, "copy.csv"))
    assert copy.exit_code == 2
    assert copy.stderr.startswith(
        "copy.csv: 1 of 1 rows equal those of observations_my_table.csv from my table.csv, and would count a second "
        "time, since the table names no source"
    )
    header, row = LAB.splitlines()
    assert run("observations", file(f"{header},source\n{row},second sample\n", "copy.csv")).exit_code == 0


def test_a_table_that_joins_two_others_is_a_copy_of_both(own, file):
    header, row = LAB.splitlines()
    rows = row, row.replace("60", "20")
    for place, its in enumerate(rows):
        assert run("observations", file(f"{header}\n{its}\n", f"{place}.csv")).exit_code == 0
    result = run("observations", file("\n".join([header, *rows]), "joined.csv"))
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert [line.startswith("joined.csv: 1 of 2 rows equal those of observations_") for line in lines] == [True, True]


def test_one_row_that_comes_out_as_an_earlier_one_makes_no_copy(own, file):
    assert run("observations", file(LAB)).exit_code == 0
    row = LAB.splitlines()[1]
    more = "".join(f"{row.replace('458', str(value))}\n" for value in (470, 480, 490))
    assert run("observations", file(LAB + more, "next week.csv")).exit_code == 0


MALFORMED = [
    b"",
    b"\n \n",
    b"PK\x03\x04 workbook",
    b"a,b\n\x00,1\n",
    b'a,b\n"never closed,1\n',
    b"\xff\xfe\x00",
    b"a\tb\n1\t2\n",
    b"a,a\n1,2\n",
    b"nothing,known\n1,2\n",
]


@pytest.mark.parametrize("command", ["log-k", "ligands", "observations"])
@pytest.mark.parametrize("content", MALFORMED)
def test_a_malformed_file_gives_a_clear_report_and_changes_nothing(own, file, tmp_path, command, content):
    result = run(command, file(content))
    assert result.exit_code == 2
    assert result.stderr.startswith("my table.csv: ")
    assert "Traceback" not in result.output
    assert not own.exists()
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize("command", ["log-k", "ligands", "observations"])
def test_no_file_or_a_folder_is_bad_input(own, tmp_path, command):
    for path in (tmp_path / "none.csv", tmp_path):
        result = run(command, path)
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
    assert not own.exists()


@pytest.mark.parametrize(("command", "header"), [("log-k", LOG_K_HEADER), ("observations", LAB.splitlines()[0] + "\n")])
def test_a_header_alone_is_bad_input(own, file, command, header):
    result = run(command, file(header))
    assert result.exit_code == 2
    assert "has a header but no rows" in result.stderr


def test_a_report_of_many_faults_is_cut(own, file):
    header, row = LAB.splitlines()
    result = run("observations", file("\n".join([header, *[row.replace("458", "much")] * 5000])))
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert len(lines) == 101
    assert lines[-1] == "and 4900 more"


def test_outcomes_are_known_after_their_import(own, file):
    before = counts()
    assert run("outcomes", file(OUTCOMES)).exit_code == 0
    assert counts()["outcomes"] == before["outcomes"] + 1
    known = ionlink.data.outcomes()["lap_shear_strength"]
    assert (known.unit, known.kind, known.lower, known.upper) == ("MPa", "measured", 0.0, None)
    rows = "Fe3+,PAA,60,lap shear strength,1900,kPa\nAl3+,PAA,60,lap_shear_strength,1.2,MPa\n"
    assert run("observations", file(LAB.splitlines(keepends=True)[0] + rows, "lab.csv")).exit_code == 0
    forget()
    own_values = [o.value for o in ionlink.data.observations() if o.outcome == "lap_shear_strength"]
    assert own_values == [1.9, 1.2]


def test_an_objective_may_be_an_outcome_of_ones_own(own, file):
    with pytest.raises(ValueError, match=r"ionlink data import outcomes adds your own to .*own"):
        Objective(outcome="lap_shear_strength", goal="maximise")
    assert run("outcomes", file(OUTCOMES)).exit_code == 0
    forget()
    assert Objective(outcome="lap_shear_strength", goal="maximise").outcome in ionlink.data.outcomes()


def test_a_table_of_outcomes_may_come_from_a_european_spreadsheet(own, file):
    text = "\ufeffname;unit;meaning;lower;upper\r\nswelling_of_gels;1;By mass;0,5;1,5\r\n"
    result = run("outcomes", file(text))
    assert result.exit_code == 0, result.stderr
    forget()
    known = ionlink.data.outcomes()["swelling_of_gels"]
    assert (known.lower, known.upper) == (0.5, 1.5)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Peel Force,N,x,,,", "name: 'Peel Force' is no name of an outcome; write small letters, digits and _"),
        ("peel_force,N,x,,,", "name: peel_force is known, in N; use it, or give another name"),
        ("ratio,1,x,,,", "name: ratio is what tables call something else"),
        ("mine,kJ/m2,x,,,", "unit: 'kJ/m2' is not a unit; write it as in N, kJ/m^2 or mAh/g"),
        ("mine,N/(m),x,,,", "unit: 'N/(m)' is not a unit"),
        ("mine,,x,,,", "unit: is missing"),
        ("mine,N,,,,", "meaning: is missing"),
        ("mine,N,x,2,1,", "lower: 2 is not below upper, 1; leave out what has no limit"),
        ("mine,N,x,,,density;colour", "related: 'colour' is no outcome; ionlink data show outcomes lists them"),
    ],
)
def test_every_fault_of_a_table_of_outcomes_comes_at_once(own, file, row, fault):
    rows = f"{row}\nother,rubbish,x,,,\n"
    result = run("outcomes", file("name,unit,meaning,lower,upper,related\n" + rows))
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert any(line.startswith("my table.csv row 2, ") and fault in line for line in lines), lines
    assert "my table.csv row 3, unit: 'rubbish' is not a unit" in result.stderr
    assert not own.exists()


def test_an_outcome_that_stands_in_the_table_twice_is_refused(own, file):
    result = run("outcomes", file(OUTCOMES + OUTCOMES.splitlines(keepends=True)[1]))
    assert result.exit_code == 2
    assert "my table.csv row 3, name: lap_shear_strength stands in the table twice" in result.stderr


def test_an_outcome_that_a_table_needs_is_not_lost(own, file):
    assert run("outcomes", file(OUTCOMES)).exit_code == 0
    rows = LAB.splitlines(keepends=True)[0] + "Fe3+,PAA,60,lap_shear_strength,1900,kPa\n"
    assert run("observations", file(rows, "lab.csv")).exit_code == 0
    replaced = run("outcomes", file(OUTCOMES.replace("lap_shear", "butt_joint")), "--replace")
    assert replaced.exit_code == 2
    assert "has no 'lap_shear_strength' any more" in replaced.stderr
    (own / "outcomes_my_table.csv").unlink()
    forget()
    with pytest.raises(InputError, match="an outcome that it names has to be known: import the table that had it"):
        ionlink.data.observations()


def test_an_outcome_keeps_its_unit_because_numbers_elsewhere_are_told_in_it(own, file):
    assert run("outcomes", file(OUTCOMES)).exit_code == 0
    written = (own / "outcomes_my_table.csv").read_bytes()
    changed = run("outcomes", file(OUTCOMES.replace("MPa", "kPa")), "--replace")
    assert changed.exit_code == 2
    assert "lap_shear_strength was in MPa, linear, and is in kPa, linear now" in changed.stderr
    assert (own / "outcomes_my_table.csv").read_bytes() == written
    assert run("outcomes", file(OUTCOMES.replace("copper", "steel")), "--replace").exit_code == 0


def test_a_unit_that_somebody_wrote_by_hand_is_checked_with_the_knowledge_base(own, file):
    own.mkdir()
    (own / "outcomes_by_hand.csv").write_text(OUTCOMES.replace("MPa", "kJ/m2"), "utf-8")
    forget()
    result = CliRunner().invoke(app, ["data", "check"])
    assert result.exit_code == 2
    assert "outcomes_by_hand.csv row 2, unit: 'kJ/m2' is not a unit" in result.stderr


def test_cations_are_known_after_their_import(own, file):
    before = counts()
    with pytest.raises(InputError, match="ionlink data import cations adds your own"):
        ionlink.data.formulation_of("Ru3+", "PAA", 10)
    assert run("cations", file(CATIONS)).exit_code == 0
    assert counts()["cations"] == before["cations"] + 1
    assert ionlink.data.formulation_of("Ru(III)", "PAA", 10).cation == "Ru3+"
    assert ionlink.data.cations()["Ru3+"].ionic_potential_e_per_angstrom == pytest.approx(3 / 0.68)
    sources = [p.source for p in ionlink.data.cation_properties() if p.cation == "Ru3+"]
    assert sources == ["definition", "doi:10.1107/S0567739476001551"]


def test_a_table_of_cations_may_come_from_a_european_spreadsheet(own, file):
    assert run("cations", file("\ufeff" + CATIONS.replace(",", ";").replace("0.68", "0,68"))).exit_code == 0
    forget()
    assert ionlink.data.cations()["Ru3+"].ionic_radius_angstrom == 0.68


def test_every_fault_of_a_table_of_cations_comes_at_once(own, file):
    rows = "Fe3+,charge,3,e,exact,us\nRh3+,ionic_radius,0.67,pm,unknown,us\nPt2+,charge,2,e,exact,\n"
    result = run("cations", file(CATIONS.splitlines(keepends=True)[0] + rows))
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "my table.csv row 2, cation: Fe3+ is known; leave out its rows",
        "my table.csv row 3, unit: 'pm' where ionic_radius is in 'angstrom'",
        "my table.csv row 4, source: is missing",
        "my table.csv, Rh3+, charge: is missing",
    ]
    assert not own.exists()


def test_a_cation_of_no_element_is_refused(own, file):
    result = run("cations", file(CATIONS.replace("Ru3+", "Xx3+")))
    assert result.exit_code == 2
    assert result.stderr == "my table.csv, Xx3+: there is no such element\n"


@pytest.mark.parametrize("row", ["Ru3+,PAA,60,peel_force,1,N,,", "Fe3+,PAA,60,peel_force,1,N,Ru3+,0.5"])
def test_a_cation_that_a_table_needs_is_not_lost(own, file, row):
    assert run("cations", file(CATIONS)).exit_code == 0
    table = f"cation,ligand,ratio,outcome,value,unit,second_cation,second_fraction\n{row}\n"
    imported = run("observations", file(table, "lab.csv"))
    assert imported.exit_code == 0, imported.stderr
    replaced = run("cations", file(CATIONS.replace("Ru3+", "Rh3+")), "--replace")
    assert replaced.exit_code == 2
    assert "has no 'Ru3+' any more" in replaced.stderr
    (own / "cations_my_table.csv").unlink()
    forget()
    with pytest.raises(InputError, match="cation that it names has to be known: import the table that had it"):
        ionlink.data.observations()
