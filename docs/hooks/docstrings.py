"""Docstrings write formulas as Sphinx does; here they become those of the site's Markdown."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import griffe

DISPLAYED = re.compile(r"^( *)\.\. math::(.*(?:\n(?:\1 +.*|\s*$))*)", re.MULTILINE)
LITERAL = re.compile(r"^( *)(.*):: *$", re.MULTILINE)


class Mathematics(griffe.Extension):
    """``:math:`x``` to ``$x$``, ``.. math::`` to a displayed formula, and ``::`` before a literal block to a colon."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = translated(obj.docstring.value)


def translated(text: str) -> str:
    """Markdown of a docstring."""
    text = DISPLAYED.sub(_displayed, text)
    text = re.sub(r":math:`([^`]+)`", r"$\1$", text)
    return LITERAL.sub(lambda match: f"{match[1]}{match[2]}{':' if match[2] else ''}", text)


def _displayed(match: re.Match[str]) -> str:
    formula = textwrap.dedent(match[2]).strip()
    return textwrap.indent(f"\n$$\n{formula}\n$$\n", match[1])
