"""Protocol files of a user's own."""

from pathlib import Path

import pytest

from ionlink.data import InputError
from ionlink.simulate import load_protocol, molecular_dynamics_oracle

SMOKE = (Path(__file__).parents[2] / "simulate" / "smoke.toml").read_text("utf-8")


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, "utf-8")
        return str(path)

    return written


def test_it_is_a_level_of_its_own(write):
    cosolvents = 'conformers = 2\ncosolvents = [{ name = "NMP", per_donor_group = 0.5 }]'
    text = SMOKE.replace('name = "smoke"', 'name = "in-nmp"').replace("conformers = 2", cosolvents)
    assert text.count("NMP") == 1
    oracle = molecular_dynamics_oracle(write(text))
    assert oracle.level == "in-nmp"
    assert oracle.settings.box.cosolvents[0].name == "NMP"
    assert oracle.protocol != load_protocol("smoke").hash


def test_a_copy_of_a_shipped_one_is_that_one_and_a_changed_copy_is_refused(write):
    assert load_protocol(write(SMOKE)) == load_protocol("smoke")
    with pytest.raises(InputError, match=r"mine\.toml, name: `smoke` is a shipped protocol, which this is not"):
        load_protocol(write(SMOKE.replace("cutoff_nm = 0.", "cutoff_nm = 1.")))


def test_all_faults_of_a_file_are_told_at_once(write):
    with pytest.raises(InputError) as caught:
        load_protocol(
            write(SMOKE.replace("min_chains = ", "min_chians = ").replace("cutoff_nm = 0.", "cutoff_nm = -0."))
        )
    assert len(caught.value.faults) == 3
    for part in ("box.min_chains: is missing", "box.min_chians", "physics.cutoff_nm"):
        assert part in str(caught.value)


@pytest.mark.parametrize("text", ["name = ", "\x00"])
def test_what_is_no_toml_is_refused(write, text):
    with pytest.raises(InputError, match="is not TOML"):
        load_protocol(write(text))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_protocol(str(tmp_path / "none.toml"))
