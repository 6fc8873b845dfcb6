"""The table of many lenses, as files for programs and as a page that can be sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from galens.fit.output.atomic import write_whole
from galens.plot.report.document import document

__all__ = ["index_page", "write_tables"]


def _with_limits(name: str, title: str, unit: str = "") -> dict[str, tuple[str, str]]:
    return {name: (title, unit), f"{name}_lower": ("from", unit), f"{name}_upper": ("to", unit)}


COLUMNS = {
    "name": ("Lens", ""),
    "verdict": ("Verdict", ""),
    **_with_limits("einstein_radius", "Einstein radius", "arcsec"),
    **_with_limits("axis_ratio", "Axis ratio"),
    **_with_limits("shear", "Shear"),
    **_with_limits("slope", "Slope"),
    "mass_model": ("Mass model", ""),
    **_with_limits("magnification", "Magnification"),
    **_with_limits("lens_flux", "Flux of the lens"),
    **_with_limits("lensed_flux", "Flux of the images"),
    **_with_limits("source_flux", "Flux of the source"),
    **_with_limits("signal_to_noise", "Signal to noise"),
    "explained": ("Arcs explained", ""),
    "chi_squared": ("Chi-squared in arcs", ""),
    "log_evidence_gain": ("Log evidence gain", ""),
    "images": ("Images", ""),
    "warnings": ("Warnings", ""),
    "seconds": ("Time", "s"),
}
TEXTS = ("name", "verdict", "mass_model")
STYLE = """<style>
.index td, .index th { padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid var(--line); text-align: left; }
.index img { width: 64px; height: 64px; image-rendering: pixelated; vertical-align: middle; }
.index button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
</style>"""
SCRIPT = """<script>
for (const button of document.querySelectorAll(".index button")) button.addEventListener("click", () => {
  const cell = button.closest("th"), body = document.querySelector(".index tbody");
  const up = cell.getAttribute("aria-sort") !== "ascending", column = cell.cellIndex;
  for (const each of cell.parentNode.cells) each.removeAttribute("aria-sort");
  cell.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = row => row.cells[column].dataset.value;
  const order = (a, b) => isNaN(value(a)) || isNaN(value(b))
    ? value(a).localeCompare(value(b)) : value(a) - value(b);
  for (const row of [...body.rows].sort((a, b) => up ? order(a, b) : order(b, a))) body.append(row);
});
</script>"""


def write_tables(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Writes ``lenses.csv`` and ``lenses.ecsv``; numbers that a lens has not are empty or NaN."""
    from astropy.table import Table

    folder.mkdir(parents=True, exist_ok=True)
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        values = [row.get(name) for row in rows]
        columns[name] = (
            [str(value or "") for value in values]
            if name in TEXTS
            else np.array([np.nan if value is None else float(value) for value in values])
        )
    table = Table(columns)
    for name, (_, unit) in COLUMNS.items():
        if unit:
            table[name].unit = unit
    for kind in ("csv", "ecsv"):
        write = partial(table.write, format=f"ascii.{kind}", overwrite=True)
        write_whole(folder / f"lenses.{kind}", write)


def index_page(rows: Sequence[Mapping[str, Any]], title: str) -> str:
    """HTML of the table with thumbnails; a click on a heading sorts, a click on a name opens the report."""
    shown = (
        "name",
        "verdict",
        "einstein_radius",
        "axis_ratio",
        "shear",
        "magnification",
        "explained",
        "chi_squared",
        "warnings",
        "seconds",
    )
    head = "<th></th>" + "".join(
        f'<th scope="col"><button type="button">{escape(COLUMNS[name][0])}</button></th>' for name in shown
    )
    body = "".join(_row(row, shown) for row in rows)
    counts = ", ".join(
        f"{sum(row.get('verdict') == answer for row in rows)} {answer}"
        for answer in ("lens", "uncertain", "no lens", "failed")
        if any(row.get("verdict") == answer for row in rows)
    )
    table = f'<div class="wide"><table class="index"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    return document(title, "Models of strong lenses", counts, STYLE + table + SCRIPT)


def _row(row: Mapping[str, Any], shown: Sequence[str]) -> str:
    name = str(row["name"])
    picture = f'<img alt="" src="{escape(row["thumbnail"])}">' if row.get("thumbnail") else ""
    link = f'<a href="{escape(name)}/report.html">{escape(name)}</a>' if row.get("thumbnail") else escape(name)
    cells = [f'<td data-value="{escape(name)}">{link}</td>']
    for column in shown[1:]:
        value = row.get(column)
        text = "" if value is None else value if isinstance(value, str) else f"{float(value):.4g}"
        words = "; ".join(row.get("findings", ())) if column == "verdict" else ""
        sorted_by = escape("" if value is None else str(value))
        cells.append(f'<td data-value="{sorted_by}" title="{escape(words)}">{escape(text)}</td>')
    return f"<tr><td>{picture}</td>{''.join(cells)}</tr>"
