"""The report as one HTML page."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from html import escape

from galens.plot.report.contents import Contents, Observation
from galens.plot.report.document import document, figures_row, findings_list, section
from galens.plot.report.drawings import component_drawings, dataset_drawings, fit_drawings, lens_drawings
from galens.plot.report.tables import definitions, parameter_table
from galens.plot.report.words import convergence, goodness_of_fit, number

__all__ = ["page"]


def page(contents: Contents) -> str:
    """The whole page."""
    sections = [
        section("summary", "In short", _summary(contents)),
        *(_of(each, "fit", "Fit", figures_row(fit_drawings(each))) for each in contents.observations),
        *(_of(each, "lens", "Lens", figures_row(lens_drawings(each))) for each in contents.observations),
        *(
            _of(each, "components", "Components", figures_row(component_drawings(each)))
            for each in contents.observations
        ),
        section("parameters", "Parameters", parameter_table(contents, contents.parameters)),
        section("latent", "What follows from them", _latent(contents)),
        section("posterior", "Posterior", _corner(contents)),
        section("search", "Search", _search_numbers(contents)),
        section("model", "Model and priors", _listing(_narrowed(contents.model_text))),
        section("origin", "Where the data came from", _origin(contents)),
        *(
            _of(each, "data", "Data", _data(each) + figures_row(dataset_drawings(each)))
            for each in contents.observations
        ),
        section("reproduce", "Reproduce", _reproduce(contents)),
    ]
    shown = "".join(each for each in sections if each)
    return document(contents.name, "Result of a fit", _subtitle(contents), shown, contents.versions.get("galens", ""))


def _of(observation: Observation, name: str, title: str, body: str) -> str:
    """A section on one of the observations."""
    if not observation.title:
        return section(name, title, body)
    return section(f"{name}-{observation.title.replace(' ', '-')}", f"{title}, {observation.title}", body)


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
    columns = [
        f"<div><h3>{escape(title)}</h3>\n{findings_list(findings)}</div>\n" for title, findings in parts if findings
    ]
    return f'<div class="columns">\n{"".join(columns)}</div>\n' if columns else ""


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
