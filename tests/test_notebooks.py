"""The notebooks run from top to bottom, without network and without a warning, and are committed as they came out."""

import json
import re
import shutil
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

LARGEST_BYTES = 300_000
"""Outputs are kept as long as a notebook stays a file that one can look at anywhere."""

SECONDS_PER_CELL = 300
"""Far more than a cell takes: only ends what hangs."""

NO_NETWORK = """
import socket


def _refuse(self, address):
    if self.family != socket.AF_UNIX:
        raise OSError(f"a notebook must not use the network, and this one asks for {address}")
    return _connect(self, address)


_connect, socket.socket.connect = socket.socket.connect, _refuse
"""

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture
def short_folder():
    """A place for sockets: their paths may have a hundred characters, and pytest's folders can have more."""
    folder = tempfile.mkdtemp(prefix="nb-")
    yield Path(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def execute(tmp_path, short_folder, monkeypatch):
    """Executes a notebook in a kernel of its own, in an empty folder; gives it with its new outputs."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "TMPDIR"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    work = tmp_path / "work"
    work.mkdir()

    def run(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
        notebook = nbformat.from_dict({**notebook, "cells": [nbformat.v4.new_code_cell(NO_NETWORK), *notebook.cells]})
        client = NotebookClient(notebook, timeout=SECONDS_PER_CELL, resources={"metadata": {"path": str(work)}})
        manager = client.create_kernel_manager()
        # Files instead of ports, which two kernels that start at once may both take for free.
        manager.transport, manager.ip = "ipc", str(short_folder / "s")
        client.execute()
        assert not list(work.iterdir()), "a notebook leaves nothing where it lies"
        return notebook

    return run


def outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def test_there_are_notebooks():
    assert {path.stem for path in NOTEBOOKS} >= {
        "predict-in-five-minutes",
        "read-the-explanations",
        "train-on-your-lab-data",
        "your-first-campaign",
    }


@each_notebook
def test_it_runs_from_top_to_bottom(path, execute):
    done = execute(read(path))
    shown = outputs(done)
    assert not [output["text"] for output in shown if output.get("name") == "stderr"]
    assert kinds(shown) == kinds(outputs(read(path)))


def kinds(shown: list[nbformat.NotebookNode]) -> list[tuple[str, ...]]:
    """What was printed or drawn, without its content."""
    return [tuple(sorted(output.get("data", {output.output_type: None}))) for output in shown]


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("import ionlink\nionlink.predict(cation='Xx9+', ligand='PAA', ratio=8)", "InputError"),
        ("import socket\nsocket.create_connection(('127.0.0.1', 9), timeout=1)", "must not use the network"),
    ],
)
def test_a_failing_cell_would_be_seen(execute, code, complaint):
    from nbclient.exceptions import CellExecutionError

    with pytest.raises(CellExecutionError, match=complaint):
        execute(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]))


def test_a_warning_would_be_seen(execute):
    code = "import warnings\nwarnings.warn('look out', UserWarning)"
    done = execute(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]))
    assert [output["name"] for output in outputs(done)] == ["stderr"]


@each_notebook
def test_it_is_committed_as_it_came_out(path):
    notebook = read(path)
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "run all cells of a fresh kernel, in order"
    assert path.stat().st_size < LARGEST_BYTES
    said = json.dumps([output for output in outputs(notebook) if "image/png" not in output.get("data", {})])
    assert not re.findall(r"/(?:tmp|home|root|Users|work)/[^\s\"]*", said), "outputs name folders of one machine"
    assert not [output for output in outputs(notebook) if output.get("name") == "stderr"]


@each_notebook
def test_links_lead_somewhere(path):
    text = "".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert links
    assert not [link for link in links if not (path.parent / link).exists()]
