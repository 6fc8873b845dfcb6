"""Figures and the report of a result: made by whoever offers them as an entry point; fits know nothing of plotting."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

__all__ = ["draw_figures", "make_report"]

GROUP = "galens.figures"


def draw_figures(folder: Path, analysis: Any, result: Any) -> list[str]:
    """Draws the analysis' figures (`analysis.figure_set`) and those of the posterior into `folder`.

    An entry point of the group "galens.figures" is a function ``(folder, analysis, result)``; that of the
    name "posterior" is ``(folder, result)``. A figure that fails does not fail the fit.

    Returns:
        what went wrong, in words.
    """
    drawers = {entry.name: entry for entry in entry_points(group=GROUP)}
    failures = []
    for name, arguments in ((analysis.figure_set, (folder, analysis, result)), ("posterior", (folder, result))):
        if name is None or (name == "posterior" and name not in drawers):
            continue
        try:
            if name not in drawers:
                raise LookupError(f"no entry point of this name in the group {GROUP!r}")
            drawers[name].load()(*arguments)
        except Exception as error:  # whatever a figure raises, the samples must survive it
            failures.append(f"figures {name!r} could not be drawn: {type(error).__name__}: {error}")
    return failures


def make_report(folder: Path) -> list[str]:
    """Makes the report of the result folder `folder`, whose other files are there, by the entry point "report".

    Returns:
        what went wrong, in words.
    """
    for entry in entry_points(group=GROUP, name="report"):
        try:
            entry.load()(folder)
        except Exception as error:  # as with figures
            return [f"the report could not be written: {type(error).__name__}: {error}"]
    return []
