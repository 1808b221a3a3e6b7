"""Where what was computed once is kept for the next time: the user's cache, which may be deleted at any time."""

from pathlib import Path


def cache_folder() -> Path:
    """Folder of everything that ionlink keeps between runs and can compute again."""
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("ionlink"))
