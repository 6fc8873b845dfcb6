"""The report as one HTML page."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files

from galens.plot.report.contents import Contents, Observation
from galens.plot.report.drawings import Drawing, component_drawings, dataset_drawings, fit_drawings, lens_drawings
from galens.plot.report.tables import definitions, parameter_table
from galens.plot.report.words import Finding, convergence, goodness_of_fit, number

__all__ = ["page"]

MARKS = {"good": ("✓", "Good"), "notice": ("!", "Look again"), "bad": ("✕", "Problem"), "plain": ("·", "Note")}


ORDER = ("bad", "notice", "good", "plain")


def page(contents: Contents) -> str:
    """The whole page."""
    sections = [
        _section("summary", "In short", _summary(contents)),
        *(_of(each, "fit", "Fit", _figures(fit_drawings(each))) for each in contents.observations),
        *(_of(each, "lens", "Lens", _figures(lens_drawings(each))) for each in contents.observations),
        *(_of(each, "components", "Components", _figures(component_drawings(each))) for each in contents.observations),
        _section("parameters", "Parameters", parameter_table(contents, contents.parameters)),
        _section("latent", "What follows from them", _latent(contents)),
        _section("posterior", "Posterior", _corner(contents)),
        _section("search", "Search", _search_numbers(contents)),
        _section("model", "Model and priors", _listing(_narrowed(contents.model_text))),
        _section("origin", "Where the data came from", _origin(contents)),
        *(_of(each, "data", "Data", _data(each) + _figures(dataset_drawings(each))) for each in contents.observations),
        _section("reproduce", "Reproduce", _reproduce(contents)),
    ]
    shown = [section for section in sections if section]
    style = files("galens.plot.report").joinpath("style.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="galens {escape(contents.versions.get("galens", ""))}">
<link rel="icon" href="data:,">
<title>{escape(contents.name)}: result of a fit</title>
<style>
{style}</style>
</head>
<body>
<header>
<p class="kind">Result of a fit</p>
<h1>{escape(contents.name)}</h1>
<p class="facts">{escape(_subtitle(contents))}</p>
</header>
<main>
{"".join(shown)}
</main>
<footer>
<p>Written by galens {escape(contents.versions.get("galens", ""))}. Everything on this page is in this file.</p>
</footer>
</body>
</html>
"""


def _section(name: str, title: str, body: str) -> str:
    if not body:
        return ""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">\n<h2 id="{name}-title">{escape(title)}</h2>\n{body}\n'
        "</section>\n"
    )


def _of(observation: Observation, name: str, title: str, body: str) -> str:
    """A section on one of the observations."""
    if not observation.title:
        return _section(name, title, body)
    return _section(f"{name}-{observation.title.replace(' ', '-')}", f"{title}, {observation.title}", body)


def _subtitle(contents: Contents) -> str:
    parts = [f"{len(contents.parameters)} free parameters by {contents.search.get('search', 'a search')}"]
    for each in contents.observations:
        mask = each.fit["DATA"].mask
        parts.append(f"{number(mask.pixels_in_mask, 9)} pixels of {mask.scales_text}″")
    if contents.created:
        moment = datetime.fromisoformat(contents.created)
        parts.append(f"{moment.day} {moment:%B %Y, %H:%M} {moment.tzname() or ''}".strip())
    return " · ".join(parts)


def _summary(contents: Contents) -> str:
    parts = (
        ("Can the numbers be trusted?", convergence(contents)),
        ("Is the model good enough?", goodness_of_fit(contents)),
    )
    columns = [f"<div><h3>{escape(title)}</h3>\n{_findings(findings)}</div>\n" for title, findings in parts if findings]
    return f'<div class="columns">\n{"".join(columns)}</div>\n' if columns else ""


def _findings(findings: Iterable[Finding]) -> str:
    items = []
    for finding in sorted(findings, key=lambda each: ORDER.index(each.level)):
        mark, word = MARKS[finding.level]
        items.append(
            f'<li class="{finding.level}"><span class="mark" aria-hidden="true">{mark}</span>'
            f'<span><span class="unseen">{word}: </span>{escape(finding.text)}</span></li>'
        )
    return f'<ul class="findings">\n{"".join(items)}\n</ul>\n' if items else ""


def _figures(drawings: Sequence[Drawing]) -> str:
    if not drawings:
        return ""
    figures = [
        f"<figure><figcaption><strong>{escape(each.title)}</strong> {escape(each.caption)}</figcaption>"
        f'<div role="img" aria-label="{escape(each.title)}: {escape(each.caption)}">{each.svg}</div></figure>'
        for each in drawings
    ]
    return f'<div class="figures">\n{"".join(figures)}\n</div>\n'


def _latent(contents: Contents) -> str:
    return parameter_table(contents, contents.latent_variables) if contents.latent_variables else ""


def _listing(text: str) -> str:
    return f'<pre tabindex="0">{escape(text)}</pre>\n' if text else ""


def _narrowed(text: str) -> str:
    """Two columns of text with as little between them as the longest entry on the left needs."""
    lines = [re.fullmatch(r"(\s*\S.*?)\s{3,}(\S.*)", line) or line for line in text.splitlines()]
    width = max((len(each[1]) for each in lines if isinstance(each, re.Match)), default=0) + 3
    return "\n".join(each if isinstance(each, str) else each[1].ljust(width) + each[2] for each in lines)


def _corner(contents: Contents) -> str:
    path = contents.folder / "image" / "corner.png"
    if not path.is_file():
        return ""
    image = base64.b64encode(path.read_bytes()).decode()
    words = (
        "Distributions of single parameters (diagonal, with medians and 68 % limits) and of pairs; contours hold 39 % "
        "and 86 % of the probability."
    )
    return (
        f'<p class="caption">{words}</p>\n<div class="wide" tabindex="0" role="region" aria-label="Corner plot">'
        f'<img class="paper" style="--parameters:{len(contents.parameters)}" alt="Corner plot. {words}" '
        f'src="data:image/png;base64,{image}"></div>\n'
    )


def _search_numbers(contents: Contents) -> str:
    said = contents.diagnostics
    rows = [("Time", _duration(float(said["seconds"])))] if "seconds" in said else []
    if contents.result.get("log_evidence") is not None:
        rows.append(("Log evidence", number(contents.result["log_evidence"], 9)))
    rows.append(("Largest log likelihood", number(float(contents.result["max_log_likelihood"]), 9)))
    rows += [(_words(key), _value(value)) for key, value in said.items() if key != "seconds"]
    return definitions(rows)


def _origin(contents: Contents) -> str:
    rows = [(_words(key), str(value)) for key, value in contents.info.get("data", {}).items()]
    return definitions(rows) if rows else ""


def _data(observation: Observation) -> str:
    image = observation.fit["DATA"]
    mask = image.mask
    ny, nx = mask.shape_native
    share = 100 * mask.pixels_in_mask / (ny * nx)
    rows = [
        ("Image", f"{ny} × {nx} pixels of {mask.scales_text}″"),
        ("Fitted", f"{number(mask.pixels_in_mask, 9)} pixels, {number(share, 3)} % of the image"),
    ]
    off = mask.pixels_in_mask - int(observation.weighted.sum())
    if off:
        rows.append(("Switched off", f"{number(off, 9)} pixels by a huge noise (grey in the figures)"))
    if image.header.get("BUNIT"):
        rows.append(("Unit", str(image.header.get("BUNIT"))))
    if observation.psf is not None:
        rows.append(("PSF", "{} × {} pixels".format(*observation.psf.shape_native)))
    return definitions(rows)


def _reproduce(contents: Contents) -> str:
    blocks = []
    # A model with classes of the user's own is read where they are named.
    classes = "" if contents.model is not None else ", classes=[...]"
    if "command" in contents.info:
        blocks.append(("On the command line", str(contents.info["command"])))
    if "configuration" in contents.info:
        blocks.append(
            (str(contents.info.get("configuration_file", "The YAML file")), str(contents.info["configuration"]))
        )
    blocks.append(
        (
            "Load this result in Python",
            f'import galens.fit as af\n\nresult = af.Result.from_folder("{contents.folder.name}"{classes})\n'
            "result.samples.median_pdf()      # an instance of the model\n"
            "result.samples.values_at_sigma(1.0)",
        )
    )
    blocks.append(("Settings of the search", "\n".join(f"{key}: {value}" for key, value in contents.search.items())))
    blocks.append(("Versions", "\n".join(f"{key} {value}" for key, value in contents.versions.items())))
    shown = "".join(f"<h3>{escape(title)}</h3>\n{_listing(text.strip())}" for title, text in blocks if text)
    folder = f"<p>The result folder is <code>{escape(contents.folder.name)}</code>"
    return f"{shown}{folder}: it is named by a hash of model, search and data.</p>\n"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{number(seconds, 3)} s"
    minutes = seconds / 60
    return f"{number(minutes, 3)} min" if minutes < 120 else f"{number(minutes / 60, 3)} h"


def _words(key: str) -> str:
    text = key.replace("_", " ").replace("psf", "PSF")
    return text[:1].upper() + text[1:]


def _value(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, int):
        return number(value, 12)
    if isinstance(value, float):
        return number(value, 6)
    if isinstance(value, list):
        return ", ".join(_value(each) for each in value)
    return str(value)
