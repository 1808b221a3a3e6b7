"""ionlink proposes the next ionic cross-linker to try."""

__version__ = "0.1.0"
