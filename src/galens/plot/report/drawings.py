"""Figures of a report as SVG that takes its colours from the page, so that it is right by day and by night."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from galens.array.flagged import flagged
from galens.plot.lens import caustics, critical_curves
from galens.plot.limits import linear_limits, log_limits, symmetric_limits
from galens.plot.panel import Panel, draw_panel
from galens.plot.picture import picture_from
from galens.plot.report.contents import Observation
from galens.plot.style import appearance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "Drawing",
    "component_drawings",
    "dataset_drawings",
    "fit_drawings",
    "image_drawing",
    "lens_drawings",
    "svg_of",
]

INK, BLANK = "#010203", "#040506"  # stand for colours of the page
LARGEST_SIDE = 400  # pixels of an image that is embedded as it is
SIZE = (3.3, 2.6)  # inches
# One place for all, so that the images of a row are aligned whatever is written beside them.
PLACE_OF_IMAGE = (0.165, 0.14, 0.64, 0.84)
PLACE_OF_GRAPH = (0.175, 0.14, 0.8, 0.84)


@dataclass(frozen=True)
class Drawing:
    """An SVG figure with what a reader and a screen reader are told of it."""

    title: str
    caption: str
    svg: str


def fit_drawings(observation: Observation) -> list[Drawing]:
    """Data, model and residuals: logarithmic and linear, then chi-squared, histogram and profile."""
    pictures = {name: picture_from(image, zoom=True) for name, image in observation.fit.items()}
    data, model = pictures["DATA"], pictures["MODEL_DATA"]
    off = _switched_off(observation)
    used = np.where(off, np.nan, data.values)
    unit = observation.unit
    low, high = log_limits(used)
    log = Panel(data, log=True, vmin=low, vmax=high)
    lowest, highest = linear_limits(np.concatenate([used[np.isfinite(used)], model.values[model.visible]]))
    linear = Panel(data, vmin=lowest, vmax=highest)
    residual = pictures["RESIDUAL_MAP"]
    limit = symmetric_limits(np.where(off, np.nan, residual.values))[1]
    normalised, chi_squared = pictures["NORMALIZED_RESIDUAL_MAP"], pictures["CHI_SQUARED_MAP"]
    in_noise = np.where(off, np.nan, normalised.values)
    sigmas = max(3.0, symmetric_limits(in_noise)[1])
    shared = "Same colours as the data."
    return [
        image_drawing("Data", f"Logarithmic, in {unit}.", log),
        image_drawing("Model", f"Logarithmic. {shared}", replace(log, picture=model)),
        image_drawing(
            "Residual / noise",
            "Data minus model in units of the noise; zero is the middle of the colours.",
            Panel(normalised, symmetric=True, vmax=sigmas, switched_off=off),
        ),
        image_drawing("Data, linear", f"In {unit}.", linear),
        image_drawing("Model, linear", shared, replace(linear, picture=model)),
        image_drawing(
            "Residual",
            f"Data minus model, in {unit}.",
            Panel(residual, symmetric=True, vmax=limit, switched_off=off),
        ),
        image_drawing(
            "Chi-squared",
            "Square of residual / noise: which pixels the likelihood cares about.",
            Panel(chi_squared, vmin=0.0, vmax=sigmas**2, switched_off=off),
        ),
        _histogram(in_noise[np.isfinite(in_noise)]),
        _radial(observation),
    ]


def component_drawings(observation: Observation) -> list[Drawing]:
    """Each component's light after the PSF, on the colours of the model."""
    images = observation.components
    if not images:
        return []
    pictures = {name: picture_from(image, zoom=True) for name, image in images.items()}
    total = sum(np.nan_to_num(picture.values) for picture in pictures.values())
    light = {name: float(np.nansum(picture.values)) for name, picture in pictures.items()}
    whole = sum(light.values())
    positive = [picture.values[picture.visible].max() for picture in pictures.values()]
    if max(positive) <= 0:
        return []
    low, high = log_limits(np.asarray(total)[next(iter(pictures.values())).visible])
    drawings = []
    for name, picture in pictures.items():
        share = f"{100 * light[name] / whole:.3g} % of the model's light in the mask. " if whole > 0 else ""
        drawings.append(
            image_drawing(
                name.lower().replace("_", " ").replace(".", ", "),
                f"{share}Logarithmic, one scale for all.",
                Panel(picture, log=True, vmin=low, vmax=high),
            )
        )
    return drawings


def lens_drawings(observation: Observation) -> list[Drawing]:
    """Of a lens: the image without its light, the lensed source and the source plane, with curves."""
    if observation.curves is None or not observation.lens:
        return []
    pictures = {name: picture_from(image, zoom=True) for name, image in observation.lens.items()}
    source = pictures["LENSED_SOURCE"]
    brightest = float(np.nanmax(source.values))
    scale: dict[str, Any] = {"vmin": 0.0, "vmax": brightest} if brightest > 0.0 else {}
    off = _switched_off(observation)
    in_image = critical_curves(observation.curves)
    return [
        image_drawing(
            "Data without lens light",
            f"In {observation.unit}, on the colours of the lensed source.",
            Panel(pictures["LENS_SUBTRACTED"], switched_off=off, **scale),
        ),
        image_drawing(
            "Lensed source",
            "As the telescope sees it. Critical curves: tangential white, radial yellow.",
            Panel(source, overlays=in_image, **scale),
        ),
        image_drawing(
            "Source plane",
            "The source as it is, before the PSF, with the caustics.",
            Panel(pictures["SOURCE_PLANE"], overlays=caustics(observation.curves)),
        ),
    ]


def dataset_drawings(observation: Observation) -> list[Drawing]:
    """Noise map and PSF."""
    drawings = []
    if observation.noise_map is not None:
        noise = picture_from(observation.noise_map, zoom=True)
        off = flagged(noise.values)
        shown = replace(noise, values=np.where(off, np.nan, noise.values))
        drawings.append(
            image_drawing("Noise map", f"Standard deviation, in {observation.unit}.", Panel(shown, switched_off=off))
        )
    if observation.psf is not None:
        psf = picture_from(observation.psf)
        drawings.append(image_drawing("PSF", "Logarithmic, sum 1.", Panel(psf, log=True)))
    return drawings


def _switched_off(observation: Observation) -> np.ndarray:
    data = picture_from(observation.fit["DATA"], zoom=True)
    if observation.noise_map is None:
        return np.zeros(data.values.shape, bool)
    return flagged(picture_from(observation.noise_map, zoom=True).values)


def image_drawing(title: str, caption: str, panel: Panel) -> Drawing:
    """One panel, as wide as all figures of a report; its own title is left out."""

    def draw(figure: Figure) -> None:
        axes = figure.add_axes(PLACE_OF_IMAGE)
        draw_panel(axes, replace(panel, title="", unit=""))
        _adapt(axes, panel)

    return Drawing(title, caption, svg_of(draw))


def _adapt(axes: Axes, panel: Panel) -> None:
    """Blank pixels show the page; small images are embedded pixel by pixel, large ones as large as they are shown."""
    axes.set_facecolor(BLANK)
    small = max(panel.picture.values.shape) <= LARGEST_SIDE
    for image in axes.images:
        image.set_cmap(image.get_cmap().with_extremes(bad=(0, 0, 0, 0)))
        image.set_interpolation("none" if small else "antialiased")
    for inset in axes.child_axes:
        for mesh in inset.collections:
            mesh.set_rasterized(True)


def _histogram(residuals: np.ndarray) -> Drawing:
    def draw(figure: Figure) -> None:
        axes = figure.add_axes(PLACE_OF_GRAPH)
        edge = max(4.0, min(8.0, float(np.ceil(np.abs(residuals).max()))))
        bins = np.linspace(-edge, edge, int(np.clip(np.sqrt(residuals.size), 20, 80)) + 1)
        axes.hist(np.clip(residuals, -edge, edge), bins.tolist(), color="#4a90b8", alpha=0.75, linewidth=0)
        x = np.linspace(-edge, edge, 200)
        width = bins[1] - bins[0]
        axes.plot(x, residuals.size * width * np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi), color=INK, lw=1.2)
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.5)
        axes.set_xlim(-edge, edge)
        axes.set_xlabel("residual / noise")
        axes.set_ylabel("pixels")
        axes.set_facecolor("none")

    return Drawing(
        "Histogram of residual / noise",
        "The line is pure noise; values beyond the ends are in the last bins.",
        svg_of(draw),
    )


def _radial(observation: Observation) -> Drawing:
    """Mean brightness in rings around the brightest pixel of the model, one pixel wide or wider."""
    used = observation.weighted
    mask = observation.fit["MODEL_DATA"].mask
    data, model = (np.asarray(observation.fit[name].native)[used] for name in ("DATA", "MODEL_DATA"))
    noise = np.asarray(observation.noise_map.native)[used] if observation.noise_map is not None else np.zeros(data.size)
    places = mask.geometry.grid_scaled_2d_from(np.argwhere(used) + 0.5)
    radius = np.hypot(*(places - places[np.argmax(model)]).T)
    edges = np.concatenate([[0.0], np.geomspace(mask.pixel_scale, radius.max() + mask.pixel_scale, 24)])
    ring = np.searchsorted(edges, radius, side="right")
    pixels = np.bincount(ring, minlength=len(edges) + 1)
    filled = pixels > 0

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(ring, values, len(edges) + 1)[filled] / pixels[filled]

    middle, of_data, of_model = mean(radius), mean(data), mean(model)
    error = np.sqrt(mean(noise**2) / pixels[filled])

    def draw(figure: Figure) -> None:
        axes = figure.add_axes(PLACE_OF_GRAPH)
        axes.plot(middle, of_model, color="#4a90b8", lw=1.6)
        axes.errorbar(middle, of_data, error, color=INK, ls="", marker="o", ms=2.6, lw=0.8)
        positive = of_data[of_data > 0]
        if positive.size:
            axes.set_yscale("log")
            axes.set_ylim(bottom=max(0.5 * positive.min(), 0.5 * np.median(error), 1e-6 * positive.max()))
        axes.set_xlabel("radius (arcsec)")
        axes.set_ylabel("mean brightness")
        axes.set_facecolor("none")

    caption = "Mean in rings around the brightest pixel of the model: data (points), model (line)."
    return Drawing("Light with radius", caption, svg_of(draw))


def svg_of(draw: Callable[[Figure], None]) -> str:
    """The figure as an SVG element, its text and lines in the colour of the text around it."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    ink = dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
    settings: Any = {**ink, "svg.fonttype": "none", "figure.facecolor": "none", "savefig.facecolor": "none"}
    with appearance(), matplotlib.rc_context(settings):
        figure = Figure(figsize=SIZE, dpi=150)
        FigureCanvasSVG(figure)
        draw(figure)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r"'DejaVu Sans'(, [^\";]*)?", "var(--sans)", text)
    return text.replace(INK, "currentColor").replace(BLANK, "var(--blank)")
