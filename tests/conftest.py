import os
import shutil
import signal

import pytest
from hypothesis import settings

# On a shared machine an example may wait seconds for a core; that says nothing of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# What a shell starts in the background ignores Ctrl-C, and hands that on to processes that tests stop by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tables of who runs the tests must not enter them, nor those of a test a user's folder.
os.environ["IONLINK_DATA"] = os.devnull


@pytest.fixture(scope="session")
def migrated_database(request, monkeypatch_session):
    """An empty MLflow database; making one anew takes ten seconds, so it is kept in pytest's cache."""
    import mlflow

    folder = request.config.cache.mkdir("mlflow")
    kept = folder / f"{mlflow.__version__}.db"
    if not kept.exists():
        new = folder / f"{mlflow.__version__}-{os.getpid()}.new"
        mlflow.MlflowClient(tracking_uri=f"sqlite:///{new}").search_experiments()
        new.replace(kept)
    return kept


@pytest.fixture(scope="session")
def monkeypatch_session():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        yield patch


@pytest.fixture
def mlruns(tmp_path, migrated_database):
    """A folder for MLflow of a test's own, ready to use."""
    folder = tmp_path / "mlruns"
    folder.mkdir()
    shutil.copy(migrated_database, folder / "mlflow.db")
    return folder


@pytest.fixture
def define_polymer(tmp_path_factory, monkeypatch):
    """Writes the user's own table with one polymer, `Mine`, in the place of an earlier one."""
    from ionlink.data import ligands

    folder = tmp_path_factory.mktemp("own")

    def define(smiles, donor_group="carboxylate"):
        header = "name,full_name,repeat_unit_smiles,donor_group,source"
        (folder / "ligands_mine.csv").write_text(f"{header}\nMine,mine,{smiles},{donor_group},me\n", "utf-8")
        ligands.cache_clear()

    monkeypatch.setenv("IONLINK_DATA", str(folder))
    yield define
    monkeypatch.undo()
    ligands.cache_clear()
