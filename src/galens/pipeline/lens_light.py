"""The light of the lens galaxy, fitted while the arcs do not count, and the arcs that remain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from galens import fit as af
from galens import galaxy as ag
from galens.numerics import rings
from galens.pipeline.exposure import Exposure
from galens.pipeline.models import lens_light_model

__all__ = ["CORE", "SIGNIFICANT", "TOLERANCE", "LensLight", "fit_lens_light", "grown", "significance_of"]

CORE = 0.15  # arcsec: nearer to the lens' centre residuals are the light model's fault
SIGNIFICANT = 2.5  # of residuals smoothed over a PSF
GROWN_BY = 2  # pixels about what is significant
ROUNDS = 4
SETTLED = 0.1  # share of ignored pixels that may still change
TOLERANCE = 0.1  # of the log posterior: nobody reads these errors


@dataclass(frozen=True)
class LensLight:
    """The lens galaxy's light.

    Attributes:
        parameters: of the last fit, by the dotted names of its model.
        radius: of the circle that was fitted, arcsec.
        model_data: (ny, nx) its image, zero outside of the circle.
        ignored: (ny, nx) pixels that were thought to be arcs or neighbours and did not count.
        significance: (ny, nx) of what remains, in standard deviations of light smoothed over a PSF.
        centre: (y, x), arcsec.
        ell_comps: mean of the Gaussians', weighted by their light.
    """

    parameters: Mapping[str, float]
    radius: float
    model_data: np.ndarray
    ignored: np.ndarray
    significance: np.ndarray
    centre: tuple[float, float]
    ell_comps: tuple[float, float]


def fit_lens_light(exposure: Exposure, radius: float, silence: bool = True) -> LensLight:
    """Fits, looks for significant light that remains, and fits again without it, until that no longer changes.

    Positive Gaussians that share a centre only fall with radius: they cannot take up a ring. The first pixels to be
    left out are those above the median of their ring.

    Args:
        radius: of the circle that is fitted, arcsec.
    """
    model = af.Collection(
        galaxies=af.Collection(lens=af.Model(ag.Galaxy, redshift=0.5, light=lens_light_model(exposure, radius)))
    )
    ignored = _above_rings(exposure, radius)
    # Off the middle of the priors, where both sets are the same and neither would know where to go.
    start: tuple[float, ...] = tuple(model.program.physical_from_normal(0.2 * (-1.0) ** np.arange(model.prior_count)))
    result: Any = None
    image = significance = np.zeros_like(exposure.data)
    for _ in range(ROUNDS):
        search = af.MultiStartLM(
            n_starts=0,
            n_draws=0,
            start_from=(start,),
            tolerance=TOLERANCE,
            n_samples=1,
            importance_weights=False,
            silence=silence,
        )
        result = search.fit(model, ag.AnalysisImaging(exposure.dataset(radius, ignored)))
        start = tuple(result.samples.max_log_likelihood(as_instance=False))
        image = np.asarray(result.max_log_likelihood_fit.model_data.native)
        significance = significance_of(exposure, exposure.data - image, radius)
        found = grown(significance > SIGNIFICANT) & (exposure.radius > CORE)
        settled = np.sum(found ^ ignored) < SETTLED * np.sum(found | ignored)
        ignored = found
        if settled:
            break
    centre, ell_comps = _shape(result.max_log_likelihood_fit)
    parameters = dict(zip(model.program.names, map(float, start), strict=True))
    return LensLight(parameters, radius, image, ignored, significance, centre, ell_comps)


def _shape(fit: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    gaussians = fit.galaxies_linear_light_profiles_to_light_profiles[0].light.profile_list
    light = np.array([float(each.intensity) * float(each.sigma) ** 2 for each in gaussians])
    shapes = np.array([[float(number) for number in each.ell_comps] for each in gaussians])
    y, x = (float(each) for each in gaussians[0].centre)
    mean = np.average(shapes, axis=0, weights=light) if light.sum() > 0 else shapes.mean(axis=0)
    return (y, x), (float(mean[0]), float(mean[1]))


def significance_of(exposure: Exposure, residual: np.ndarray, radius: float) -> np.ndarray:
    """(ny, nx) residuals averaged with the weights of a matched Gaussian, over the error of that average."""
    inside = ~exposure.flagged & (exposure.radius <= radius)
    return rings.significance(residual, np.where(inside, 1 / exposure.noise_map**2, 0.0))


def grown(pixels: np.ndarray, by: int = GROWN_BY) -> np.ndarray:
    """Pixels, and those at most `by` steps away."""
    return ndimage.binary_dilation(pixels, iterations=by) if pixels.any() else pixels


def _above_rings(exposure: Exposure, radius: float) -> np.ndarray:
    """Pixels significantly above the median of those as far from the lens galaxy."""
    ring = np.floor(exposure.radius / (2 * exposure.pixel_scale)).astype(int)
    usable = ~exposure.flagged & (exposure.radius <= radius)
    medians = ndimage.median(exposure.data, np.where(usable, ring, -1), np.arange(ring.max() + 1))
    residual = exposure.data - np.nan_to_num(medians)[ring]
    return grown(significance_of(exposure, residual, radius) > 2 * SIGNIFICANT) & (exposure.radius > 2 * CORE)
