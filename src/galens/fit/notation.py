"""How the variables of a result are called and written: one source for texts, tables, reports and figures."""

from __future__ import annotations

from dataclasses import dataclass

from galens.config.notation import DATA

__all__ = ["Notation"]


@dataclass(frozen=True)
class Notation:
    """One variable: a free parameter of a model, or something derived from several.

    Attributes:
        name: its full path, dotted: ``galaxies.lens.bulge.centre.centre_0``.
        label: the path without the names of tuples: ``galaxies.lens.bulge.centre_0``.
        symbol: in LaTeX, without dollars: ``\\epsilon_{\\rm 1}``.
        superscript: what it belongs to, the last two names above it: ``lens.bulge``.
        unit: as astropy reads it; "data" for the unit of the data, "" for a pure number.
    """

    name: str
    label: str
    symbol: str
    superscript: str = ""
    unit: str = ""

    @property
    def latex(self) -> str:
        """Symbol and superscript, with dollars: ``$\\epsilon_{\\rm 1}^{\\rm lens.bulge}$``."""
        raised = rf"^{{\rm {self.superscript}}}" if self.superscript else ""
        return f"${self.symbol}{raised}$"

    @property
    def astropy_unit(self) -> str | None:
        """What a column of an astropy table has for a unit: None where that is the data's or none."""
        return self.unit if self.unit not in ("", DATA) else None

    @property
    def description(self) -> str:
        """The symbol, and that the unit is that of the data where it is."""
        return f"{self.latex}, in the unit of the data" if self.unit == DATA else self.latex
