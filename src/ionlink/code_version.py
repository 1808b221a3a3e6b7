"""Which code made a result."""

import hashlib
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import ionlink

PACKAGE = Path(__file__).parent
REPORTED_PACKAGES = ("torch", "botorch", "gpytorch", "scikit-learn", "rdkit", "pandas", "numpy")


def source_hash() -> str:
    """SHA-256 of the package's Python files, first 12 digits: tells a change that has no version of its own."""
    digest = hashlib.sha256()
    files = [*PACKAGE.glob("*.py"), *(f for room in PACKAGE.iterdir() if room.is_dir() for f in room.rglob("*.py"))]
    for file in sorted(files):
        digest.update(str(file.relative_to(PACKAGE)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def git_commit() -> str | None:
    """Commit of the checkout that the package runs from; `None` where it is installed from a wheel."""
    try:
        done = subprocess.run(
            ["git", "-C", str(PACKAGE), "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=10
        )
        tracked = subprocess.run(
            ["git", "-C", str(PACKAGE), "ls-files", "--error-unmatch", "__init__.py"], capture_output=True, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if tracked.returncode == 0 else None


def code_version() -> str:
    """Version, commit where there is one, and hash of the sources."""
    commit = git_commit()
    return f"{ionlink.__version__}{f', commit {commit[:12]}' if commit else ''}, sources {source_hash()}"


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide about numbers."""
    return {"Python": platform.python_version(), **{name: metadata.version(name) for name in REPORTED_PACKAGES}}
