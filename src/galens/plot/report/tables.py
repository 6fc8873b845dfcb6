"""Tables of a report: parameters with errors and units, and pairs of words and values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from galens.config.notation import DATA
from galens.fit.estimate import measured
from galens.fit.notation import Notation
from galens.html import symbol_html
from galens.plot.report.contents import Contents, Parameter

__all__ = ["definitions", "parameter_table"]

HEADINGS = ("Name", "Median with 68 % limits", "Unit", "99.7 % limits", "Best fit")
ON_NARROW_SCREENS = ("Median, 68 %", "Unit", "99.7 %", "Best fit")
MINUS = "\N{MINUS SIGN}"


def parameter_table(contents: Contents, parameters: Sequence[Parameter]) -> str:
    """One row a parameter, in groups by component."""
    head = "".join(f'<th role="columnheader" scope="col">{each}</th>' for each in HEADINGS)
    bodies = []
    for component, members in groupby(parameters, key=lambda each: _component(each.notation)):
        rows = "".join(_row(contents, each) for each in members)
        title = escape(component or "Model")
        bodies.append(
            f'<tbody role="rowgroup"><tr role="row" class="component"><th role="rowheader" scope="rowgroup" '
            f'colspan="{len(HEADINGS)}">{title}</th></tr>{rows}</tbody>'
        )
    return (
        f'<table role="table" class="parameters"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f"{''.join(bodies)}</table>\n"
    )


def definitions(rows: Iterable[tuple[str, str]]) -> str:
    return (
        "<dl>"
        + "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
        + "</dl>\n"
    )


def _row(contents: Contents, parameter: Parameter) -> str:
    notation = parameter.notation
    value, minus, plus = measured(parameter.median, parameter.lower, parameter.upper)
    decimals = len(value.partition(".")[2]) if "e" not in value else None
    errors = f"<sup>+{_typeset(plus)}</sup><sub>{MINUS}{_typeset(minus)}</sub>"
    cells = [
        f'{_typeset(value)} <span class="errors">{errors}</span>',
        escape(contents.data_unit if notation.unit == DATA else notation.unit),
        f"{_rounded(parameter.lowest, decimals)} … {_rounded(parameter.highest, decimals)}",
        _rounded(parameter.best, decimals),
    ]
    words = notation.label.rsplit(".", 1)[-1].replace("_", " ")
    name = f'{symbol_html(notation.symbol)} <span class="name">{escape(words)}</span>'
    return (
        f'<tr role="row"><th role="rowheader" scope="row">{name}</th>'
        + "".join(
            f'<td role="cell" data-label="{heading}"{"" if cell else " class=empty"}><span>{cell}</span></td>'
            for heading, cell in zip(ON_NARROW_SCREENS, cells, strict=True)
        )
        + "</tr>"
    )


def _component(notation: Notation) -> str:
    """ "galaxies.lens.bulge.centre_0" -> "lens, bulge"."""
    component = notation.label.split(".")[:-1]
    if component[:1] == ["galaxies"] and len(component) > 1:
        component = component[1:]
    return ", ".join(component).replace("_", " ")


def _rounded(value: float, decimals: int | None) -> str:
    if not math.isfinite(value):
        return str(value)
    return _typeset(f"{value:.6e}" if decimals is None else f"{value:.{decimals}f}")


def _typeset(text: str) -> str:
    """A number as it is printed: true minus sign, powers of ten raised."""
    mantissa, _, power = text.partition("e")
    shown = mantissa.replace("-", MINUS)
    return f"{shown} × 10<sup>{str(int(power)).replace('-', MINUS)}</sup>" if power else shown
