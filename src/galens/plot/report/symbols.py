"""Symbols of parameters for a web page: the small part of LaTeX that ``notation.yaml`` uses, as HTML."""

from __future__ import annotations

import re
from html import escape

__all__ = ["html_symbol"]

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


def html_symbol(latex: str) -> str:
    r"""HTML of a symbol such as ``\theta_{\rm Ein}``: θ in italics with a subscript; unknown commands are left out."""
    text = escape(latex.replace("$", "")).replace("{,}", ",")
    text = re.sub(r"\\(?:rm|mathrm|text)\b\s*", "", text)
    text = re.sub(r"\\([A-Za-z]+)\s*", lambda found: SIGNS.get(found[1], ""), text)
    text = re.sub(r"_(?:\{([^{}]*)\}|(\w))", lambda found: f"</i><sub>{found[1] or found[2]}</sub><i>", text)
    text = re.sub(r"\^(?:\{([^{}]*)\}|(\w))", lambda found: f"</i><sup>{found[1] or found[2]}</sup><i>", text)
    text = re.sub(r"[{}]", "", text)
    return f"<i>{text}</i>".replace("<i></i>", "")
