"""A result as a LaTeX table: ``results.tex``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from galens.config.notation import DATA
from galens.fit.estimate import Estimate

__all__ = ["latex_table"]

SPECIAL = re.compile(r"([&%$#_{}])")


def latex_table(estimates: Sequence[Estimate], data_unit: str = "") -> str:
    r"""A ``tabular`` of medians with errors, one row for each variable, to ``\input`` into a paper.

    Args:
        estimates: what to list; the errors are theirs.
        data_unit: unit of the data, as text.
    """
    rows, component = [], None
    for each in estimates:
        *above, last = each.notation.label.split(".")
        if above != component:
            rows.append(rf"\multicolumn{{3}}{{l}}{{\textit{{{_text(', '.join(_known(above)) or 'model')}}}}} \\")
            component = above
        unit = data_unit if each.notation.unit == DATA else each.notation.unit
        name = f"{_text(last.replace('_', ' '))} ${each.notation.symbol}$"
        rows.append(rf"{name} & ${each.latex}$ & {_text(unit)} \\")
    sigma = f"{estimates[0].sigma:g}" if estimates else "1"
    return "\n".join(
        [
            f"% Medians of the posterior with errors of {sigma} sigma.",
            r"\begin{tabular}{lll}",
            r"\hline",
            r"Parameter & Value & Unit \\",
            r"\hline",
            *rows,
            r"\hline",
            r"\end{tabular}",
            "",
        ]
    )


def _known(path: list[str]) -> list[str]:
    """A path without the name of the collection that all galaxies are in."""
    return path[1:] if path[:1] == ["galaxies"] and len(path) > 1 else path


def _text(words: str) -> str:
    return SPECIAL.sub(r"\\\1", words)
