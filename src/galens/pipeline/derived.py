"""What follows from the draws of a lens model: Einstein radius, fluxes of lens and source, magnification."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from galens.fit.estimate import Estimate, estimates_from
from galens.fit.latent import Latent, latent_from, latent_notation
from galens.fit.result import Result
from galens.pipeline.stages import Stages

__all__ = ["NAMES", "derived_from", "estimates_of", "mass_estimates"]

NAMES = {
    "einstein_radius": "tracer.effective_einstein_radius",
    "magnification": "galaxies.source.magnification",
    "lens_flux": "galaxies.lens.light.total_flux",
    "lensed_flux": "galaxies.source.lensed_flux",
    "source_flux": "galaxies.source.light.total_flux",
    "signal_to_noise": "galaxies.source.signal_to_noise",
}
"""Names of the fit's latent variables by what summary and table call them. Masses need redshifts, and are not here."""

ISOTHERMAL = 2.0


def derived_from(result: Result, stages: Stages) -> Latent | None:
    """The latent variables of a lens model, kept as a stage; None where they are finite for no draws."""
    made_from = (result.model.program.content_hash, result.samples.parameters, result.samples.weights, result.analysis)
    return _latent(stages.of("derived", made_from, lambda: _arrays(result)))


def estimates_of(latent: Latent | None) -> dict[str, Estimate]:
    """Medians and 68 % limits of the variables in `NAMES`, those that there are."""
    if latent is None:
        return {}
    known = {each.notation.name: each for each in latent.estimates()}
    return {name: known[path] for name, path in NAMES.items() if path in known}


def mass_estimates(result: Result) -> dict[str, Estimate]:
    """Medians and 68 % limits of axis ratio and slope of the mass, and of the strength of the shear."""
    samples = result.samples
    lens = result.model.program.instance_of_draws(samples.parameters).galaxies.lens
    tilt = np.hypot(*np.asarray(lens.mass.ell_comps))
    found = {"axis_ratio": (1 - tilt) / (1 + tilt), "shear": np.hypot(lens.shear.gamma_1, lens.shear.gamma_2)}
    found["slope"] = np.broadcast_to(getattr(lens.mass, "slope", ISOTHERMAL), tilt.shape)
    values = np.stack(list(found.values()), axis=-1)
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
