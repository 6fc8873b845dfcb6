"""The `galens` command."""

from galens.cli.main import main

__all__ = ["main"]
