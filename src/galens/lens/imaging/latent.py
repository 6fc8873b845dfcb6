"""What a fit of a lens to an image says besides its parameters, and besides what fits of galaxies say of light.

``tracer.effective_einstein_radius`` is the radius of the circle with the area inside the tangential critical curve, and
``tracer.einstein_mass`` the mass inside it, where all mass in front of the source is on one plane. A galaxy behind mass
(``galaxies.source``) has ``lensed_flux``, of its images in the mask as the telescope sees them, and ``magnification``:
lensed over intrinsic flux, which is on the whole sky. Where the zero point is known, a galaxy with light has
``total_flux_mujy``, and one behind mass ``lensed_magnitude`` and ``lensed_flux_mujy``.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy.lens_calc import LensCalc
from galens.galaxy.photometry import magnitude_from, microjansky_from
from galens.lens.imaging.fit import FitImaging
from galens.lens.tracer import Tracer

__all__ = ["lens_variables"]

Variables = dict[str, Any]


def lens_variables(fit: FitImaging, paths: list[str], zero_point: Any) -> Variables:
    """Variables that JAX can trace.

    Args:
        fit: of the lens.
        paths: of the galaxies of the tracer, in their order.
        zero_point: AB magnitude of a flux of 1, or None.
    """
    tracer = fit.tracer
    heavy = [index for index, masses in enumerate(tracer.plane_masses[:-1]) if masses.masses]
    found = _einstein(tracer, heavy) if heavy else {}
    galaxies = fit.galaxies_linear_light_profiles_to_light_profiles
    images = fit.galaxy_model_image_dict.values()
    for path, plane, galaxy, image in zip(paths, fit.planes, galaxies, images, strict=True):
        if not galaxy.light_profiles:
            continue
        intrinsic = galaxy.total_flux_from(fit.mask.pixel_scales)
        if zero_point is not None:
            found[f"{path}.total_flux_mujy"] = microjansky_from(intrinsic, zero_point)
        if heavy and plane > heavy[0]:
            found |= _lensed(path, jnp.sum(image.values), intrinsic, zero_point)
    return found


def _einstein(tracer: Tracer, heavy: list[int]) -> Variables:
    curve = LensCalc.from_tracer(tracer).tangential_curve_by_angle()
    # A draw without such a curve has no radius: it shall not count as zero.
    found = {"tracer.effective_einstein_radius": jnp.where(curve.is_closed, curve.effective_radius, jnp.nan)}
    if len(heavy) == 1:
        lens, source = tracer.plane_redshifts[heavy[0]], tracer.plane_redshifts[-1]
        density = tracer.cosmology.critical_surface_density_between_redshifts_from(lens, source)
        found["tracer.einstein_mass"] = jnp.where(curve.is_closed, curve.area * density, jnp.nan)
    return found


def _lensed(path: str, flux: Any, intrinsic: Any, zero_point: Any) -> Variables:
    shines = (intrinsic > 0.0) & jnp.isfinite(intrinsic)
    found = {
        f"{path}.lensed_flux": flux,
        f"{path}.magnification": jnp.where(shines, flux / jnp.where(shines, intrinsic, 1.0), jnp.nan),
    }
    if zero_point is not None:
        found[f"{path}.lensed_magnitude"] = magnitude_from(flux, zero_point)
        found[f"{path}.lensed_flux_mujy"] = microjansky_from(flux, zero_point)
    return found
