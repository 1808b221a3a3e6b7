import csv
import io
import re

import pytest

from ionlink.data import Formulation, InputError, cations, donor_groups_per_repeat_unit
from ionlink.data.bench_table import read_lab_file
from ionlink.data.polymer_solution import PolymerSolution
from ionlink.optimize import Campaign, DesignSpace, Level, Objective, RatioRange
from ionlink.optimize.rows import Proposal

SPACE = DesignSpace(cations=("Fe3+",), ligands=("PAA",), ratio=RatioRange(lower=4, upper=100))
OBJECTIVES = [Objective(outcome="peel_force", goal="maximise"), Objective(outcome="film_roughness_rq", goal="minimise")]
TEN_GRAMS = PolymerSolution(mass_g=10, solids_percent=20, salt_stock_mol_l=0.1, salts={"Fe3+": "FeCl3·6H2O"})
PF_COO = "[*:1]c1ccc2c(c1)C(CCC(=O)[O-])(CCC(=O)[O-])c1cc([*:2])ccc1-2"
NUMBER = re.compile(r"^(\d+)\.(\d+)$")


def asked(*formulations, **fields):
    campaign = Campaign(SPACE, OBJECTIVES)
    proposals = [Proposal(formulation, "by hand", {}, "lab", **fields) for formulation in formulations]
    campaign.store.add_round(1, "by hand", None, proposals)
    return campaign


def point(cation="Fe3+", ligand="PAA", ratio=60, **fields):
    return Formulation(cation=cation, ligand=ligand, ratio=ratio, **fields)


def rows(sheet):
    return list(csv.DictReader(io.StringIO(sheet.csv())))


def test_iron_chloride_on_poly_acrylic_acid_by_hand():
    (row,) = rows(asked(point()).bench_sheet(TEN_GRAMS))
    # 2 g of acid units C3H4O2 at 72.063 g/mol: 27.75 mmol; over 60: 0.4626 mmol of iron; FeCl3·6H2O 270.294 g/mol.
    assert row["donor_groups_mmol"] == "27.75"
    assert row["cation_mmol"] == "0.4626"
    assert float(row["salt_g_mol"]) == pytest.approx(270.294)
    assert row["salt_mg"] == "125"
    assert (row["salt_stock_mol_l"], row["salt_stock_ml"]) == ("0.1", "4.626")
    assert (row["candidate"], row["cation"], row["ligand"], row["ratio"]) == ("1", "Fe3+", "PAA", "60.0")
    assert row["polymer_solution_g"] == "10"


def test_the_form_that_was_weighed_counts():
    sodium = TEN_GRAMS.model_copy(update={"form": "Na+"})
    (row,) = rows(asked(point()).bench_sheet(sodium))
    # C3H3O2Na, 94.045 g/mol: 21.27 mmol
    assert row["donor_groups_mmol"] == "21.27"
    assert (row["polymer_form"], row["repeat_unit"], row["repeat_unit_g_mol"]) == ("Na+", "C3H3NaO2", "94.045")


@pytest.mark.parametrize(
    ("ligand", "formula", "g_mol"),
    [
        ("PAA", "C3H3NaO2", 94.045),
        ("alginate", "C12H14Na2O12", 396.212),
        ("PF-COO", "C19H14Na2O4", 352.297),
        ("PSS", "C8H7NaO3S", 206.198),
        ("heparin", "C12H15NNa4O19S3", 665.401),  # one carboxylate, two sulfates, one sulfamate
        ("PVPA", "C2H4NaO3P", 130.015),  # the second proton of a phosphonic acid leaves above pH 7
        ("PAA-catechol", "C14H16NNaO5", 301.274),  # sodium on the carboxylate; a catechol's pKa is above 9
        ("TA-PAA", "C14H13NaO8", 332.240),
        ("PDA", "C8H5NO2", 147.133),  # catechols alone: no sodium
        ("PHA", "C3H5NO2", 87.078),  # hydroxamic acid, pKa above 9
        ("alginate-borax", "C12H14BNa3O14", 462.012),  # two carboxylates, and the charge of the borate
        ("PEI", "C2H5N", 43.069),
        ("gelatin", "C35H54N12O12", 834.889),  # the carboxylate is balanced by the guanidinium
    ],
)
def test_sodium_goes_where_a_proton_has_gone_near_ph_7(ligand, formula, g_mol):
    unit = TEN_GRAMS.model_copy(update={"form": "Na+"}).repeat_unit(ligand)
    assert unit.formula == formula
    assert unit.molar_mass_g_mol == pytest.approx(g_mol, abs=0.002)


def test_the_acid_keeps_all_its_protons():
    unit = TEN_GRAMS.repeat_unit("PAA-catechol")
    assert (unit.formula, unit.molar_mass_g_mol) == ("C14H17NO5", pytest.approx(279.292, abs=0.002))


def test_every_amount_of_a_sheet_by_hand():
    salts = {"Fe3+": "Fe2(SO4)3·9H2O", "Ca2+": "CaSO4·0.5H2O"}
    given = PolymerSolution(mass_g=12, solids_percent=8.5, form="Na+", salt_stock_mol_l=0.05, salts=salts)
    mixed = point(ligand="PAA-catechol", ratio=6, second_cation="Ca2+", second_fraction=0.3)
    (row,) = rows(asked(mixed).bench_sheet(given))
    # 12 g of 8.5 % are 1.02 g; C14H16NNaO5 is 14 × 12.011 + 16 × 1.008 + 14.007 + 22.990 + 5 × 15.999 = 301.274 g/mol.
    assert row["repeat_unit_g_mol"] == "301.274"
    # One catechol in each: 1020 / 301.274 = 3.3856 mmol; over 6: 0.56427 mmol, of which 70 % iron and 30 % calcium.
    assert (row["donor_groups_mmol"], row["cation_mmol"], row["second_cation_mmol"]) == ("3.386", "0.395", "0.1693")
    # Fe2(SO4)3·9H2O: 2 × 55.845 + 3 × 96.063 + 9 × 18.015 = 562.01 g/mol, two irons in each: 0.19749 mmol.
    assert float(row["salt_g_mol"]) == pytest.approx(562.01, abs=0.03)
    assert (float(row["salt_mg"]), row["salt_stock_ml"]) == (pytest.approx(111.0, abs=0.05), "3.95")
    # CaSO4·0.5H2O: 40.078 + 96.063 + 9.0075 = 145.15 g/mol: 0.16928 mmol.
    assert float(row["second_salt_g_mol"]) == pytest.approx(145.15, abs=0.01)
    assert (float(row["second_salt_mg"]), row["second_salt_stock_ml"]) == (pytest.approx(24.57, abs=0.02), "3.386")


def test_a_repeat_unit_with_two_donor_groups_has_two():
    assert donor_groups_per_repeat_unit(PF_COO) == {"carboxylate": 2}
    (row,) = rows(asked(point(ligand="PF-COO")).bench_sheet(TEN_GRAMS))
    # C19H16O4, 308.333 g/mol: 2 g are 6.486 mmol of units
    assert row["donor_groups_mmol"] == "12.97"


def test_a_mixture_is_shared_by_amount_of_substance():
    mixed = point(second_cation="Al3+", second_fraction=0.25, ph=4.5, temperature_k=298.15)
    salts = {**TEN_GRAMS.salts, "Al(III)": "Al2(SO4)3·18H2O"}
    (row,) = rows(asked(mixed).bench_sheet(PolymerSolution(**{**dict(TEN_GRAMS), "salts": salts})))
    assert row["cation_mmol"] == "0.3469"
    assert row["second_cation_mmol"] == "0.1156"
    # 0.11564 mmol of Al are 0.05782 mmol of a salt of 666.41 g/mol that brings two
    assert float(row["second_salt_mg"]) == pytest.approx(38.53, abs=0.02)
    assert row["second_salt_stock_ml"] == "0.5782"
    assert (row["second_fraction"], row["ph"], row["temperature_k"]) == ("0.25", "4.5", "298.15")


def test_where_no_salt_is_known_it_says_so_and_gives_millimoles():
    unknown = next(name for name, cation in cations().items() if cation.soluble_salt is None)
    (row,) = rows(asked(point(unknown)).bench_sheet(TEN_GRAMS))
    assert row["remark"] == f"the knowledge base has no soluble salt of {unknown}: name one by --salt {unknown}=FORMULA"
    assert row["cation_mmol"] == "0.4626"
    assert "salt_mg" not in row


def test_a_salt_that_nobody_named_is_remarked_upon():
    named, taken = rows(asked(point(), point("Al3+")).bench_sheet(TEN_GRAMS))
    assert named["remark"] == ""
    assert taken["salt"] == "Al(NO3)3"
    assert "with its water, by --salt Al3+=FORMULA" in taken["remark"]


def test_a_salt_whose_charge_could_not_be_checked_is_remarked_upon():
    solution = TEN_GRAMS.model_copy(update={"salts": {"Fe3+": "Fe(C9H17O2)3"}})
    (row,) = rows(asked(point()).bench_sheet(solution))
    assert row["remark"] == "check that Fe(C9H17O2)3 is a salt of Fe3+: the charge of C in it is not known"


def test_what_is_no_polymer_is_left_to_the_chemist():
    (row,) = rows(asked(point(ligand="CC(=O)O")).bench_sheet(TEN_GRAMS))
    assert "count its donor groups yourself" in row["remark"]
    assert "salt_mg" not in row


def test_every_replicate_has_its_row():
    sheet = asked(point(), replicates=3).bench_sheet(TEN_GRAMS)
    assert [row["candidate"] for row in rows(sheet)] == ["1", "1", "1"]


def test_only_what_waits_for_the_laboratory_is_on_it():
    campaign = asked(point())
    campaign.store.add_round(2, "by hand", None, [Proposal(point(ratio=30), "by hand", {}, "screen")])
    assert len(rows(campaign.bench_sheet(TEN_GRAMS))) == 1
    campaign.fail(campaign.candidates[0], "it gelled")
    with pytest.raises(InputError, match="ask for some first"):
        campaign.bench_sheet(TEN_GRAMS)


def test_levels_of_people_are_on_it_by_name_and_simulated_ones_are_not():
    levels = [Level(name="screen", protocol="0123456789ab"), Level(name="quick test"), Level(name="lab", cost=5)]
    campaign = Campaign(SPACE, OBJECTIVES, levels=levels)
    proposals = [Proposal(point(ratio=10 * n), "by hand", {}, level.name) for n, level in enumerate(levels, 1)]
    campaign.store.add_round(1, "by hand", None, proposals)
    assert [(row["candidate"], row["level"]) for row in rows(campaign.bench_sheet(TEN_GRAMS))] == [
        ("2", "quick test"),
        ("3", "lab"),
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"mass_g": 0}, "mass_g"),
        ({"solids_percent": 120}, "solids_percent"),
        ({"salts": {"Fe3+": "AlCl3"}}, "contains no Fe"),
        ({"salts": {"Fe9+": "FeCl9"}}, "Fe9"),
        ({"salts": {"Fe3+": "FeCl2", "Cu2+": "CuCl"}}, r"(?s)Fe is \+2.*Cu is \+1"),
        ({"salts": {"Fe3+": "FeCl3", "Fe(III)": "Fe2(SO4)3"}}, "two, 'FeCl3' and"),
        ({"form": "Mg2+"}, "form"),
    ],
)
def test_what_cannot_be_weighed_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        PolymerSolution(**{"mass_g": 10, "solids_percent": 20, **fields})


def test_other_forms_of_the_sheet_hold_the_same():
    sheet = asked(point(), point("Mg2+")).bench_sheet(TEN_GRAMS)
    markdown, html = sheet.markdown().splitlines(), sheet.html()
    assert len(markdown) == 4
    assert all(line.count("|") == len(sheet.columns) + 1 for line in markdown)
    for text in ("FeCl3·6H2O", "4.626", "peel_force (N)", "MgCl2"):
        assert text in sheet.markdown()
        assert text in html


class TestFilledIn:
    @pytest.fixture
    def fill(self, tmp_path):
        """Fills cells of a sheet, by candidate, and writes it as a spreadsheet does."""

        def write(sheet, answers, separator=",", rename=lambda name: name):
            path = tmp_path / "sheet.csv"
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file, delimiter=separator)
                writer.writerow([rename(name) for name in sheet.columns])
                for row in rows(sheet):
                    filled = {**row, **answers.get(int(row["candidate"]), {})}
                    cells = (filled[name] for name in sheet.columns)
                    comma = separator == ";"
                    writer.writerow([NUMBER.sub(r"\1,\2", cell) if comma else cell for cell in cells])
            return path

        return write

    @pytest.fixture
    def campaign(self):
        return asked(point(), point("Mg2+", ratio=12.3), point("Zr4+"))

    def test_it_is_told_as_far_as_it_is_filled_in(self, campaign, fill):
        sheet = campaign.bench_sheet(TEN_GRAMS)
        answers = {
            1: {"peel_force (N)": "1.9", "peel_force standard_error (N)": "0.1", "film_roughness_rq (nm)": "3"},
            2: {"film_roughness_rq (nm)": "4", "source": "book 7"},
        }
        told = campaign.tell_file(fill(sheet, answers))
        assert (told.stored, [c.id for c in told.done]) == (3, [1, 2])
        force, rough, other = campaign.observations()
        assert (force.value, force.standard_error, force.source) == (1.9, 0.1, "sheet.csv")
        assert (rough.outcome, rough.value, rough.standard_error) == ("film_roughness_rq", 3.0, None)
        assert (other.formulation.cation, other.source) == ("Mg2+", "book 7")
        assert campaign.tell_file(fill(sheet, answers)).stored == 0
        later = {**answers, 3: {"peel_force (N)": "2"}}
        assert [c.id for c in campaign.tell_file(fill(sheet, later)).done] == [3], "days later, the same sheet"

    @pytest.mark.parametrize("separator", [",", ";"])
    def test_ids_may_be_written_as_programs_write_whole_numbers(self, fill, separator):
        campaign = Campaign(SPACE, OBJECTIVES, levels=[Level(name="quick test"), Level(name="lab", cost=5)])
        campaign.store.add_round(1, "by hand", None, [Proposal(point(), "by hand", {}, "quick test")])
        sheet = campaign.bench_sheet(TEN_GRAMS)
        answers = {1: {"peel_force (N)": "1.9", "candidate": "1.0", "level": ""}}
        told = campaign.tell_file(fill(sheet, answers, separator))
        assert [c.id for c in told.done] == [1]
        assert [record.observation.level for record in campaign.history()] == ["quick test"]

    def test_what_did_not_work_is_a_failure_with_its_reason(self, campaign, fill):
        path = fill(campaign.bench_sheet(TEN_GRAMS), {3: {"failed_because": "it gelled at once"}})
        campaign.tell_file(path)
        failed = campaign.candidates[2]
        assert (failed.status, failed.reason, failed.failure_of) == ("failed", "it gelled at once", "formulation")
        assert campaign.tell_file(path).failed == ()
        assert [c.status for c in campaign.candidates] == ["pending", "pending", "failed"]

    def test_of_a_file_with_a_failure_that_cannot_be_nothing_is_told(self, campaign, fill):
        sheet = campaign.bench_sheet(TEN_GRAMS)
        first = campaign.candidates[0].formulation
        path = fill(sheet, {1: {"failed_because": "it gelled"}, 3: {"peel_force (N)": "1.2"}})
        lines = path.read_text("utf-8-sig").splitlines()
        unnamed = lines[1].replace("1,", ",", 1).replace("it gelled", "")
        columns = lines[0].split(",")
        cells = unnamed.split(",")
        cells[columns.index("peel_force (N)")] = "2.0"
        path.write_text("\n".join([*lines, ",".join(cells)]), "utf-8")
        with pytest.raises(InputError, match="1 is done, so that it cannot fail"):
            campaign.tell_file(path)
        assert campaign.observations() == ()
        assert {c.status for c in campaign.candidates} == {"pending"}
        assert campaign.candidates[0].formulation == first

    def test_a_failure_may_be_told_better_and_a_value_after_all(self, campaign, fill):
        sheet = campaign.bench_sheet(TEN_GRAMS)
        for reason in ("it gelled", "it gelled at once"):
            (failed,) = campaign.tell_file(fill(sheet, {3: {"failed_because": reason}})).failed
            assert failed.reason == reason
        (done,) = campaign.tell_file(fill(sheet, {3: {"peel_force (N)": "1.2"}})).done
        assert (done.id, done.status, done.reason) == (3, "done", None)

    def test_what_was_observed_has_not_failed(self, campaign, fill):
        sheet = campaign.bench_sheet(TEN_GRAMS)
        campaign.tell_file(fill(sheet, {1: {"peel_force (N)": "1.9"}}))
        both = {"peel_force (N)": "2", "failed_because": "it gelled"}
        with pytest.raises(InputError) as caught:
            campaign.tell_file(fill(sheet, {1: {"failed_because": "it gelled"}, 2: both}))
        first, second = caught.value.faults
        assert "row 2, failed_because: 1 is done, so that it cannot fail" in first
        assert "row 3, failed_because: row 3 has a value of candidate 2" in second
        assert [c.status for c in campaign.candidates] == ["done", "pending", "pending"]

    def test_a_library_of_molecules_is_told_back(self, fill, tmp_path):
        library = tmp_path / "library.smi"
        library.write_text("OC(=O)CCC(=O)O succinic\nCC(=O)[O-]\n", "utf-8-sig")
        given = {"cations": ["Fe3+"], "ligands": {"file": str(library)}, "ratio": {"lower": 4, "upper": 100}}
        campaign = Campaign(DesignSpace.model_validate(given), OBJECTIVES)
        campaign.ask(2)
        filled = {1: {"peel_force (N)": "1.9"}, 2: {"peel_force (N)": "0.3"}}
        told = campaign.tell_file(fill(campaign.bench_sheet(TEN_GRAMS), filled))
        assert [candidate.id for candidate in told.done] == [1, 2]
        assert {o.formulation.ligand for o in campaign.observations()} == {"O=C(O)CCC(=O)O", "CC(=O)O"}

    def test_a_unit_in_the_header_may_be_changed(self, campaign, fill):
        sheet = campaign.bench_sheet(TEN_GRAMS)
        path = fill(sheet, {1: {"peel_force (N)": "1900"}}, rename=lambda name: name.replace("(N)", "(mN)"))
        campaign.tell_file(path)
        assert campaign.observations()[0].value == 1.9

    def test_units_of_a_value_and_its_error_must_agree(self, campaign, fill):
        sheet = campaign.bench_sheet(TEN_GRAMS)
        path = fill(
            sheet, {1: {"peel_force (N)": "1.9"}}, rename=lambda n: n.replace("peel_force (N)", "peel_force (mN)")
        )
        with pytest.raises(InputError, match="must be in mN"):
            read_lab_file(path)

    def test_limits_are_read(self, campaign, fill):
        answers = {1: {"peel_force (N)": "<0.4"}, 2: {"peel_force (N)": "> 5", "film_roughness_rq (nm)": "3"}}
        assert campaign.tell_file(fill(campaign.bench_sheet(TEN_GRAMS), answers)).stored == 3
        known = [(o.outcome, o.value, o.bound) for o in campaign.observations()]
        assert known == [("peel_force", 0.4, "<"), ("peel_force", 5, ">"), ("film_roughness_rq", 3, "=")]

    def test_decimal_commas_are_read(self, campaign, fill):
        answers = {1: {"peel_force (N)": "1,9"}, 2: {"peel_force (N)": "2,5"}}
        results = read_lab_file(fill(campaign.bench_sheet(TEN_GRAMS), answers, separator=";")).results
        assert [result.observation.value for result in results] == [1.9, 2.5]

    def test_every_fault_is_told_at_once(self, campaign, fill):
        answers = {
            1: {"peel_force (N)": "much"},
            2: {"peel_force standard_error (N)": "0.1"},
            3: {"film_roughness_rq (nm)": "-1", "candidate": "three"},
            4: {"peel_force (N)": "much", "candidate": "99"},
            5: {"failed_because": "it gelled", "cation": "Al3+"},
        }
        campaign.store.add_round(2, "by hand", None, [Proposal(point(ratio=r), "by hand", {}, "lab") for r in (30, 20)])
        with pytest.raises(InputError) as caught:
            campaign.tell_file(fill(campaign.bench_sheet(TEN_GRAMS), answers))
        told = "\n".join(caught.value.faults)
        for part in (
            "row 2, peel_force: 'much'",
            "row 3, peel_force: is missing",
            "row 4",
            "'three' is not the number",
            "row 5, peel_force: 'much'",
            "row 5, candidate: the campaign has no candidate 99",
            "row 6, candidate: 5 is Fe3+ / PAA / 20:1, but the row is of Al3+ / PAA / 20:1",
        ):
            assert part in told
        assert campaign.observations() == ()

    def test_an_empty_sheet_is_refused(self, campaign, fill):
        with pytest.raises(InputError, match="nothing is filled in"):
            campaign.tell_file(fill(campaign.bench_sheet(TEN_GRAMS), {}))

    def test_a_replicate_of_the_same_notebook_is_a_measurement_of_its_own(self, fill):
        campaign = asked(point())
        first = fill(campaign.bench_sheet(TEN_GRAMS), {1: {"peel_force (N)": "2.07", "source": "notebook 7"}})
        campaign.tell_file(first)
        campaign.store.add_round(2, "by hand", None, [Proposal(point(), "more", {}, "lab", kind="replicate")])
        sheet = campaign.bench_sheet(TEN_GRAMS)
        again = fill(sheet, {2: {"peel_force (N)": "1.98", "source": "notebook 7"}})
        told = campaign.tell_file(again)
        assert (told.stored, [c.id for c in told.done]) == (1, [2])
        assert [o.value for o in campaign.observations()] == [2.07, 1.98]
        told = campaign.tell_file(again)
        assert (told.stored, told.repeated) == (0, 1), "the same file is known"
        slip = fill(sheet, {2: {"peel_force (N)": "1.89", "source": "notebook 7"}})
        with pytest.raises(InputError, match=r"is 1\.89 N here, but was 1\.98 N \(told [^)]*\) from the same source"):
            campaign.tell_file(slip)
        campaign.tell_file(slip, correct=True)
        assert [o.value for o in campaign.observations()] == [2.07, 1.89], "the first sample stays as it was"

    def test_replicates_that_come_out_equal_count_each(self, fill):
        campaign = asked(point())
        proposal = Proposal(point(), "more", {}, "lab", kind="replicate", replicates=2)
        for number in (2, 3):
            path = fill(campaign.bench_sheet(TEN_GRAMS), {number - 1: {"peel_force (N)": "2.1"}})
            told = campaign.tell_file(path)
            assert (told.stored, told.repeated) == (min(number - 1, 2), 0)
            assert campaign.tell_file(path).stored == 0, "the same file is known"
            campaign.store.add_round(number, "by hand", None, [proposal])
        assert [o.value for o in campaign.observations()] == [2.1] * 3

    def test_replicates_are_repeats(self, fill):
        campaign = asked(point(), replicates=2)
        path = fill(campaign.bench_sheet(TEN_GRAMS), {1: {"peel_force (N)": "1.9"}})
        assert campaign.tell_file(path).stored == 2
