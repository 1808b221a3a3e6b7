import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from toy_campaigns import CONFIG, SPACE

from ionlink.data import InputError, targets
from ionlink.optimize import Campaign, CampaignConfig, Locked, StoreError, create_campaign_directory
from ionlink.optimize.directory import new_campaign_directory, read_config
from ionlink.optimize.moving import fork_directory
from ionlink.optimize.objective import objectives_of
from ionlink.optimize.report.document import write_report


def test_a_declaration_is_read():
    config = CampaignConfig.parse(CONFIG)
    assert config.campaign.seed == 5
    assert config.level == "closed-form"
    assert [str(o) for o in config.objectives] == ["maximise chains_per_cation", "minimise coulomb_spread"]
    assert config.known.observations
    assert config.tracking is None


def test_without_simulation_it_is_for_the_laboratory():
    head, tail = CONFIG.split("[simulation]")
    assert CampaignConfig.parse(head).level == "lab"
    assert "closed-form" in tail


def test_a_time_limit_is_optional_and_in_hours():
    assert CampaignConfig.parse(CONFIG).simulation.timeout_s is None
    limited = CONFIG.replace("workers = 2", "workers = 2\ntimeout_h = 0.5")
    assert CampaignConfig.parse(limited).simulation.timeout_s == 1800
    for bad in ("0", "-1", "inf", "nan", '"soon"'):
        with pytest.raises(InputError, match=r"simulation\.timeout_h"):
            CampaignConfig.parse(CONFIG.replace("workers = 2", f"timeout_h = {bad}"))


def test_a_range_of_temperatures_in_degrees_celsius_is_refused():
    with pytest.raises(InputError) as caught:
        CampaignConfig.parse(CONFIG.replace("[space]", "[space]\ntemperature_k = { lower = 20, upper = 60 }"))
    assert [fault.partition(" is below 180 K")[0] for fault in caught.value.faults] == [
        "campaign.toml: space.temperature_k.lower: 20 K",
        "campaign.toml: space.temperature_k.upper: 60 K",
    ]


def test_a_set_of_targets_stands_for_its_objectives():
    head, tail = CONFIG.split("[[objectives]]", 1)
    rest = tail[tail.index("[budget]") :]
    config = CampaignConfig.parse('objectives = "elastomeric-binder"\n' + head + rest)
    assert "elastic_modulus at most 0.5" in map(str, config.objectives)
    assert "strain_at_break at least 250" in map(str, config.objectives)
    with pytest.raises(InputError, match="'soft' is not a set of targets; the sets are elastomeric-binder"):
        CampaignConfig.parse('objectives = "soft"\n' + head + rest)


@pytest.mark.parametrize("preset", targets())
def test_every_set_of_targets_makes_objectives(preset):
    assert [o.outcome for o in objectives_of(preset)] == [target.outcome for target in targets()[preset]]


def test_every_fault_is_reported_by_its_path():
    bad = """
    colour = "blue"
    [campaign]
    seed = -1
    [space]
    cations = ["Fe4+", "Mg2+", "nonsense"]
    ligands = ["nylon"]
    ratio = { lower = 100, upper = 4 }
    [[objectives]]
    outcome = "chains_per_cation"
    goal = "maximise"
    [[objectives]]
    outcome = "beauty"
    goal = "window"
    [budget]
    rounds = 0
    batch = "two"
    [simulation]
    level = "screen"
    replicates = 1
    repliactes = 3
    """
    with pytest.raises(InputError) as caught:
        CampaignConfig.parse(bad)
    lines = caught.value.faults
    for path, text in [
        ("colour", "unknown field"),
        ("campaign.name", "missing"),
        ("campaign.seed", "-1"),
        ("space.cations", "Fe4+"),
        ("space.cations", "nonsense"),
        ("space.ligands", "nylon"),
        ("space.ratio", "must not be above"),
        ("objectives[2].outcome", "beauty"),
        ("budget.rounds", "0"),
        ("budget.batch", "two"),
        ("simulation.replicates", "1"),
        ("simulation.repliactes", "unknown field; did you mean replicates?"),
    ]:
        assert any(line.startswith(f"campaign.toml: {path}: ") and text in line for line in lines), (path, lines)
    assert len(lines) == 12


@pytest.mark.parametrize("seed", [-1, 2**63, 2**64])
def test_a_seed_that_not_every_library_takes_is_refused_before_anything_is_made(seed, tmp_path):
    with pytest.raises(InputError, match=r"^campaign\.toml: campaign\.seed: .*, not "):
        create_campaign_directory(tmp_path / "toy", CONFIG.replace("seed = 5", f"seed = {seed}"))
    assert not (tmp_path / "toy").exists()
    with pytest.raises(InputError, match=f"^seed: {seed} is not a whole number from 0 to {2**63 - 1}$"):
        Campaign(SPACE, objectives_of("elastomeric-binder"), seed=seed)


@pytest.mark.parametrize("name", ["Fe's binder", "a/b", "a:b", "a ", 'a \\"b\\"'])
def test_a_name_that_nothing_could_be_registered_by_is_refused(name):
    with pytest.raises(
        InputError, match=r"^campaign\.toml: campaign\.name: '.*' contains '/', ':', .*, a quote or"
    ) as caught:
        CampaignConfig.parse(CONFIG.replace('name = "toy"', f'name = "{name}"'))
    assert len(caught.value.faults) == 1


def test_faulty_objectives_are_not_said_to_be_missing():
    head, tail = CONFIG.split("[[objectives]]", 1)
    rest = tail[tail.index("[budget]") :]
    faulty = '[[objectives]]\noutcome = "peel_forse"\ngoal = "maximise"\n' * 2
    with pytest.raises(InputError) as caught:
        CampaignConfig.parse(head + faulty + rest)
    assert [line.split(": ")[1] for line in caught.value.faults] == ["objectives[1].outcome", "objectives[2].outcome"]
    with pytest.raises(InputError) as caught:
        CampaignConfig.parse("objectives = []\n" + head + rest)
    assert caught.value.faults == ("campaign.toml: objectives: has 0 entries, at least 1 are needed",)


def test_a_kind_of_constraint_that_is_not_known_is_named_in_plain_words():
    head, tail = CONFIG.split("[[objectives]]", 1)
    kinds = ('kind = "hydrolisis"', 'kind = "colour"', "share = 0.1")
    wrong = "".join(f"[[space.constraints]]\n{kind}\n" for kind in kinds)
    with pytest.raises(InputError) as caught:
        CampaignConfig.parse(f"{head}{wrong}[[objectives]]{tail}")
    first, second, third = caught.value.faults
    assert first == "campaign.toml: space.constraints[1].kind: 'hydrolisis' is not known; did you mean hydrolysis?"
    assert second.startswith(
        "campaign.toml: space.constraints[2].kind: 'colour' is not known; known are charge_balance,"
    )
    assert third == "campaign.toml: space.constraints[3].kind: missing"


@pytest.mark.parametrize("text", ["[campaign", "", "campaign = 3"])
def test_what_is_no_campaign_is_refused(text):
    with pytest.raises(InputError, match=r"campaign\.toml"):
        CampaignConfig.parse(text)


def test_an_objective_for_the_same_outcome_twice_is_refused():
    again = '\n[[objectives]]\noutcome = "coulomb_spread"\ngoal = "maximise"\n[budget]'
    with pytest.raises(InputError, match=r"aim: coulomb_spread is the outcome of two objectives"):
        CampaignConfig.parse(CONFIG.replace("[budget]", again))


def test_constraints_and_what_becomes_of_objectives_are_read(tmp_path):
    text = CONFIG.replace('goal = "maximise"', 'goal = "maximise"\nreference = 1\nbest = 4\nweight = 2')
    text = text.replace('goal = "minimise"', 'goal = "minimise"\nreference = 1\nbest = 0')
    text += '[aim]\ncombine = "desirability"\n[[constraints]]\noutcome = "density"\nlower = 0.5\n'
    create_campaign_directory(tmp_path / "toy", text)
    aim = Campaign.load(tmp_path / "toy").aim
    assert aim.combine == "desirability"
    assert [str(c) for c in aim.constraints] == ["density at least 0.5"]
    assert aim.objectives[0].weight == 2


def test_what_combining_lacks_is_told_beside_the_other_faults():
    text = CONFIG.replace("rounds = 2", "rounds = 0") + '[aim]\ncombine = "desirability"\n'
    text += '[[constraints]]\noutcome = "density"\nlower = 0.5\n[[constraints]]\noutcome = "density"\nupper = 3\n'
    with pytest.raises(InputError) as caught:
        CampaignConfig.parse(text)
    assert [line.removeprefix("campaign.toml: ") for line in caught.value.faults] == [
        "aim: density is the outcome of two constraints",
        "aim: chains_per_cation needs reference and best to be combined by desirability",
        "aim: coulomb_spread needs reference and best to be combined by desirability",
        "budget.rounds: input should be greater than or equal to 1, not 0",
    ]
    with pytest.raises(InputError, match=r"constraints\[1\]: needs lower or upper"):
        CampaignConfig.parse(CONFIG + '[[constraints]]\noutcome = "density"\n')
    with pytest.raises(InputError, match=r"aim\.combine: .*'sum'"):
        CampaignConfig.parse(CONFIG + '[aim]\ncombine = "sum"\n')


def test_rules_to_stop_are_read():
    stop = "[stop]\nbudget = { evaluations = 40 }\nstagnation = { rounds = 3 }\nremaining = { below = 0.02 }\n"
    rules = CampaignConfig.parse(CONFIG + stop).stop
    assert (rules.budget.evaluations, rules.stagnation.tolerance, rules.remaining.below) == (40, 0.01, 0.02)
    assert len(rules.rules) == 3
    assert CampaignConfig.parse(CONFIG).stop.rules == ()
    faulty = "[stop]\nbudget = {}\ntarget = {}\nremaining = { under = 3 }\n"
    with pytest.raises(InputError) as caught:
        CampaignConfig.parse(CONFIG + faulty)
    assert [line.removeprefix("campaign.toml: stop.") for line in caught.value.faults] == [
        "budget: needs rounds, evaluations or cost",
        "remaining.below: missing",
        "remaining.under: unknown field",
    ]
    with pytest.raises(InputError, match=r"campaign\.toml: stop: target needs best of chains_per_cation"):
        CampaignConfig.parse(CONFIG + "[stop]\ntarget = {}\n")


@pytest.mark.parametrize("name", ["a/b", "a:b", " a", "a\\nb", ""])
def test_a_name_must_serve_as_the_name_of_a_model(name):
    with pytest.raises(InputError, match=r"campaign\.name"):
        CampaignConfig.parse(CONFIG.replace('"toy"', f'"{name}"'))


def test_a_file_that_an_editor_began_with_a_byte_order_mark_is_read(tmp_path):
    create_campaign_directory(tmp_path / "toy", CONFIG)
    file = tmp_path / "toy" / "campaign.toml"
    file.write_text(file.read_text("utf-8"), "utf-8-sig")
    with closing(Campaign.load(tmp_path / "toy").store) as store:
        assert not store.candidates()
    fork_directory(tmp_path / "toy", tmp_path / "what-if", None, None)
    assert read_config(tmp_path / "what-if") == read_config(tmp_path / "toy")
    assert "\ufeff" not in write_report(tmp_path / "toy").read_text("utf-8")


def test_a_directory_is_made_whole(tmp_path):
    create_campaign_directory(tmp_path / "deep" / "toy", CONFIG)
    assert sorted(p.name for p in (tmp_path / "deep").iterdir()) == ["toy"]
    assert (tmp_path / "deep" / "toy" / "campaign.toml").read_text() == CONFIG
    campaign = Campaign.load(tmp_path / "deep" / "toy")
    assert campaign.level == "closed-form"
    assert campaign.store.observations()  # what the knowledge base has, at its own level
    assert campaign.observations() == ()
    assert len(campaign.ask(2)) == 2
    assert len(Campaign.load(tmp_path / "deep" / "toy").pending) == 2


def test_an_existing_directory_is_not_overwritten(tmp_path):
    create_campaign_directory(tmp_path / "toy", CONFIG)
    with pytest.raises(InputError, match="exists already"):
        create_campaign_directory(tmp_path / "toy", CONFIG)


def test_an_empty_directory_will_do(tmp_path):
    create_campaign_directory(tmp_path, CONFIG)
    assert Campaign.load(tmp_path).candidates == ()


def test_the_working_directory_will_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    create_campaign_directory(Path(), CONFIG)
    assert {file.name for file in tmp_path.iterdir()} == {"campaign.toml", "store.sqlite"}
    assert Path().samefile(tmp_path), "it is still the one that was there"
    assert Campaign.load(Path()).candidates == ()


WAITING = """
import sys
from pathlib import Path
from ionlink.optimize.directory import new_campaign_directory, read_config
from ionlink.optimize.moving import fork_directory
with new_campaign_directory(Path(sys.argv[1]), sys.argv[2]):
    print("in the middle", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("config", [CONFIG, CONFIG.replace('name = "toy"', 'name = "toy"\nstore = "../shared.sqlite"')])
def test_what_a_killed_process_left_is_cleared_away_by_the_next_one_and_not_before(tmp_path, config):
    command = [sys.executable, "-c", WAITING, str(tmp_path / "toy"), config]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "in the middle\n"
        with pytest.raises(Locked, match=r"another process works in .*\.toy\.new"):
            create_campaign_directory(tmp_path / "toy", config)
        process.kill()
    assert (tmp_path / ".toy.new").exists()
    create_campaign_directory(tmp_path / "toy", config)
    assert {file.name for file in tmp_path.iterdir()} - {"shared.sqlite"} == {"toy"}
    assert Campaign.load(tmp_path / "toy").candidates == ()


def test_a_faulty_declaration_leaves_nothing_behind(tmp_path):
    with pytest.raises(InputError):
        create_campaign_directory(tmp_path / "toy", "nonsense")
    assert list(tmp_path.iterdir()) == []


def test_known_observations_can_be_left_out(tmp_path):
    create_campaign_directory(tmp_path / "toy", CONFIG + "\n[known]\nobservations = false\n")
    assert Campaign.load(tmp_path / "toy").store.observations() == ()


def test_stability_constants_are_known_where_they_tell_of_the_aim(tmp_path):
    create_campaign_directory(tmp_path / "chains", CONFIG)
    create_campaign_directory(tmp_path / "energy", CONFIG.replace("chains_per_cation", "coulomb_per_charge"))
    for name, told in (("chains", False), ("energy", True)):
        known = {o.outcome for o in Campaign.load(tmp_path / name).store.observations()}
        assert known > {"chains_per_cation", "coulomb_per_charge"}
        assert ("log_k1" in known) == told


SHARED = CONFIG.replace('name = "toy"', 'name = "toy"\nstore = "../shared.sqlite"')


@pytest.mark.parametrize("config", [CONFIG, SHARED])
def test_a_store_that_is_gone_is_missed_and_not_made_anew(tmp_path, config):
    create_campaign_directory(tmp_path / "toy", config)
    (store,) = (file for file in tmp_path.rglob("*.sqlite"))
    store.unlink()
    with pytest.raises(StoreError, match=r"\.sqlite: there is no such store"):
        Campaign.load(tmp_path / "toy")
    store.touch()
    with pytest.raises(StoreError, match=r"\.sqlite cannot be used as a store: it is empty"):
        Campaign.load(tmp_path / "toy")


def test_a_directory_that_was_moved_begins_no_other_store(tmp_path):
    create_campaign_directory(tmp_path / "toy", SHARED)
    shutil.copytree(tmp_path / "toy", tmp_path / "elsewhere" / "toy")
    with pytest.raises(StoreError, match="there is no such store"):
        Campaign.load(tmp_path / "elsewhere" / "toy")
    assert not (tmp_path / "elsewhere" / "shared.sqlite").exists()


def test_a_campaign_that_the_shared_store_does_not_have_is_not_begun(tmp_path):
    create_campaign_directory(tmp_path / "toy", SHARED)
    (tmp_path / "toy" / "campaign.toml").write_text(SHARED.replace('"toy"', '"play"'))
    with pytest.raises(StoreError, match=r"shared\.sqlite has no campaign play; it has toy"):
        Campaign.load(tmp_path / "toy")


def test_a_name_that_the_shared_store_has_is_refused(tmp_path):
    create_campaign_directory(tmp_path / "toy", SHARED)
    with pytest.raises(InputError, match=r"shared\.sqlite has a campaign toy already"):
        create_campaign_directory(tmp_path / "again", SHARED)
    assert not (tmp_path / "again").exists()
    assert Campaign.load(tmp_path / "toy").store.campaigns() == ("toy",)


def test_a_campaign_that_comes_to_nothing_leaves_its_name_free(tmp_path):
    create_campaign_directory(tmp_path / "toy", SHARED)
    other = SHARED.replace('"toy"', '"play"')
    with pytest.raises(RuntimeError), new_campaign_directory(tmp_path / "play", other) as (_, store):
        store.settle("protocol", "abc")
        raise RuntimeError
    create_campaign_directory(tmp_path / "play", other)
    assert Campaign.load(tmp_path / "play").store.fact("protocol") is None


KILLED = """
import os, signal, sys
from pathlib import Path
from ionlink.optimize.directory import new_campaign_directory, read_config
from ionlink.optimize.moving import fork_directory
with new_campaign_directory(Path(sys.argv[1]), sys.argv[2]) as (_, store):
    store.settle("protocol", "abc")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_campaign_that_is_killed_as_it_begins_leaves_its_name_free(tmp_path):
    create_campaign_directory(tmp_path / "toy", SHARED)
    other = SHARED.replace('"toy"', '"play"')
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "play", other], check=False)
    assert killed.returncode == -signal.SIGKILL
    create_campaign_directory(tmp_path / "play", other)
    assert Campaign.load(tmp_path / "play").store.fact("protocol") is None


def test_a_directory_without_a_campaign_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no campaign\.toml"):
        Campaign.load(tmp_path)


def test_a_declaration_in_another_encoding_is_refused(tmp_path):
    create_campaign_directory(tmp_path / "toy", CONFIG)
    (tmp_path / "toy" / "campaign.toml").write_bytes("# Größe\n".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        Campaign.load(tmp_path / "toy")
