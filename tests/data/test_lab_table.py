"""A lab table is read in any unit and spelling, or refused whole with every fault by row."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionlink.data import (
    InputError,
    cations,
    formulation_of,
    lab_table_template,
    ligands,
    observations,
    outcomes,
    read_lab_table,
)
from ionlink.data.units import conversion_factor, parse_unit, registry

HEADER = "cation,ligand,ratio,outcome,value,unit"
GOOD = "Fe3+,PF-COO,60,peel_force,4.58,N"


@pytest.fixture
def lab(tmp_path):
    def write(*lines, encoding="utf-8", end="\n"):
        path = tmp_path / "lab.csv"
        path.write_bytes(end.join([*lines, ""]).encode(encoding))
        return path

    return write


def faults_of(path):
    with pytest.raises(InputError) as error:
        read_lab_table(path)
    return error.value.faults


def test_a_row_becomes_an_observation_at_level_lab(lab):
    (known,) = read_lab_table(lab(HEADER, GOOD))
    assert known.formulation == formulation_of("Fe3+", "PF-COO", 60)
    assert (known.outcome, known.value, known.bound, known.standard_error) == ("peel_force", 4.58, "=", None)
    assert (known.level, known.source) == ("lab", "lab.csv")


def test_names_and_units_become_canonical(lab):
    row = "Fe(III),polyfluorene carboxylate,60,first_discharge_capacity,3.145,Ah g-1"
    (known,) = read_lab_table(str(lab(HEADER, row)))
    assert known.formulation == formulation_of("Fe3+", "PF-COO", 60)
    assert known.value == pytest.approx(3145)


@pytest.mark.parametrize("typed", ["CC(=O)O", "CC(=O)[O-]", "OC(C)=O", "acetic acid", "acetate"])
def test_a_ligand_may_be_a_small_molecule(lab, typed):
    (known,) = read_lab_table(lab(HEADER, GOOD.replace("PF-COO", typed)))
    assert known.formulation == formulation_of("Fe3+", typed, 60, molecules=True)
    assert known.formulation.ligand == "CC(=O)O"


def test_the_standard_error_is_converted_with_the_value(lab):
    (known,) = read_lab_table(
        lab(HEADER + ",standard_error,bound,source", GOOD.replace("4.58,N", "467,gf") + ",10,>,page 7")
    )
    assert known.value == pytest.approx(0.467 * 9.80665)  # standard gravity, exact by definition
    assert known.standard_error == pytest.approx(0.01 * 9.80665)
    assert (known.bound, known.source) == (">", "page 7")


@pytest.mark.parametrize(
    ("value", "bound", "known"),
    [
        ("<0.4", "", (0.4, "<")),
        ("> 5", "", (5, ">")),
        ("≤0.4", "", (0.4, "<")),
        (">=5", ">", (5, ">")),
        ("0.4", "<", (0.4, "<")),
    ],
)
def test_a_limit_may_stand_before_the_value(lab, value, bound, known):
    (observation,) = read_lab_table(lab(f"{HEADER},bound", f"{GOOD.replace('4.58', value)},{bound}"))
    assert (observation.value, observation.bound) == known


def test_a_limit_may_have_a_decimal_comma(lab):
    rows = ("Fe3+;PF-COO;60;peel_force;<0,4;N", "Fe3+;PF-COO;20;peel_force;> 1,5;N")
    assert [o.value for o in read_lab_table(lab(HEADER.replace(",", ";"), *rows))] == [0.4, 1.5]


def test_a_minus_may_be_the_typographic_one(lab):
    minus = "\N{MINUS SIGN}"
    rows = [f"Fe3+;PF-COO;{n};electrode_expansion_first;{minus}{value};um" for n, value in ((60, "1,5"), (20, "2e-1"))]
    assert [o.value for o in read_lab_table(lab(HEADER.replace(",", ";"), *rows))] == [-1.5, -0.2]


def test_two_limits_that_contradict_each_other_are_refused(lab):
    (fault,) = faults_of(lab(f"{HEADER},bound", GOOD.replace("4.58", "<0.4") + ",>"))
    assert fault == "lab.csv: row 2, bound: '>' contradicts the value, '<0.4'"


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("1.9 ± 0.1", "write 1.9, and 0.1 as its standard error"),
        ("1.9+/-0.1", "write 1.9, and 0.1 as its standard error"),
        ("n.d.", "leave it out"),
        ("<LOD", "write the limit, such as <0.4"),
        ("–", "leave it out"),
    ],
)
def test_habits_of_the_laboratory_are_told_what_to_write_instead(lab, written, instead):
    (fault,) = faults_of(lab(HEADER, GOOD.replace("4.58", written)))
    assert "is not a number; " in fault
    assert instead in fault


@pytest.mark.parametrize(
    ("written", "unit", "factor"),
    [
        ("mN", "N", 1e-3),
        ("µm", "um", 1),
        ("nm", "um", 1e-3),
        ("Å", "angstrom", 1),
        ("%", "1", 0.01),
        ("1", "%", 100),
        ("kcal/mol/e", "kJ/mol/e", 4.184),
        ("Ah/kg", "mAh/g", 1),
        ("mAh g^-1", "mAh/g", 1),
        ("mAh g-1", "mAh/g", 1),
        ("g/cm³", "g/cm^3", 1),
        ("g cm-3", "g/cm^3", 1),
        ("g/cm3", "g/cm^3", 1),
        ("kJ/(mol*e)", "kJ/mol/e", 1),
        ("kg/m^3", "g/cm^3", 1e-3),
        ("Pa·s", "mPa*s", 1e3),
        ("cP", "mPa*s", 1),
    ],
)
def test_units_as_people_write_them(written, unit, factor):
    assert conversion_factor(written, unit) == pytest.approx(factor)


@pytest.mark.parametrize("unit", sorted({outcome.unit for outcome in outcomes().values()}))
def test_catalogue_units_convert_to_themselves(unit):
    assert conversion_factor(unit, unit) == 1
    assert parse_unit(unit, unit) == registry().Unit(unit)


@settings(deadline=None)
@given(st.text(max_size=50))
def test_no_text_breaks_the_unit_reader(text):
    try:
        assert conversion_factor(text, "N") > 0
    except InputError as error:
        assert len(error.faults) == 1


@pytest.mark.parametrize(
    "text", ["0/0", "A0", "9**9**9**9", "((((", "N^-", "1000 N", "", "N; import os", "N" * 5000, "(N"]
)
def test_what_is_no_unit_is_refused_at_once(text):
    with pytest.raises(InputError, match="is not a unit"):
        conversion_factor(text, "N")


def test_a_temperature_offset_is_no_factor():
    with pytest.raises(InputError, match="offset"):
        conversion_factor("degC", "K")


@settings(deadline=None)
@given(
    st.sampled_from(sorted(cations())),
    st.sampled_from(sorted(ligands())),
    st.floats(min_value=1e-3, max_value=1e6),
    st.floats(min_value=0, max_value=1e12),
    st.sampled_from([",", ";"]),
    st.booleans(),
)
def test_what_is_written_is_read_back(tmp_path_factory, cation, ligand, ratio, value, separator, decimal_comma):
    row = [cation, ligand, repr(ratio), "peel_force", repr(value), "N"]
    if separator == ";" and decimal_comma:
        row = [cell.replace(".", ",") for cell in row]
    path = tmp_path_factory.mktemp("lab") / "lab.csv"
    path.write_text(f"{HEADER.replace(',', separator)}\n{separator.join(row)}\n", encoding="utf-8")
    (known,) = read_lab_table(path)
    assert known.formulation == formulation_of(cation, ligand, ratio)
    assert known.value == value


def test_every_shipped_measurement_survives_the_round_trip(lab):
    # A lab table always has a ratio; some sources do not say theirs.
    measured = [known for known in observations() if known.level == "literature" and known.formulation.ratio]
    assert measured
    rows = [
        f"{x.formulation.cation},{x.formulation.ligand},{x.formulation.ratio},{x.outcome},{x.value},"
        f"{outcomes()[x.outcome].unit}"
        for x in measured
    ]
    read = read_lab_table(lab(HEADER, *rows))
    assert [(x.formulation, x.outcome, x.value) for x in read] == [
        (x.formulation, x.outcome, x.value) for x in measured
    ]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (GOOD.replace("Fe3+", "Fe4+"), "row 3, cation: 'Fe4+' is not known; of Fe ionlink knows Fe2+ and Fe3+"),
        (GOOD.replace("PF-COO", "nylon"), "row 3, ligand: 'nylon' is not known"),
        (GOOD.replace("PF-COO", "C1CCCCC1"), "row 3, ligand: 'C1CCCCC1' is not known"),
        (GOOD.replace("peel_force", "peel_forc"), "row 3, outcome: 'peel_forc' is not known; did you mean peel_force"),
        (
            GOOD.replace("peel_force,4.58,N", "coordination_mode,1,1"),
            "row 3, outcome: coordination_mode is a kind, not a number",
        ),
        (GOOD.replace(",60,", ",0,"), "row 3, ratio: 0.0 is not possible"),
        (GOOD.replace(",60,", ",-6,"), "row 3, ratio: -6.0 is not possible"),
        (GOOD.replace(",60,", ",nan,"), "row 3, ratio: 'nan' is not a number"),
        (GOOD.replace(",60,", ",inf,"), "row 3, ratio: 'inf' is not a number"),
        (GOOD.replace(",60,", ",60:1,"), "row 3, ratio: '60:1' is not a number"),
        (GOOD.replace(",60,", ",,"), "row 3, ratio: is missing"),
        (GOOD.replace("4.58", "4.58 N"), "row 3, value: '4.58 N' is not a number"),
        (GOOD.replace("4.58", '"4,58"'), "row 3, value: '4,58' is not a number; write a decimal point"),
        (GOOD.replace("4.58", "1_000"), "row 3, value: '1_000' is not a number"),
        (GOOD.replace("4.58", "1e999"), "row 3, value: '1e999' is too large"),
        (GOOD.replace("4.58", "-4.58"), "row 3, value: -4.58 N is below 0, the smallest possible peel_force"),
        (GOOD.replace(",N", ",mAh/g"), "row 3, unit: 'mAh/g' does not convert to 'N'"),
        (GOOD.replace(",N", ",newtonne"), "row 3, unit: 'newtonne' is not a unit; write 'N'"),
        (GOOD.replace(",N", ","), "row 3, unit: is missing"),
        ("Fe3+,PAA,8,bridging_fraction,83,1", "row 3, value: 83 1 is above 1"),
        (GOOD.replace("4.58,N", "4,58,N"), "row 3: has 7 cells where the header has 6"),
    ],
)
def test_a_faulty_row_is_refused_by_number_and_field(lab, row, fault):
    found = faults_of(lab(HEADER, GOOD, row))
    assert any(line.startswith(f"lab.csv: {fault}") for line in found), found
    assert all("row 3" in line for line in found)


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (",-0.1,,", "standard_error: -0.1 is negative"),
        (",x,,", "standard_error: 'x' is not"),
        (",,~,", "bound: '~' is"),
    ],
)
def test_a_faulty_optional_cell_is_refused(lab, cells, fault):
    found = faults_of(lab(HEADER + ",standard_error,bound,source", GOOD + cells))
    assert [line.removeprefix("lab.csv: row 2, ").startswith(fault) for line in found] == [True]


def test_every_fault_of_the_table_comes_at_once_in_order_of_rows(lab):
    rows = [GOOD, "Fe4+,nylon,nan,peel,x,N", *[GOOD] * 8, GOOD.replace("4.58", "abc")]
    found = faults_of(lab(HEADER, *rows))
    assert len(found) == 6
    assert [line.split(",")[0] for line in found] == ["lab.csv: row 3"] * 5 + ["lab.csv: row 12"]


def test_rows_are_counted_as_a_spreadsheet_does(lab):
    quoted = '"Fe3+","PF-COO",60,peel_force,4.58,N,"two\nlines"'
    found = faults_of(lab(HEADER + ",source", quoted, "", ",,,,,,", GOOD.replace("4.58", "x") + ","))
    assert [line.split(",")[0] for line in found] == ["lab.csv: row 5"]


def test_blank_rows_are_skipped(lab):
    assert len(read_lab_table(lab(HEADER, "", GOOD, ",,,,,", GOOD))) == 2


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("cation,ligand,ratio,outcome,value", "row 1: column 'unit' is missing"),
        (HEADER + ",unit", "row 1: column 'unit' stands 2 times in the header"),
        (HEADER + ",temperature", "row 1: column 'temperature' is unknown; did you mean 'temperature_k'?"),
        (HEADER.replace("ligand", "ligands"), "row 1: did you mean 'ligand' by 'ligands'?"),
        (HEADER.replace(",", "\t"), "row 1: is separated by tabs"),
    ],
)
def test_a_faulty_header_is_refused(lab, header, fault):
    found = faults_of(lab(header, GOOD))
    assert any(line.startswith(f"lab.csv: {fault}") for line in found), found


def test_an_unknown_column_does_not_hide_the_faults_of_the_rows(lab):
    found = faults_of(lab(HEADER + ",colour", GOOD.replace("4.58", "x") + ",7"))
    assert [line.split(":")[1].split(",")[0].strip() for line in found] == ["row 1", "row 2"]


def test_a_european_spreadsheet_is_read(lab):
    path = lab(HEADER.replace(",", ";"), "Fe3+;PF-COO;60;peel_force;4,58;N", encoding="utf-8-sig", end="\r\n")
    assert read_lab_table(path)[0].value == 4.58


def test_empty_columns_that_a_spreadsheet_leaves_at_the_end_are_passed_over(lab):
    assert len(read_lab_table(lab(HEADER + ",,", GOOD + ",,", GOOD, ",,,,,,,"))) == 2
    (fault,) = faults_of(lab(HEADER + ",,", GOOD + ",7,"))
    assert fault.startswith("lab.csv: row 2: has 8 cells where the header has 6")


def test_a_line_for_a_spreadsheet_alone_is_refused_in_one_line(lab):
    faults = ("lab.csv: row 1: 'sep=;' is for a spreadsheet alone; delete this line",)
    assert faults_of(lab("sep=;", HEADER.replace(",", ";"))) == faults


def test_what_is_no_number_is_not_blamed_for_its_point(lab):
    rows = ("Fe3+;PAA;60;peel_force;4,58;N", "Fe3+;PAA;60;peel_force;n.d.;N")
    (fault,) = faults_of(lab(HEADER.replace(",", ";"), *rows))
    assert "'n.d.' is not a number; where nothing was measured, leave it out" in fault


def test_mixed_decimal_signs_are_refused(lab):
    rows = ("Fe3+;PAA;60;peel_force;4,58;N", "Fe3+;PAA;60;peel_force;1.234;N")
    assert faults_of(lab(HEADER.replace(",", ";"), *rows)) == (
        "lab.csv: row 3, value: '1.234' has a point where other numbers of the table have a decimal comma",
    )


def test_of_mixed_decimal_signs_the_rare_one_is_the_slip(lab):
    rows = [f"Fe3+;PAA;{ratio}.5;peel_force;1.{ratio};N" for ratio in (20, 40, 60)]
    slip = "Fe3+;PAA;80.5;peel_force;4,58;N"
    assert faults_of(lab(HEADER.replace(",", ";"), *rows, slip)) == (
        "lab.csv: row 5, value: '4,58' is not a number; write a decimal point",
    )


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_refused_with_the_way_out(lab, encoding):
    (fault,) = faults_of(lab(HEADER, GOOD.replace(",N", ",µN"), encoding=encoding))
    assert fault == "lab.csv: is not UTF-8 text; save it as 'CSV UTF-8'"


def test_nothing_to_read_is_refused(lab, tmp_path):
    assert faults_of(lab()) == ("lab.csv: is empty",)
    assert faults_of(lab(HEADER)) == ("lab.csv: has a header but no rows",)
    assert faults_of(lab(HEADER, ",,,,,")) == ("lab.csv: has a header but no rows",)
    assert faults_of(tmp_path / "none.csv") == ("none.csv: cannot be read: No such file or directory",)
    assert faults_of(tmp_path)[0].endswith("cannot be read: Is a directory")


def test_a_quote_that_never_closes_is_refused(lab):
    assert "is not a CSV table" in faults_of(lab(HEADER, '"Fe3+,PF-COO,60,peel_force,4.58,N'))[0]


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_file_breaks_the_reader(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("lab") / "lab.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_lab_table(path)


@settings(deadline=None)
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=10), min_size=6, max_size=8))
def test_no_row_breaks_the_reader(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("lab") / "lab.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n{','.join(cells)}\n", encoding="utf-8")
    try:
        assert len(read_lab_table(path)) == 1  # the row was blank
    except InputError as error:
        assert all(fault.startswith("lab.csv: ") for fault in error.faults)


def test_the_template_is_a_header_that_the_reader_takes(lab):
    (known,) = read_lab_table(lab(lab_table_template().strip(), GOOD + ",,,,,,,,,,"))
    assert known.value == 4.58


def test_a_row_is_of_the_level_that_it_names_or_else_of_the_tables(lab):
    path = lab(f"{HEADER},level", f"{GOOD},Literature", f"{GOOD},half-cell", f"{GOOD},")
    assert [known.level for known in read_lab_table(path)] == ["literature", "half-cell", "lab"]
    assert [known.level for known in read_lab_table(path, "literature")] == ["literature", "half-cell", "literature"]


def test_a_table_full_of_faults_is_not_read_to_its_end(lab):
    found = faults_of(lab(HEADER, *["Fe4+,nylon,nan,peel,x,N"] * 50_000))
    assert len(found) < 10_010
    assert found[-1].startswith("lab.csv: row 2002: reading stopped here")


def test_rows_that_are_cut_off_and_formulas_are_refused(lab):
    found = faults_of(lab(HEADER + ",source", GOOD + ",=1+1", GOOD))
    assert [line.partition(": ")[2] for line in found] == [
        "row 2, source: '=1+1' runs as a formula in a spreadsheet; write it as text",
        "row 3: has 6 cells where the header has 7",
    ]


def test_conditions_are_read_where_their_columns_stand(lab):
    header = HEADER + ",second_cation,second_fraction,ph,temperature_k"
    plain, mixed = read_lab_table(lab(header, GOOD + ",,,,", GOOD + ",Al(III),0.3,4.5,298"))
    assert plain.formulation.second_cation is None
    assert mixed.formulation == plain.formulation.model_copy(
        update={"second_cation": "Al3+", "second_fraction": 0.3, "ph": 4.5, "temperature_k": 298.0}
    )


def test_every_fault_of_a_condition_is_told(lab):
    header = HEADER + ",second_cation,second_fraction,ph,temperature_k"
    found = faults_of(lab(header, GOOD + ",Al3+,,,", GOOD + ",Al3+,1.5,99,-3", GOOD + ",Xx3+,,,", GOOD + ",,,99,25"))
    for part in (
        "row 2, second_fraction: is missing",
        "row 3, second_fraction: ",
        "row 3, ph: ",
        "row 3, temperature_k: ",
        "row 4, second_cation: 'Xx3+'",
        "row 4, second_fraction: is missing",
        "row 5, ph: ",
        "row 5, temperature_k: 25 K is below 180 K",
    ):
        assert any(part in line for line in found), (part, found)
    assert len(found) == 8


def test_every_fault_of_a_formulation_is_told_at_once(lab):
    header = HEADER + ",second_cation,ph,temperature_k"
    found = faults_of(lab(header, GOOD.replace(",60,", ",0,") + ",Al3+,17,25"))
    assert [line.partition("row 2, ")[2].partition(":")[0] for line in found] == [
        *("ratio", "ph", "temperature_k", "second_fraction")
    ]


def test_a_share_in_per_cent_is_told_what_to_write(lab):
    (fault,) = faults_of(lab(HEADER + ",second_cation,second_fraction", GOOD + ",Al3+,30"))
    assert "row 2, second_fraction: 30 is not a share between 0 and 1; if it is in per cent, write 0.3" in fault


def test_a_level_is_spelt_in_one_way(lab):
    path = lab(f"{HEADER},level", f"{GOOD},half-cell", f"{GOOD},full-cell", f"{GOOD},Half cell", f"{GOOD},half-cell2")
    with pytest.raises(InputError) as caught:
        read_lab_table(path)
    fault = "lab.csv: row 4, level: 'Half cell' was 'half-cell' in a row above; spell one level in one way"
    assert caught.value.faults == (fault,)
    apart = ("1.5 mm", "15 mm", "1 V", "A+", "A-")
    path = lab(f"{HEADER},level", *(f"{GOOD},{level}" for level in apart))
    assert [known.level for known in read_lab_table(path)] == list(apart)


CORRECTING = f"{HEADER},source,level,candidate,corrects"


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        (["Fe3+,PAA,8,peel_force,1.5,N,,,,", "Fe3+,PAA,8,peel_force,2100,mN,,,,1500"], [2.1]),
        (
            ["Fe3+,PAA,8,peel_force,1.5,N,,,,", "Fe3+,PAA,8,peel_force,1.5,N,,,,", "Fe3+,PAA,8,peel_force,2,N,,,,1.5"],
            [2],
        ),
        (["Fe3+,PAA,8,peel_force,1,N,,,,", "Fe3+,PAA,8,peel_force,2,N,,,,1", "Fe3+,PAA,8,peel_force,3,N,,,,2"], [3]),
        (["Fe3+,PAA,8,peel_force,1,N,,,,", *["Fe3+,PAA,8,peel_force,2,N,,,,1"] * 2], [2, 2]),
        (
            ["Fe3+,PAA,8,peel_force,1,N,a,,,", "Fe3+,PAA,8,peel_force,1,N,b,,,", "Fe3+,PAA,8,peel_force,2,N,b,,,1"],
            [1, 2],
        ),
        (
            ["Fe3+,PAA,8,peel_force,1,N,,,3,", "Fe3+,PAA,8,peel_force,1,N,,,4,", "Fe3+,PAA,8,peel_force,2,N,,,4,1"],
            [1, 2],
        ),
    ],
)
def test_a_correction_is_there_instead_of_what_it_corrects(lab, rows, kept):
    assert [known.value for known in read_lab_table(lab(CORRECTING, *rows))] == kept


def test_a_correction_may_name_the_cations_of_a_mixture_the_other_way_round(lab):
    rows = ("Fe3+,PAA,8,peel_force,1.5,N,Al3+,0.3,", "Al3+,PAA,8,peel_force,2,N,Fe3+,0.7,1.5")
    (known,) = read_lab_table(lab(f"{HEADER},second_cation,second_fraction,corrects", *rows))
    assert (known.formulation.cation, known.value) == ("Fe3+", 2)


@pytest.mark.parametrize(
    ("row", "there"),
    [
        ("Fe3+,PAA,8,peel_force,2,N,,,,1.4", "1.5"),
        ("Fe3+,PAA,9,peel_force,2,N,,,,1.5", "none"),
        ("Fe3+,PAA,8,peel_force,2,N,,quick test,,1.5", "none"),
    ],
)
def test_a_correction_of_what_is_not_in_the_table_is_refused(lab, row, there):
    (fault,) = faults_of(lab(CORRECTING, "Fe3+,PAA,8,peel_force,1.5,N,,,,", row))
    assert fault.startswith("lab.csv: row 3, corrects: no row above has peel_force 1.")
    assert f"(there: {there})" in fault
