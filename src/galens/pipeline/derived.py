"""What follows from the draws of a lens model: Einstein radius, fluxes of lens and source, magnification."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from galens.fit.estimate import Estimate, estimates_from
from galens.fit.latent import Latent, latent_from, latent_notation
from galens.fit.result import Result
from galens.pipeline.stages import Stages

__all__ = ["DERIVED", "derived_from", "estimates_of", "mass_estimates"]

DERIVED = {
    "einstein_radius": ("tracer.effective_einstein_radius", "Effective Einstein radius, ″"),
    "magnification": ("galaxies.source.magnification", "Magnification of the source"),
    "lens_flux": ("galaxies.lens.light.total_flux", "Flux of the lens galaxy"),
    "lensed_flux": ("galaxies.source.lensed_flux", "Flux of the source's images"),
    "source_flux": ("galaxies.source.light.total_flux", "Flux of the source itself"),
    "signal_to_noise": ("galaxies.source.signal_to_noise", "Signal to noise of the images"),
}
"""What summary and table call a latent variable of the fit: its name there, and in words. Masses need redshifts."""

SLOPE = 2.0  # of an isothermal lens


def derived_from(result: Result, stages: Stages, name: str) -> Latent | None:
    """The latent variables of a lens model, kept as a stage of this name; None where they are finite for no draws."""
    made_from = (result.model.program.content_hash, result.samples.parameters, result.samples.weights, result.analysis)
    return _latent(stages.of(name, made_from, lambda: _arrays(result)))


def estimates_of(latent: Latent | None) -> dict[str, Estimate]:
    """Medians and 68 % limits of the variables in `DERIVED`, those that there are."""
    if latent is None:
        return {}
    known = {each.notation.name: each for each in latent.estimates()}
    return {name: known[path] for name, (path, _) in DERIVED.items() if path in known}


def mass_estimates(result: Result) -> dict[str, Estimate]:
    """Medians and 68 % limits of axis ratio and slope of the mass, and of the strength of the shear."""
    samples = result.samples
    lens = result.model.program.instance_of_draws(samples.parameters).galaxies.lens
    found = {
        "axis_ratio": lens.mass.axis_ratio(),
        "shear": lens.shear.magnitude(),
        "slope": getattr(lens.mass, "slope", SLOPE),
    }
    values = np.stack(np.broadcast_arrays(*map(np.asarray, found.values())), axis=-1)
    notations = [latent_notation(name) for name in found]
    best = values[samples.max_log_likelihood_index]
    return dict(zip(found, estimates_from(notations, values, samples.weights, best, sigma=1.0), strict=True))


def _arrays(result: Result) -> dict[str, np.ndarray]:
    latent = latent_from(result.model, result.analysis, result.samples)
    if latent is None:
        return {"names": np.empty(0, str)}
    return {
        "names": np.array(latent.names), "values": latent.values, "best": latent.best,
        "rows": latent.rows, "draws": latent.draws,
    }  # fmt: skip


def _latent(arrays: Mapping[str, np.ndarray]) -> Latent | None:
    if not len(arrays["names"]):
        return None
    names = tuple(map(str, arrays["names"]))
    return Latent(names, *(arrays[each] for each in ("values", "best", "rows", "draws")))
