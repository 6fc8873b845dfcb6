"""The report of one lens: a page that needs no other file."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from galens.array.flagged import flagged
from galens.fit.result import Result
from galens.html import symbol_html
from galens.pipeline.derived import DERIVED, estimates_of
from galens.pipeline.findings import Finding, number
from galens.pipeline.lens import LensFit
from galens.plot.lens import lens_fit_panels
from galens.plot.limits import log_limits
from galens.plot.overlays import Overlays
from galens.plot.panel import Panel
from galens.plot.picture import Picture, picture_from
from galens.plot.report.document import document, figures_row, findings_list, section
from galens.plot.report.drawings import Drawing, image_drawing
from galens.plot.report.tables import definitions

__all__ = ["lens_page", "thumbnail_of"]

ANSWERS = {
    "lens": Finding("good", "This is modelled as a strong lens."),
    "uncertain": Finding("notice", "The model is uncertain: look at the figures before its numbers are used."),
    "no lens": Finding("bad", "No convincing strong lens: the numbers below must not be used as those of a lens."),
}
SHOWN = ("mass.", "shear.", "source.")  # parts of names of the parameters in the table


def lens_page(fit: LensFit, name: str, facts: Sequence[tuple[str, str]] = ()) -> str:
    """HTML of the report.

    Args:
        name: of the lens.
        facts: what else there is to say, as pairs of plain texts.
    """
    first = [ANSWERS[fit.verdict.answer], *fit.verdict.findings]
    body = [
        section("summary", "In short", _summary(fit, first)),
        section("fit", "Image and model", _figures(fit)),
        section("parameters", "Parameters", _parameters(fit)),
        section("first", "Before the lens was fitted", figures_row(_first_drawings(fit))),
        section("origin", "Data, models and time", definitions([*facts, *_numbers(fit)])),
    ]
    return document(name, "Model of a strong lens", _subtitle(fit), "".join(body))


def thumbnail_of(fit: LensFit, side: int = 120) -> str:
    """The image in logarithmic colours as the address of a PNG, for lists."""
    from matplotlib import colormaps
    from matplotlib.image import imsave

    inside = np.argwhere(fit.exposure.radius <= fit.radius)
    (top, left), (bottom, right) = inside.min(axis=0), inside.max(axis=0) + 1
    values = np.where(fit.exposure.flagged, np.nan, fit.exposure.data)[top:bottom, left:right]
    step = max(1, -(-values.shape[0] // side))
    low, high = log_limits(values[np.isfinite(values)])
    scaled = np.log(np.clip(values[::step, ::step], low, high) / low) / np.log(high / low)
    stream = io.BytesIO()
    imsave(stream, colormaps["magma"](np.ma.masked_invalid(scaled), bytes=True), format="png")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def _subtitle(fit: LensFit) -> str:
    pixels = fit.exposure.dataset(fit.radius).shape_slim
    return f"{number(pixels, 9)} pixels of {fit.exposure.pixel_scale:g}″ within {fit.radius:g}″ of the galaxy"


def _summary(fit: LensFit, findings: list[Finding]) -> str:
    words = ""
    if fit.einstein_radius is not None and fit.verdict.answer != "no lens":
        median, low, high = fit.einstein_radius
        error = max(high - median, median - low)
        digits = max(0, 1 - int(np.floor(np.log10(max(error, 1e-4)))))
        words = (
            f"<p>Effective Einstein radius <strong>{median:.{digits}f} ± {error:.{digits}f}″</strong>: the circle with "
            "the area of the tangential critical curve. The error is that of the noise alone, for this model.</p>"
        )
    data = findings_list(fit.exposure.findings)
    columns = f"<div><h3>Is it a lens, is the model good?</h3>\n{findings_list(findings)}</div>"
    if data:
        columns += f"<div><h3>The data</h3>\n{data}</div>"
    return f'{words}<div class="columns">\n{columns}</div>\n'


def _figures(fit: LensFit) -> str:
    result = fit.best
    if result is None:
        return ""
    best = result.max_log_likelihood_fit
    off = flagged(picture_from(best.noise_map, zoom=True).values)
    data = picture_from(best.data, zoom=True)
    low, high = log_limits(np.where(off, np.nan, data.values))
    positions = fit.positions if len(fit.positions) else None
    lens_light, subtracted, source, zoomed, whole = lens_fit_panels(best, Overlays(positions=positions), None, None)
    residual = picture_from(best.normalized_residual_map, zoom=True)
    return figures_row(
        [
            image_drawing("Data", "Logarithmic.", Panel(data, log=True, vmin=low, vmax=high)),
            image_drawing(
                "Model", "Same colours.", Panel(picture_from(best.model_data, zoom=True), log=True, vmin=low, vmax=high)
            ),
            image_drawing(
                "Residual / noise",
                "Data minus model in units of the noise.",
                Panel(residual, symmetric=True, vmax=6.0, switched_off=off),
            ),
            image_drawing(
                "Data without the lens galaxy", "Points: images of one source that were a fence.", subtracted
            ),
            image_drawing("Lensed source", "With critical curves.", source),
            image_drawing("Source", "With caustics, before the PSF.", zoomed),
            image_drawing("Source plane", "With all caustics.", whole),
            image_drawing("Lens galaxy", "Model of its light.", lens_light),
        ]
    )


def _first_drawings(fit: LensFit) -> list[Drawing]:
    inside = fit.exposure.radius <= fit.radius
    rows, columns = np.argwhere(inside).min(axis=0), np.argwhere(inside).max(axis=0) + 1
    cut = (slice(rows[0], columns[0]), slice(rows[1], columns[1]))
    y, x = (each[cut] for each in fit.exposure.coordinates)
    half = fit.exposure.pixel_scale / 2
    extent = (x.min() - half, x.max() + half, y.min() - half, y.max() + half)

    def picture(values: np.ndarray) -> Picture:
        shown = np.where(inside & ~fit.exposure.flagged, values, np.nan)[cut]
        return Picture(shown, extent)

    kinds = fit.arcs.pixels * 1.0 + fit.arcs.neighbours * 2.0
    peaks = fit.arcs.peaks if len(fit.arcs.peaks) else None
    return [
        image_drawing(
            "What the galaxy's light leaves",
            "Significance of residuals, smoothed over a PSF; points: peaks.",
            Panel(picture(fit.light.significance), vmin=-5.0, vmax=20.0, overlays=Overlays(positions=peaks)),
        ),
        image_drawing(
            "What it was taken for",
            "Arcs, and neighbours, which do not count.",
            Panel(picture(kinds), levels=(0, 1, 2), level_names=("none", "arcs", "neighbours")),
        ),
    ]


def _parameters(fit: LensFit) -> str:
    results = [each for each in (fit.isothermal, fit.power_law) if each is not None]
    if not results:
        return ""
    head = "".join(f'<th scope="col">{title}</th>' for title in ("Name", "Isothermal", "Power law")[: 1 + len(results)])
    rows = []
    names = list(dict.fromkeys(each.notation.name for result in results for each in result.samples.estimates()))
    estimates = [{each.notation.name: each for each in result.samples.estimates()} for result in results]
    for name in names:
        if not any(part in name for part in SHOWN):
            continue
        cells = "".join(f"<td>{_cell(known.get(name))}</td>" for known in estimates)
        notation = next(known[name].notation for known in estimates if name in known)
        label = ".".join(name.split(".")[-3:]) if "source" not in name else "source." + name.split(".")[-1]
        heading = f'{symbol_html(notation.symbol)} <span class="name">{escape(label)}</span>'
        rows.append(f'<tr><th scope="row">{heading}</th>{cells}</tr>')
    derived = estimates_of(fit.derived)
    for name, (_, words) in DERIVED.items():
        cells = "".join(f"<td>{_cell(derived.get(name)) if result is fit.best else ''}</td>" for result in results)
        rows.append(f'<tr><th scope="row">{words}</th>{cells}</tr>')
    evidence = "".join(f"<td>{number(result.log_evidence or 0.0, 9)}</td>" for result in results)
    rows.append(f'<tr><th scope="row">log evidence</th>{evidence}</tr>')
    return f'<table class="parameters"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>\n'


def _cell(estimate: Any) -> str:
    if estimate is None:
        return ""
    value, minus, plus = estimate.texts
    return f'{escape(value)} <span class="errors"><sup>+{escape(plus)}</sup><sub>−{escape(minus)}</sub></span>'


def _numbers(fit: LensFit) -> list[tuple[str, str]]:
    rows = [("Flagged pixels", str(int(np.sum(fit.exposure.flagged))))]
    if fit.candidates:
        rows.append(("First guess of the Einstein radius", f"{fit.candidates[0].einstein_radius:.3f}″"))
    if fit.verdict.images:
        rows.append(("Images of the source", str(fit.verdict.images)))
    rows += [
        (f"Starts in the best mode, {_words(each)}", _hits(each)) for each in (fit.isothermal, fit.power_law) if each
    ]
    rows += [(f"Time, {stage.replace('_', ' ')}", f"{seconds:.1f} s") for stage, seconds in fit.seconds.items()]
    return rows


def _words(result: Result) -> str:
    return str(result.search_name).replace("_", " ")


def _hits(result: Result) -> str:
    said = result.diagnostics
    return f"{said.get('starts_at_best_mode', 0)} of {said.get('starts', 0)}"
