import subprocess
import sys

import pytest

from ionlink.optimize import Locked
from ionlink.optimize.lock import locked

HOLDER = """
import sys, time
from pathlib import Path
from ionlink.optimize.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_directory_is_held_by_one_process_and_freed_by_its_death(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Locked, match="another process works in"), locked(tmp_path):
        pass
    holder.kill()
    with locked(tmp_path, patience_s=10):
        pass
    holder.wait()
    holder.stdout.close()


def test_a_lock_can_be_taken_again(tmp_path):
    for _ in range(2):
        with locked(tmp_path / "new"):
            pass
