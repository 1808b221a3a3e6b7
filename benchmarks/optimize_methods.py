"""The methods that `optimize.py` compares, and which problems each is asked to solve."""

import sys
from collections.abc import Mapping
from pathlib import Path

from optimize_run import Method

OURS = "ionlink"

ENVIRONMENT_OF = {
    "baybe": "baybe",
    "ax": "ax",
    "optuna-tpe": "optuna",
    "optuna-gp": "optuna",
    "bofire": "bofire",
}
"""Folder below `--peers` of the methods that need an environment of their own."""

DECIDES = "decides"
"""Argument of an adapter that is to decide on levels and replicates."""

ADAPTERS: Mapping[str, tuple[str, ...]] = {
    OURS: ("optimize_ionlink.py", DECIDES),
    "random": ("optimize_random.py",),
    "space-filling": ("optimize_space_filling.py",),
    "spacier": ("optimize_spacier.py",),
    "botorch-gp": ("optimize_botorch.py",),
    "optuna-tpe": ("optimize_optuna.py", "tpe"),
    "optuna-gp": ("optimize_optuna.py", "gp"),
    "ax": ("optimize_ax.py",),
    "baybe": ("optimize_baybe.py",),
    "bofire": ("optimize_bofire.py",),
}
"""File of the adapter and its arguments, in the order of running: what takes longest comes last."""

FIXED_REPLICATES: Mapping[str, tuple[int, ...]] = {
    OURS: (1, 2, 3),
    "random": (1, 2, 3),
    "spacier": (1, 2, 3),
    "botorch-gp": (1, 2, 3),
    "optuna-tpe": (1, 2, 3),
    "baybe": (1, 2),
    "bofire": (1,),
}
"""Where replicates are counted, numbers of them that methods are run with. ionlink also decides by itself."""


def methods(peers: Path | None) -> dict[str, Method]:
    """By name; without `peers` only those of ionlink's own environment."""
    found = {}
    for name, (adapter, *options) in ADAPTERS.items():
        python = Path(sys.executable)
        if name in ENVIRONMENT_OF:
            if peers is None:
                continue
            python = peers / ENVIRONMENT_OF[name] / "bin" / "python"
        found[name] = Method(name, python, adapter, tuple(options), decides=name == OURS)
    return found


def variants(method: Method, replicates: bool) -> list[Method]:
    """What a problem runs a method as: where replicates are counted, once with each fixed number of them."""
    if not replicates:
        return [method]
    options = tuple(option for option in method.options if option != DECIDES)
    fixed = [
        Method(f"{method.name} x{k}", method.python, method.adapter, options, replicates=k)
        for k in FIXED_REPLICATES.get(method.name, ())
    ]
    return [*([method] if method.decides else []), *fixed]
