"""The settings of a training as a file that trains again."""

import json
from pathlib import Path

from ionlink.training_config import TrainingConfig


def declaration(config: TrainingConfig) -> str:
    """TOML with every key that is set."""
    return "\n".join(
        f"{name} = {_toml(value)}" for name, value in config.model_dump().items() if value is not None and value != ()
    )


def _toml(value: object) -> str:
    """A string, number, truth or list as TOML writes it; for these JSON writes the same."""
    if isinstance(value, tuple):
        return json.dumps(list(value), ensure_ascii=False)
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
