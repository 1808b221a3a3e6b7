import numpy as np
import pandas as pd
import pytest

import ionlink
from ionlink import prediction
from ionlink.data import Formulation, InputError, Observation, cations
from ionlink.known import Known, known_observations
from ionlink.models import Beside, Surrogate
from ionlink.optimize import DesignSpace, Objective, RatioRange
from ionlink.optimize.closed_form import ClosedFormOracle
from ionlink.table_file import write_parts


@pytest.fixture(scope="module")
def seen() -> list[Observation]:
    oracle, seen = ClosedFormOracle(), []
    for place, cation in enumerate(("Mg2+", "Ca2+", "Fe3+", "Al3+", "Zr4+")):
        for ligand in ("PAA", "PF-COO"):
            formulation = ionlink.Formulation(cation=cation, ligand=ligand, ratio=5.0 + 15 * place)
            values = [oracle.run_replicate(formulation, k, None) for k in range(oracle.replicates)]
            seen += oracle.observations(formulation, values)
    return seen


@pytest.fixture(scope="module")
def surrogate(seen) -> Surrogate:
    return Surrogate.fit(seen)


def table(rows: int = 40) -> pd.DataFrame:
    random = np.random.default_rng(0)
    columns = {
        "cation": random.choice(["Fe3+", "Fe(III)", "Mg2+"], rows),
        "ligand": random.choice(["PAA", "PF-COO"], rows),
    }
    return pd.DataFrame({**columns, "ratio": np.round(random.uniform(8, 60, rows), 3)})


def equal(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_one_formulation_a_table_and_a_grid_agree(surrogate):
    single = ionlink.predict(cation="Fe(III)", ligand="poly(acrylic acid)", ratio=20, model=surrogate)
    frame = pd.DataFrame({"cation": ["Fe3+"], "ligand": ["PAA"], "ratio": [20]})
    equal(single, ionlink.predict(frame, model=surrogate))
    equal(single, ionlink.predict(grid={"cation": "Fe3+", "ligand": "PAA", "ratio": 20}, model=surrogate))
    assert single["outcome"].tolist() == list(surrogate.outcomes)


def test_a_molecule_is_predicted_where_the_outcome_has_a_ratio(surrogate):
    asked = {"cation": "Fe3+", "ligand": "acetate", "ratio": 20}
    single = ionlink.predict(**asked, model=surrogate)
    equal(single, ionlink.predict(grid=asked, model=surrogate))
    assert set(single["ligand"]) == {"CC(=O)O"}
    assert single["domain_reason"].str.contains("no small molecule among the training data").all()


def test_the_same_observations_are_fitted_once(monkeypatch):
    fits = []
    monkeypatch.setattr(Surrogate, "fit", lambda observations, **how: fits.append(how))
    prediction._fitted.cache_clear()
    known = known_observations(None, None)
    for observations in (known, [o.model_copy(deep=True) for o in known]):
        prediction._fitted(tuple(observations), ("density",), None)
    prediction._fitted(tuple(known[1:]), ("density",), None)
    prediction._fitted.cache_clear()
    assert len(fits) == 2


def test_quantiles_come_as_columns(surrogate):
    frame = ionlink.predict(table(), model=surrogate, quantiles=[0.1])
    assert (frame["q10"] > frame["lower"]).all()
    with pytest.raises(InputError, match="quantiles: 10 is not a probability"):
        ionlink.predict(table(), model=surrogate, quantiles=[10])


def test_a_saved_surrogate_predicts(surrogate, tmp_path):
    surrogate.save(tmp_path / "kept")
    equal(ionlink.predict(table(), model=tmp_path / "kept"), ionlink.predict(table(), model=surrogate))
    with pytest.raises(InputError, match="holds no surrogate"):
        ionlink.predict(table(), model=tmp_path)


def test_a_campaign_in_memory_is_learned_from():
    space = DesignSpace(cations=("Mg2+", "Fe3+"), ligands=("PAA",), ratio=RatioRange(lower=5, upper=100))
    campaign = ionlink.Campaign(space, [Objective(outcome="peel_force", goal="maximise")])
    asked = {"cation": "Fe3+", "ligand": "PAA", "ratio": 20}
    with pytest.raises(InputError, match=r"^the campaign has no observations of its own level \(lab\) yet"):
        ionlink.predict(**asked, campaign=campaign)
    made = Formulation(cation="Fe3+", ligand="PAA")
    published = Observation(formulation=made, outcome="peel_force", value=1.9, level="literature", source="a paper")
    campaign.tell([published])
    with pytest.raises(InputError, match=r"or ask at a level of which it knows some: literature$"):
        ionlink.predict(**asked, campaign=campaign, everything=True)
    for place, ratio in enumerate((8, 20, 60)):
        for cation in space.cations:
            made = Formulation(cation=cation, ligand="PAA", ratio=ratio)
            value = place + len(cation) / 10
            campaign.tell(
                [Observation(formulation=made, outcome="peel_force", value=value, level="lab", source="test")]
            )
    expected = Surrogate.fit(campaign.observations())
    equal(ionlink.predict(**asked, campaign=campaign), ionlink.predict(**asked, model=expected))
    with pytest.raises(InputError, match="level: the campaign has no observations at level 'moon'; it has: lab"):
        ionlink.predict(**asked, campaign=campaign, level="moon")
    assert len(campaign.observations()) == 6


def test_a_stream_is_the_prediction_in_parts(surrogate):
    asked = {"cation": "all", "ligand": ["PAA", "CMC"], "ratio": (8, 100, 5)}
    parts = list(ionlink.predict_stream(grid=asked, model=surrogate, outcomes="coulomb_spread", rows_at_once=7))
    assert max(map(len, parts)) == 7
    whole = ionlink.predict(grid=asked, model=surrogate, outcomes="coulomb_spread")
    equal(pd.concat(parts, ignore_index=True), whole)
    assert len(whole) == len(cations()) * 2 * 5
    assert whole["ratio"].head(5).tolist() == pytest.approx([8 * 12.5 ** (k / 4) for k in range(5)])
    assert whole[["cation", "ligand", "ratio"]].drop_duplicates().shape[0] == len(whole)


def test_tables_may_come_one_after_the_other(surrogate):
    parts = ionlink.predict_stream(iter([table()[:15], table()[15:]]), model=surrogate)
    equal(pd.concat(parts, ignore_index=True), ionlink.predict(table(), model=surrogate))
    bad = table(3).assign(cation=["Fe3+", "Fe3+", "Xx"])
    with pytest.raises(InputError, match="row 43, cation: 'Xx'"):
        list(ionlink.predict_stream([table(), bad], model=surrogate))


def test_a_huge_grid_costs_nothing_until_it_is_walked():
    grid = ionlink.Grid.of({"cation": "all", "ligand": "all", "ratio": (1, 1000, 100_000)})
    assert len(grid) > 10**8
    first = next(grid.tables(1000))
    assert len(first) == 1000
    assert len(first.pairs) == 1


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"cation": "all", "ligand": "PAA"}, "grid: ratio is missing"),
        ({"cation": "all", "ligand": "PAA", "ratio": [8], "colour": "red"}, "'colour' is no axis"),
        ({"cation": ["Xx"], "ligand": "PAA", "ratio": [8]}, "grid, cation: 'Xx'"),
        ({"cation": [], "ligand": "PAA", "ratio": [8]}, "grid, cation: there are no names"),
        ({"cation": 7, "ligand": "PAA", "ratio": [8]}, "7 is no list of names"),
        ({"cation": "all", "ligand": "PAA", "ratio": [8, -1]}, "grid, ratio: -1 is not possible"),
        ({"cation": "all", "ligand": "PAA", "ratio": (100, 8, 5)}, "100 to 8 does not rise"),
        ({"cation": "all", "ligand": "PAA", "ratio": (8, 100, 2.5)}, "2.5 is not how many there are"),
        ({"cation": "all", "ligand": "PAA", "ratio": (8, 100)}, "a tuple is .lowest, highest, how many."),
        ({"cation": "all", "ligand": "PAA", "ratio": []}, "there are no numbers"),
        ({"cation": "all", "ligand": "PAA", "ratio": 8, "ph": [4, 99]}, "grid, ph: .*less than or equal to 16"),
        (
            {"cation": "all", "ligand": "PAA", "ratio": 8, "temperature_k": "warm"},
            "temperature_k: 'warm' is not a number",
        ),
        ({"cation": "Fe3+", "ligand": "PAA", "ratio": 8, "second_cation": "Al3+"}, "second_fraction is missing"),
        (
            {"cation": "all", "ligand": "PAA", "ratio": 8, "second_cation": "Al3+", "second_fraction": 0.3},
            r"Al3\+ is among the first cations as well",
        ),
        (
            {"cation": "all", "ligand": "PAA", "ratio": 8, "second_cation": "all", "second_fraction": 0.3},
            "every cation is among the first ones already",
        ),
    ],
)
def test_a_grid_that_is_none_is_refused(grid, message):
    with pytest.raises(InputError, match=message):
        ionlink.Grid.of(grid)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"cation": "Fe3+"}, "ligand, ratio missing"),
        ({"cation": "Fe3+", "grid": {}}, "give one of a table, a grid, or"),
        ({"formulations": pd.DataFrame({"cation": ["Fe3+"], "ratio": [3]})}, "column ligand is missing"),
        ({"formulations": table(0)}, "there are no rows"),
        ({"formulations": table(1), "level": "screen"}, "model: has learned already; leave out level, which says"),
        ({"formulations": table(1), "interval": 90}, "interval: 90 is not a probability"),
        ({"formulations": table(1), "outcomes": []}, "outcomes: none are asked for"),
        ({"formulations": "nowhere.csv"}, "nowhere.csv: there is no such file"),
        ({"formulations": "table.xlsx"}, "tables are .csv or .parquet"),
        ({"formulations": [1]}, "not int"),
        ({"formulations": 7}, "give a table, a path, formulations, .* not int"),
        ({"formulations": {"cation": ["Fe3+"]}}, "not dict"),
        ({"formulations": iter([])}, "there are no rows"),
        ({"formulations": []}, "there are no rows"),
        ({"formulations": pd.concat([table(1), table(1)[["cation"]]], axis=1)}, "column cation stands twice"),
        ({"formulations": table(1).assign(temperature=300)}, "'temperature' is not read; is it temperature_k"),
        ({"formulations": table(1), "interval": "0.9"}, "interval: '0.9' is not a probability"),
        ({"ph": 5}, "cation, ligand, ratio missing"),
        ({"formulations": Formulation(cation="Fe3+", ligand="PAA")}, "formulation 0, ratio: None is not a number"),
    ],
)
def test_a_call_that_cannot_be_answered_is_refused(surrogate, call, message):
    with pytest.raises(InputError, match=message):
        ionlink.predict(**call, model=surrogate)


def test_what_is_no_model_is_refused():
    with pytest.raises(InputError, match="model: 42 is no surrogate"):
        ionlink.predict(table(1), model=42)


def test_formulations_are_predicted_as_their_table_is(surrogate):
    asked = [Formulation(**row) for row in table(5).replace("Fe(III)", "Fe3+").to_dict("records")]
    equal(ionlink.predict(asked, model=surrogate), ionlink.predict(table(5), model=surrogate))
    equal(ionlink.predict(asked[0], model=surrogate), ionlink.predict(table(5)[:1], model=surrogate))


def test_columns_are_found_in_any_case(surrogate, tmp_path):
    shouted = table().rename(columns={"cation": "Cation", "ligand": "LIGAND ", "ratio": "Ratio"})
    equal(ionlink.predict(shouted, model=surrogate), ionlink.predict(table(), model=surrogate))
    shouted.to_parquet(tmp_path / "asked.parquet")
    equal(ionlink.predict(tmp_path / "asked.parquet", model=surrogate), ionlink.predict(table(), model=surrogate))


@pytest.fixture(scope="module")
def with_conditions() -> Surrogate:
    """Learned from mixtures at some pH and temperature."""
    seen = [
        Observation(
            formulation=Formulation(
                cation=cation,
                ligand=ligand,
                ratio=20,
                second_cation="Ca2+",
                second_fraction=share,
                ph=ph,
                temperature_k=temperature_k,
            ),
            outcome="elastic_modulus",
            value=2.0 + ph + 5.0 * share + (temperature_k - 298) / 25,
            level="lab",
            source="x",
        )
        for cation, ligand in (("Fe3+", "PAA"), ("Al3+", "alginate"))
        for share in (0.1, 0.4)
        for ph in (4.0, 8.0)
        for temperature_k in (298.0, 348.0)
    ]
    return Surrogate.fit(seen, calibrate=False)


CONDITIONS = {"second_cation": "Ca(II)", "second_fraction": 0.2, "ph": 5, "temperature_k": 310}


def test_conditions_are_asked_for_of_one_formulation_a_table_a_file_and_a_grid(with_conditions, tmp_path):
    asked = {"cation": "Fe3+", "ligand": "PAA", "ratio": 20, **CONDITIONS}
    single = ionlink.predict(**asked, model=with_conditions)
    assert single[list(CONDITIONS)].iloc[0].tolist() == ["Ca2+", 0.2, 5, 310]
    assert single["in_domain"].item()
    frame = pd.DataFrame([asked]).rename(columns={"ph": "pH", "temperature_k": "Temperature_K"})
    frame.to_csv(tmp_path / "asked.csv", index=False)
    for same in ({"formulations": frame}, {"formulations": tmp_path / "asked.csv"}, {"grid": asked}):
        equal(ionlink.predict(**same, model=with_conditions), single)
    means = [ionlink.predict(**{**asked, "ph": ph}, model=with_conditions)["mean"].item() for ph in (4, 8)]
    assert means[1] - means[0] > 1
    with pytest.raises(InputError, match="ph: Input should be less than or equal to 16"):
        ionlink.predict(**{**asked, "ph": 99}, model=with_conditions)
    with pytest.raises(InputError, match="row 1, ph: Input should be less than or equal to 16"):
        ionlink.predict(frame.assign(pH=99), model=with_conditions)
    celsius = {**asked, "temperature_k": 25}
    for same in (celsius, {"formulations": frame.assign(Temperature_K=25)}, {"grid": celsius}):
        with pytest.raises(InputError, match="temperature_k: 25 K is below 180 K"):
            ionlink.predict(**same, model=with_conditions)


def test_conditions_are_axes_of_a_grid(with_conditions):
    grid = {
        "cation": ["Fe3+", "Al3+"],
        "ligand": "PAA",
        "ratio": [8, 20],
        "second_cation": "Ca2+",
        "second_fraction": 0.2,
        "ph": (4, 8, 3),
        "temperature_k": [298],
    }
    frame = ionlink.predict(grid=grid, model=with_conditions)
    assert frame["cation"].tolist() == ["Fe3+"] * 6 + ["Al3+"] * 6
    assert frame["ph"].tolist() == [4, 4, 6, 6, 8, 8] * 2
    assert frame["ratio"].tolist() == [8, 20] * 6
    parts = ionlink.predict_stream(grid=grid, model=with_conditions, rows_at_once=5)
    equal(pd.concat(parts, ignore_index=True), frame)


def test_all_second_cations_are_all_but_the_first_ones():
    first = ["Fe3+", "Al(III)"]
    axes = {"cation": first, "ligand": "PAA", "ratio": 8, "second_cation": "all", "second_fraction": 0.2}
    grid = ionlink.Grid.of(axes)
    assert {*grid.conditions["second_cation"]} == cations().keys() - {"Fe3+", "Al3+"}
    several = ionlink.Grid.of({**axes, "second_cation": np.array(["Ca2+", "Zn2+"])})
    assert several.conditions["second_cation"] == ("Ca2+", "Zn2+")


def test_what_simulations_say_of_themselves_is_predicted_where_it_is_asked_for(seen, monkeypatch):
    flags = [o.model_copy(update={"outcome": "equilibrated", "value": k % 2}) for k, o in enumerate(seen[::3])]
    monkeypatch.setattr(prediction.Known, "of", lambda campaign, level: Known((*seen, *flags), Beside()))
    for model in (None, Surrogate.fit([*seen, *flags], calibrate=False)):
        told = ionlink.predict(cation="Fe3+", ligand="PAA", ratio=20, model=model)
        assert "equilibrated" not in set(told["outcome"])
        assert len(told) == 3
        asked = ionlink.predict(cation="Fe3+", ligand="PAA", ratio=20, outcomes="equilibrated", model=model)
        assert asked["outcome"].tolist() == ["equilibrated"]


def test_an_outcome_that_nobody_observed_is_refused_before_fitting():
    with pytest.raises(InputError, match="'peel_force' was not observed at level screen"):
        ionlink.predict(cation="Fe3+", ligand="PAA", ratio=8, outcomes="peel_force")


def test_each_fault_of_a_table_is_named_by_its_row(surrogate):
    asked = pd.DataFrame(
        {"cation": ["Fe3+", "Xx", "Xx", "Fe3+"], "ligand": ["PAA", "PAA", "PAA", None], "ratio": [8, 8, "three", True]}
    )
    with pytest.raises(InputError) as error:
        ionlink.predict(asked, model=surrogate)
    faults = error.value.faults
    assert [fault.split(":")[0] for fault in faults] == [
        "row 2, cation",
        "row 3, ratio",
        "row 4, ligand",
        "row 4, ratio",
    ]
    assert faults[0].endswith("(and in 1 more)")


@pytest.mark.parametrize(
    "ratios", [pd.to_datetime(["2026-01-08", "2026-01-30"]), pd.to_timedelta([8, 30], unit="h"), np.array([8j, 30])]
)
def test_dates_that_a_spreadsheet_made_of_ratios_are_no_numbers(surrogate, ratios):
    asked = table(2).assign(ratio=ratios)
    with pytest.raises(InputError) as error:
        ionlink.predict(asked, model=surrogate)
    assert [fault.split(":")[0] for fault in error.value.faults] == ["row 1, ratio", "row 2, ratio"]
    assert all("is not a number; give donor groups per cation" in fault for fault in error.value.faults)


def test_columns_that_pandas_wrote_as_its_index_are_read(surrogate, tmp_path):
    table().set_index(["cation", "ligand"]).to_parquet(tmp_path / "asked.parquet")
    equal(ionlink.predict(tmp_path / "asked.parquet", model=surrogate), ionlink.predict(table(), model=surrogate))


def test_nobody_reads_a_million_faults(surrogate, tmp_path):
    with pytest.raises(InputError) as error:
        ionlink.predict(table(5000).assign(ratio=-1.0), model=surrogate)
    assert len(error.value.faults) == 100
    assert error.value.faults[0].startswith("row 1, ratio: -1.0 is not possible")
    assert error.value.faults[-1] == "and 4901 more faults"
    written = "cation,ligand,ratio\n" + 'Fe3+,PAA,"8,5"\n' * 5000
    (tmp_path / "asked.csv").write_text(written, encoding="utf-8")
    with pytest.raises(InputError) as error:
        ionlink.predict(tmp_path / "asked.csv", model=surrogate)
    assert len(error.value.faults) == 100
    assert error.value.faults[-1] == "and 4901 more faults"


@pytest.fixture(params=[".csv", ".parquet"])
def asked_file(request, tmp_path):
    path = tmp_path / f"asked{request.param}"
    extra = table().assign(note='a "quoted", note')
    extra.to_csv(path, index=False) if request.param == ".csv" else extra.to_parquet(path, index=False)
    return path


def read(path):
    return (
        pd.read_csv(path, keep_default_na=False, dtype={"unit": str})
        if path.suffix == ".csv"
        else pd.read_parquet(path)
    )


def test_files_go_in_and_out_in_parts(surrogate, asked_file, tmp_path):
    out = tmp_path / f"out{asked_file.suffix}"
    parts = ionlink.predict_stream(asked_file, model=surrogate, rows_at_once=20)
    assert write_parts(parts, out) == 40 * len(surrogate.outcomes)
    equal(read(out), ionlink.predict(table(), model=surrogate))
    with pytest.raises(InputError, match="exists already"):
        write_parts(iter(()), out)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([asked_file.name, out.name])


def test_a_spreadsheet_of_europe_is_read(surrogate, tmp_path):
    path = tmp_path / "asked.csv"
    path.write_text("\ufeffRatio;Cation;Ligand;;\n8,5;Fe3+;PAA;;\n\n;;;;\n20;Mg2+;PAA\n", "utf-8")
    assert ionlink.predict(path, model=surrogate, outcomes="coulomb_spread")["ratio"].tolist() == [8.5, 20]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("cation,ligand,ratio\nFe3+,PAA,8\n\nXx,PAA,8\nFe3+,PAA,-1\n", ["line 4, cation: 'Xx'", "line 5, ratio: -1.0"]),
        ('cation,ligand,ratio,note\nFe3+,PAA,8,"two\nlines"\nFe3+,PAA,,\n', ["line 4, ratio: '' is not a number"]),
        (
            "cation;ligand;ratio\nFe3+;PAA;8,5\nFe3+;PAA;1.000\nFe3+;PAA;1.000,5\nFe3+;PAA;8,5\nFe3+;PAA\n",
            [
                "line 3, ratio: '1.000' has a point where other numbers of the table have a decimal comma",
                "line 4, ratio: '1.000,5' has a point where other numbers of the table have a decimal comma",
                "line 6: has 2 cells where the header has 3",
            ],
        ),
        (
            "cation;ligand;ratio\nFe3+;PAA;8.5\nFe3+;PAA;8,5\nFe3+;PAA;9.5\n",
            ["line 3, ratio: '8,5' is not a number"],
        ),
        ("", [": is empty"]),
        ("\n\n", [": is empty"]),
        ("sep=;\ncation;ligand;ratio\n", ["'sep=;' is for a spreadsheet alone; delete this line"]),
        ("cation,ligand,ratio\nFe3+,PAA\n", ["line 2: has 2 cells where the header has 3"]),
        ("cation,ligand,ratios\n", ["column ratio is missing; did you mean 'ratios'"]),
        ("cation,cation,ligand,ratio\n", ["column cation stands twice"]),
        ("cation,ligand,ratio\n", ["there are no rows"]),
        ('cation,ligand,ratio\nFe3+,"PAA,8\n', ["is not a CSV table"]),
        ("cation\tligand\tratio\nFe3+\tPAA\t8\n", ["row 1: is separated by tabs"]),
        (
            "cation,ligand,ratio,second_cation,ph,temperature_k\nFe3+,PAA,0,Al3+,17,25\n",
            [
                "ratio: 0.0 is not possible",
                "ph: Input should",
                "temperature_k: 25 K is below",
                "second_fraction: is missing",
            ],
        ),
        ("cation,ligand,ratio,temperature_c\nFe3+,PAA,8,25\n", ["'temperature_c' is not read; is it temperature_k"]),
    ],
)
def test_a_fault_in_a_file_is_named_by_its_line(surrogate, tmp_path, text, faults):
    path = tmp_path / "asked.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as error:
        ionlink.predict_stream(path, model=surrogate)
    assert len(error.value.faults) == len(faults)
    for found, expected in zip(error.value.faults, faults, strict=True):
        assert found.startswith(str(path))
        assert expected in found


def test_what_is_no_table_is_refused(surrogate, tmp_path):
    for name, message in (("a.csv", "is an Excel workbook"), ("a.parquet", "is not a Parquet table")):
        (tmp_path / name).write_bytes(b"PK\x03\x04\xff\xfe")
        with pytest.raises(InputError, match=message):
            ionlink.predict(tmp_path / name, model=surrogate)


def test_nothing_is_left_of_a_file_that_failed(tmp_path):
    def fail():
        yield table()
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        write_parts(fail(), tmp_path / "out.csv")
    assert not list(tmp_path.iterdir())


def test_small_molecules_are_asked_for_by_their_smiles():
    from ionlink.models.names import formulation_table

    columns = {"cation": pd.Series(["Fe3+", "Ca2+"]), "ligand": pd.Series(["CC(=O)[O-]", "PAA"])}
    table = formulation_table(columns, lambda row: f"row {row}, ", needs_ratio=False)
    assert [f.ligand for f in table.pairs] == ["CC(=O)O", "PAA"]
    assert [f.ratio for f in table.pairs] == [None, None]


def test_progress_is_a_line_per_tenth_where_there_is_no_terminal(surrogate, capsys):
    list(ionlink.predict_stream(table(), model=surrogate, outcomes="coulomb_spread", progress=True, rows_at_once=10))
    assert capsys.readouterr().err.splitlines() == [
        "predicting formulations: 40",
        *(f"predicting formulations: {done} of 40" for done in (10, 20, 30)),
    ]
