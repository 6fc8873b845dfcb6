"""What a notebook shows of an object: thumbnails, facts with units, tables. Nothing here knows what it shows.

Styles are written into the elements and colours are left to the page, so that it looks right in any notebook, by day
and by night, and where notebooks are read without running.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Literal

import numpy as np

__all__ = ["card", "symbol_html", "table", "thumbnail"]

Scale = Literal["brightness", "difference", "flags"]
PALETTES = {"brightness": "magma", "difference": "RdBu_r", "flags": "Greys"}
SIDE = 132  # CSS pixels of a thumbnail
CONTRAST = 40  # between what is seen bright and faint
FINEST = 2 * SIDE  # pixels of the longer side, above which images are binned

LOWER = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu "
    "nu xi pi rho sigma tau upsilon phi chi psi omega"
)
UPPER = "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
SIGNS = {
    **dict(zip(LOWER.split(), "αβγδϵζηθικλμνξπρστυϕχψω", strict=True)),
    **dict(zip(UPPER.split(), "ΓΔΘΛΞΠΣΦΨΩ", strict=True)),
    "varepsilon": "ε",
    "odot": "⊙",
    "ast": "∗",
}


def card(title: str, facts: Mapping[str, str], pictures: Iterable[str] = (), below: str = "") -> str:
    """A title, pictures in a row, and facts beside them.

    Args:
        title: plain text.
        facts: name to value, both plain text.
        pictures: HTML, of `thumbnail`.
        below: HTML that follows, for example a `table`.
    """
    rows = "".join(
        f'<div><span style="opacity:.7">{escape(name)}</span> {escape(value)}</div>' for name, value in facts.items()
    )
    return (
        f'<div style="font-family:sans-serif;font-size:13px;line-height:1.5"><strong>{escape(title)}</strong>'
        f'<div style="display:flex;flex-wrap:wrap;gap:12px;margin:6px 0;align-items:flex-start">{"".join(pictures)}'
        f"<div>{rows}</div></div>{below}</div>"
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are HTML."""
    cell = 'style="text-align:left;padding:1px 14px 1px 0"'
    head = "".join(f'<th scope="col" {cell}>{heading}</th>' for heading in headings)
    body = "".join("<tr>" + "".join(f"<td {cell}>{each}</td>" for each in row) + "</tr>" for row in rows)
    return f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def thumbnail(values: Any, caption: str, scale: Scale = "brightness") -> str:
    """A small picture with words under it.

    Args:
        values: (ny, nx) numbers, row 0 on top; what is not finite is left transparent.
        caption: plain text; also what is read aloud instead of the picture.
        scale: "brightness" shows faint and bright, "difference" has zero in its middle, "flags" is 0 and 1.
    """
    from matplotlib import colormaps
    from matplotlib.image import imsave

    image = _binned(np.asarray(values, dtype=float))
    colours = colormaps[PALETTES[scale]].with_extremes(bad=(0, 0, 0, 0))
    stream = io.BytesIO()
    imsave(stream, colours(np.ma.masked_invalid(_stretched(image, scale)), bytes=True), format="png")
    data = base64.b64encode(stream.getvalue()).decode()
    rows, columns = image.shape
    shrink = SIDE / max(rows, columns)
    return (
        f'<figure style="margin:0"><img src="data:image/png;base64,{data}" alt="{escape(caption)}" '
        f'width="{round(columns * shrink)}" height="{round(rows * shrink)}" style="image-rendering:pixelated;margin:0">'
        f'<figcaption style="opacity:.7;font-size:12px">{escape(caption)}</figcaption></figure>'
    )


def symbol_html(latex: str) -> str:
    r"""HTML of a symbol in the small part of LaTeX that ``notation.yaml`` uses; unknown commands are left out.

    ``\theta_{\rm Ein}`` becomes θ in italics with a subscript.
    """
    text = escape(latex.replace("$", "")).replace("{,}", ",")
    text = re.sub(r"\\(?:rm|mathrm|text)\b\s*", "", text)
    text = re.sub(r"\\([A-Za-z]+)\s*", lambda found: SIGNS.get(found[1], ""), text)
    text = re.sub(r"_(?:\{([^{}]*)\}|(\w))", lambda found: f"</i><sub>{found[1] or found[2]}</sub><i>", text)
    text = re.sub(r"\^(?:\{([^{}]*)\}|(\w))", lambda found: f"</i><sup>{found[1] or found[2]}</sup><i>", text)
    text = re.sub(r"[{}]", "", text)
    return f"<i>{text}</i>".replace("<i></i>", "")


def _binned(image: np.ndarray) -> np.ndarray:
    """Means of square blocks where the image is large; a block with a value that is not finite has none."""
    size = -(-max(image.shape) // FINEST)
    if size == 1:
        return image
    rows, columns = (side // size for side in image.shape)
    return image[: rows * size, : columns * size].reshape(rows, size, columns, size).mean(axis=(1, 3))


def _stretched(image: np.ndarray, scale: Scale) -> np.ndarray:
    """Values between 0 and 1."""
    finite = image[np.isfinite(image)]
    if scale == "flags" or not finite.size:
        return image
    if scale == "difference":
        largest = float(np.percentile(np.abs(finite), 99.5)) or 1.0
        return np.clip(0.5 + 0.5 * image / largest, 0, 1)
    low, high = np.percentile(finite, (1, 99.8))
    width = high - low if high > low else 1.0
    return np.clip(np.arcsinh(CONTRAST * (image - low) / width) / np.arcsinh(CONTRAST), 0, 1)
