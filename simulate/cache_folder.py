"""Where what was computed once is kept for the next time: the user's cache, which may be deleted at any time."""

from pathlib import Path

CACHE_WAY_OUT = "let XDG_CACHE_HOME name a folder that can be written"
"""For whoever's home cannot be, as on the compute nodes of some clusters."""


def cache_folder() -> Path:
    """Folder of everything that ionlink keeps between runs and can compute again."""
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("ionlink"))
