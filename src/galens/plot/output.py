"""Where a figure goes: files, written whole or not at all, or the screen."""

from __future__ import annotations

import os
import re
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from galens.errors import PlotError
from galens.plot.style import appearance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Formats", "put_out"]

FORMATS = ("show", "png", "pdf", "svg", "jpg")

Formats = str | Sequence[str] | None


def put_out(
    draw: Callable[[Figure], None],
    size: tuple[float, float],
    output_path: str | os.PathLike[str] | None,
    output_filename: str,
    output_format: Formats,
    dpi: float | None = None,
    layout: str = "compressed",
) -> None:
    """Draws a figure and writes or shows it.

    Args:
        draw: draws into an empty figure.
        size: width and height, inches.
        output_path: folder of the files, made if it is absent; None shows the figure on the screen unless a file
            format is asked for, whose file then goes to the current folder.
        output_filename: file name; an ending that is not the format is part of the name.
        output_format: "show", "png", "pdf", "svg", "jpg", or several of them; by default "show" without a path
            and "png" with one.
        dpi: dots per inch, 150 by default.
        layout: matplotlib's layout engine; "none" where `draw` places its axes itself.

    Raises:
        PlotError: unknown format, or a path that is not a folder.
    """
    formats = _formats(output_format, output_path)
    folder = Path(output_path) if output_path is not None else Path()
    if folder.exists() and not folder.is_dir():
        raise PlotError(f"output_path: {folder} is a file; figures are written into a folder")
    with appearance():
        if files := [name for name in formats if name != "show"]:
            figure = _paper(size, dpi, layout)
            draw(figure)
            for name in files:
                _save(figure, folder / f"{_file_name(output_filename, name)}.{name}", name, cut=layout != "none")
        if "show" in formats:
            _show(draw, size, dpi, layout)


def _formats(output_format: Formats, output_path: object) -> tuple[str, ...]:
    if output_format is None:
        return ("show",) if output_path is None else ("png",)
    formats = (output_format,) if isinstance(output_format, str) else tuple(output_format)
    for name in formats:
        if name not in FORMATS:
            raise PlotError(f"output_format: got {name!r}; allowed are {', '.join(map(repr, FORMATS))}")
    return formats


def _file_name(name: str, ending: str) -> str:
    name = name.removesuffix(f".{ending}")
    return re.sub(r"[^\w.+-]+", "_", name).strip("_") or "figure"


def _paper(size: tuple[float, float], dpi: float | None, layout: str) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=dpi or 150, layout=cast(Any, layout))
    FigureCanvasAgg(figure)
    return figure


def _save(figure: Figure, path: Path, ending: str, cut: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # No creation date: equal figures are equal files.
    metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {"Software": None}}.get(ending)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=f".{ending}")
    os.close(handle)
    try:
        figure.savefig(name, format=ending, bbox_inches="tight" if cut else None, pad_inches=0.06, metadata=metadata)
        # A temporary file is private; the figure gets the permissions that a plainly written file would have.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _show(draw: Callable[[Figure], None], size: tuple[float, float], dpi: float | None, layout: str) -> None:
    import matplotlib
    from matplotlib import pyplot

    on_screen = matplotlib.get_backend().lower() not in ("agg", "pdf", "svg", "ps", "cairo", "template")
    figure = pyplot.figure(figsize=size, dpi=dpi or 100, layout=layout)
    draw(figure)
    if on_screen:
        pyplot.show()
    else:
        pyplot.close(figure)
        warnings.warn("no screen to show the figure on; give output_path=... to write it to a file", stacklevel=4)
