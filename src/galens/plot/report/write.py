"""Writes the report of a result folder."""

from __future__ import annotations

import os
from pathlib import Path

from galens.fit.output.atomic import write_text
from galens.plot.report.contents import read_contents
from galens.plot.report.page import page

__all__ = ["write_report"]


def write_report(folder: str | os.PathLike[str]) -> Path:
    """Writes ``report.html`` into the folder of a finished fit, from what is in that folder alone.

    The page holds everything that it shows: it opens without a network and can be sent to others. Nothing of the
    folder is executed.

    Args:
        folder: the result folder, the one whose name is the identifier.

    Returns:
        Path of the file.

    Raises:
        PlotError: the folder holds no result.
    """
    folder = Path(folder)
    path = folder / "report.html"
    write_text(path, page(read_contents(folder)))
    return path
