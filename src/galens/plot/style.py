"""How figures look, as settings that hold only while one is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

__all__ = ["BLANK", "DIVERGING", "SEQUENTIAL", "SWITCHED_OFF", "appearance"]

SEQUENTIAL = "magma"
DIVERGING = "RdBu_r"
BLANK = "0.88"  # masked pixels: neither end nor middle of either colour map
SWITCHED_OFF = "0.7"  # pixels with a huge noise

_SETTINGS = {
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titlepad": 5.0,
    "axes.labelsize": 9.0,
    "axes.labelpad": 3.0,
    "axes.linewidth": 0.7,
    "axes.unicode_minus": True,
    "figure.titlesize": 11.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.5,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "image.interpolation": "nearest",
    "pdf.fonttype": 42,  # text stays text in a PDF
    "svg.hashsalt": "galens",  # equal figures are equal files
    "savefig.facecolor": "white",
    "figure.facecolor": "white",
}


@contextmanager
def appearance() -> Iterator[None]:
    """The settings for the time of a `with` block; the user's own come back after it."""
    import matplotlib

    with matplotlib.rc_context(cast(Any, _SETTINGS)):
        yield
