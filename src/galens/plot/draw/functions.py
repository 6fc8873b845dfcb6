"""`draw_mask` and `draw_positions`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from galens.array import Array2D, Grid2DIrregular, Mask2D
from galens.errors import PlotError
from galens.plot.draw.server import DrawingServer
from galens.plot.draw.subject import MaskSubject, PositionsSubject, Subject

__all__ = ["draw_mask", "draw_positions"]

PORT = 8642

PathLike = str | os.PathLike[str]


def draw_mask(image: Array2D, file_path: PathLike, port: int = PORT, open_browser: bool = True) -> Mask2D:
    """Lets the user draw a mask on an image, in a browser, and saves it as FITS: 1 where a pixel is excluded.

    A page is served on this machine alone until the user says "Done" or presses Ctrl-C. From another machine it is
    reached through ``ssh -L``, as is printed. A mask that is already in the file is gone on with.

    Args:
        image: what to draw on.
        file_path: FITS file of the mask, written whenever the user saves.
        port: of the page; the next free one where it is taken.
        open_browser: open the page, unless this runs in a remote shell.

    Returns:
        The mask as it was saved last; one that keeps all pixels if it never was.

    Raises:
        PlotError: no image, or a file that is no mask of it; no free port.
    """
    subject = MaskSubject(_checked(image), Path(file_path))
    _serve(subject, port, open_browser)
    return subject.saved


def draw_positions(image: Array2D, file_path: PathLike, port: int = PORT, open_browser: bool = True) -> Grid2DIrregular:
    """Lets the user click positions on an image, in a browser, and saves them as JSON: a list of [y, x] in arcsec.

    Args:
        image, port, open_browser: as of `draw_mask`.
        file_path: JSON file of the positions, written whenever the user saves; those in it are gone on with.

    Returns:
        The positions as they were saved last.

    Raises:
        PlotError: as of `draw_mask`.
    """
    subject = PositionsSubject(_checked(image), Path(file_path))
    _serve(subject, port, open_browser)
    return subject.saved


def _checked(image: Array2D) -> Array2D:
    if not isinstance(image, Array2D) or image.ndim != 1:
        raise PlotError(f"image: got {type(image).__name__}; allowed is one Array2D, which knows its pixel scale")
    return image


def _serve(subject: Subject, port: int, open_browser: bool) -> None:
    with suppress(KeyboardInterrupt), DrawingServer(subject, port) as server:
        tunnel = f"ssh -N -L {server.port}:127.0.0.1:{server.port} HOST"
        lines = [
            f"Draw at {server.address}",
            f"If this machine, HOST, is a remote one, first run on your own:  {tunnel}",
            f"Saved to {subject.path} whenever you press Save. Ctrl-C ends.",
        ]
        print("\n".join(lines), file=sys.stderr, flush=True)
        if open_browser and "SSH_CONNECTION" not in os.environ:
            import webbrowser

            webbrowser.open(server.address)
        server.run()
