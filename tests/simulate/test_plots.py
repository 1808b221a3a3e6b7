"""Pictures of replicates whose numbers are known."""

import json
import re
import shutil
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from ionlink.data import InputError
from ionlink.simulate import SimulationFailed
from ionlink.simulate.plots import draw_run, mean_stress_mpa

VALUES = {f"{mode}_fraction": share for mode, share in [("monodentate", 0.5), ("chelating", 0.3), ("bridging", 0.2)]}


@pytest.fixture
def run(tmp_path):
    """Make a run directory with so many replicates, with or without the later columns and stress."""

    def make(replicates, parts=True, stress=False):
        for replicate in range(replicates):
            directory = tmp_path / "run" / f"replicate-{replicate}"
            directory.mkdir(parents=True)
            (directory / "result.json").write_text(json.dumps({"values": VALUES}))
            r = np.arange(0.01, 10 + replicate, 0.02)  # boxes differ a little, and so does how far g(r) goes
            table = pd.DataFrame({"r_angstrom": r, "g_r": np.exp(-((r - 2) ** 2) / 0.01), "coordination_number": r})
            if parts:
                table["g_r_nearer"], table["g_r_farther"] = table["g_r"] / 2, table["g_r"] / 2
            table.to_csv(directory / "rdf.csv", index=False)
            if stress:
                curve = {
                    "strain": [0.0, 0.1, 0.1, 0.0],
                    "stress_mpa": [0, 80, 80, -10],
                    "phase": ["load"] * 2 + ["unload"] * 2,
                }
                pd.DataFrame(curve).to_csv(directory / "stress.csv", index=False)
        return tmp_path / "run"

    return make


def words(svg):
    """Comments of an SVG file: Matplotlib draws letters as paths and leaves the text in comments."""
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    return " ".join(
        (node.text or "") for node in ElementTree.parse(svg, parser).iter() if node.tag is ElementTree.Comment
    )


def test_each_picture_comes_as_svg_and_png(run, tmp_path):
    files = draw_run(run(2, stress=True), tmp_path / "out")
    assert {file.name for file in files} == {
        f"{name}.{ending}" for name in ("rdf", "modes", "stress-strain") for ending in ("svg", "png")
    }
    assert all(file.read_bytes()[:4] == b"\x89PNG" for file in files if file.suffix == ".png")


@pytest.mark.parametrize("name", ["rdf.csv", "stress.csv"])
def test_a_damaged_table_is_named(run, tmp_path, name):
    table = run(2, stress=True) / "replicate-1" / name
    table.write_text("")
    with pytest.raises(SimulationFailed, match=rf"{re.escape(str(table))} is damaged or missing; delete .*replicate-1"):
        draw_run(tmp_path / "run", tmp_path)


def test_the_mean_curve_leaves_out_strains_at_which_one_replicate_alone_was_measured():
    usual = pd.DataFrame({"strain": [0.0, 0.1, 0.2], "stress_mpa": [0.0, 10.0, 20.0]})
    gentler = pd.DataFrame({"strain": [0.0, 0.05, 0.1, 0.15, 0.2], "stress_mpa": [0.0, 90.0, 30.0, 90.0, 40.0]})
    assert mean_stress_mpa([usual, gentler]).to_dict() == {0.0: 0.0, 0.1: 20.0, 0.2: 30.0}


def test_every_axis_has_its_unit(run, tmp_path):
    draw_run(run(2, stress=True), tmp_path)
    assert "cation–oxygen distance r (Å)" in words(tmp_path / "rdf.svg")
    assert "g(r) (dimensionless)" in words(tmp_path / "rdf.svg")
    assert "share (dimensionless)" in words(tmp_path / "modes.svg")
    stress = words(tmp_path / "stress-strain.svg")
    assert "strain (%)" in stress
    assert "(MPa)" in stress


def test_without_stress_there_is_no_such_picture(run, tmp_path):
    assert {file.stem for file in draw_run(run(2), tmp_path)} == {"rdf", "modes"}


def test_one_replicate_says_that_no_error_is_known(run, tmp_path):
    draw_run(run(1), tmp_path)
    assert "no error known" in words(tmp_path / "modes.svg")


def test_tables_from_before_the_split_are_drawn_without_it(run, tmp_path):
    draw_run(run(2, parts=False), tmp_path)
    assert "nearer" not in words(tmp_path / "rdf.svg")


def test_the_same_data_give_the_same_bytes(run, tmp_path):
    first, second = (
        draw_run(directory, tmp_path / name) for directory, name in [(run(2), "a"), (tmp_path / "run", "b")]
    )
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]


def test_a_directory_without_a_finished_replicate_is_refused(tmp_path):
    with pytest.raises(InputError, match="no finished replicate to draw"):
        draw_run(tmp_path, tmp_path / "out")


def test_what_a_real_replicate_left_is_drawn(finished, tmp_path):
    directory, values = finished
    shutil.copytree(directory, tmp_path / "replicate-0")
    (tmp_path / "replicate-0" / "result.json").write_text(json.dumps({"values": dict(values)}))
    assert {file.stem for file in draw_run(tmp_path, tmp_path / "plots")} == {"rdf", "modes", "stress-strain"}
