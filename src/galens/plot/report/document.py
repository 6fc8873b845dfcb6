"""What pages of galens are made of: the frame, sections, sentences with marks, rows of figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from galens import __version__
from galens.plot.report.drawings import Drawing
from galens.plot.report.words import Finding

__all__ = ["document", "figures_row", "findings_list", "section"]

MARKS = {"good": ("✓", "Good"), "notice": ("!", "Look again"), "bad": ("✕", "Problem"), "plain": ("·", "Note")}


ORDER = ("bad", "notice", "good", "plain")


def document(title: str, kind: str, facts: str, body: str, version: str = __version__) -> str:
    """A whole page that needs no other file.

    Args:
        title, kind, facts: plain text: of the heading, above and below it.
        body: HTML, of `section`.
        version: of the galens that made what is shown.
    """
    style = files("galens.plot.report").joinpath("style.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="galens {escape(version)}">
<link rel="icon" href="data:,">
<title>{escape(title)}: {escape(kind[:1].lower() + kind[1:])}</title>
<style>
{style}</style>
</head>
<body>
<header>
<p class="kind">{escape(kind)}</p>
<h1>{escape(title)}</h1>
<p class="facts">{escape(facts)}</p>
</header>
<main>
{body}
</main>
<footer>
<p>Written by galens {escape(version)}. Everything on this page is in this file.</p>
</footer>
</body>
</html>
"""


def section(name: str, title: str, body: str) -> str:
    """A part of a page with a heading; nothing where the body is empty."""
    if not body:
        return ""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">\n<h2 id="{name}-title">{escape(title)}</h2>\n{body}\n'
        "</section>\n"
    )


def findings_list(findings: Iterable[Finding]) -> str:
    """Sentences with marks, what is bad first."""
    items = []
    for finding in sorted(findings, key=lambda each: ORDER.index(each.level)):
        mark, word = MARKS[finding.level]
        items.append(
            f'<li class="{finding.level}"><span class="mark" aria-hidden="true">{mark}</span>'
            f'<span><span class="unseen">{word}: </span>{escape(finding.text)}</span></li>'
        )
    return f'<ul class="findings">\n{"".join(items)}\n</ul>\n' if items else ""


def figures_row(drawings: Sequence[Drawing]) -> str:
    """Figures with captions, as many beside each other as there is room."""
    if not drawings:
        return ""
    figures = [
        f"<figure><figcaption><strong>{escape(each.title)}</strong> {escape(each.caption)}</figcaption>"
        f'<div role="img" aria-label="{escape(each.title)}: {escape(each.caption)}">{each.svg}</div></figure>'
        for each in drawings
    ]
    return f'<div class="figures">\n{"".join(figures)}\n</div>\n'
