"""Formulas as MathML, which browsers draw without a script or a font from elsewhere."""

from __future__ import annotations

import html
import re
from typing import Any

from latex2mathml.converter import convert

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)


def on_page_content(content: str, **_: Any) -> str:
    """Replaces every formula that the Markdown extension found."""
    return FORMULA.sub(
        lambda match: convert(html.unescape(match[2]), display="block" if match[1] == "div" else "inline"), content
    )
