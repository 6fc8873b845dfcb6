"""What a fit of galaxies to an image says besides its parameters: fluxes, magnitudes, sizes, shapes, sky coordinates.

A component of a galaxy has, under its path in the model (``galaxies.lens.bulge``), ``total_flux``, ``magnitude``
(where the zero point is known), ``half_light_radius``, ``axis_ratio``, ``position_angle``, and where the image is
placed on the sky ``ra``, ``dec`` and ``sky_position_angle``. A galaxy (``galaxies.lens``) has ``signal_to_noise``
and, if it has several components, the first three of all its light. A sky background has none of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from galens import array as aa
from galens.galaxy.convert import angle_from
from galens.galaxy.galaxy import Galaxy
from galens.galaxy.imaging.abstract_fit import AbstractFitImaging
from galens.galaxy.photometry import magnitude_from
from galens.galaxy.profiles.light.base import LightProfile
from galens.galaxy.profiles.light.standard.sky import Sky

__all__ = ["light_variables", "sky_variables"]

Variables = dict[str, Any]


def light_variables(fit: AbstractFitImaging, paths: list[str], zero_point: Any) -> Variables:
    """Variables that JAX can trace.

    Args:
        fit: of the galaxies.
        paths: of the galaxies of the fit, in their order.
        zero_point: magnitude of a flux of 1, or None.
    """
    found: Variables = {}
    galaxies = fit.galaxies_linear_light_profiles_to_light_profiles
    images = fit.galaxy_model_image_dict.values()
    for path, galaxy, image in zip(paths, galaxies, images, strict=True):
        for name, profile in galaxy.light_profiles.items():
            if isinstance(profile, Sky):
                continue
            found |= _light(f"{path}.{name}", profile, fit.mask.pixel_scales, zero_point)
            found |= _shape(f"{path}.{name}", profile)
        if len(galaxy.light_profiles) > 1:
            found |= _light(path, galaxy, fit.mask.pixel_scales, zero_point)
        if galaxy.light_profiles:
            relative = image.values * fit.dataset.inverse_noise
            found[f"{path}.signal_to_noise"] = jnp.sqrt(jnp.sum(relative**2))
    return found


def sky_variables(dataset: aa.Imaging, model: aa.DatasetModel | None, galaxies: Mapping[str, Galaxy]) -> Variables:
    """Where components are on the sky; nothing for an image without a WCS.

    Args:
        dataset: the image.
        model: of the dataset; parameters are arrays (draws,), here and in the galaxies.
        galaxies: by path.
    """
    found: Variables = {}
    if dataset.wcs is None:
        return found
    for path, profile in _placed(galaxies).items():
        centres = _centres(model, profile)
        place = dataset.sky_coordinates_from(centres).icrs
        found[f"{path}.ra"], found[f"{path}.dec"] = place.ra.deg, place.dec.deg
        ellipse = _ellipse(profile)
        if ellipse is not None:
            turned = 0.0 if model is None else np.asarray(model.grid_rotation_angle, float)
            turn = np.deg2rad(np.asarray(angle_from(ellipse.ell_comps)) + turned)
            step = 0.1 * min(dataset.pixel_scales) * np.stack([np.sin(turn), np.cos(turn)], axis=-1)
            angle = place.position_angle(dataset.sky_coordinates_from(centres + step).icrs)
            found[f"{path}.sky_position_angle"] = angle.deg % 180.0
    return found


def _centres(model: aa.DatasetModel | None, profile: LightProfile) -> np.ndarray:
    """(y, x) of a profile's centre in the image, arcsec, (draws, 2), or (2,) where it is the same in all draws."""
    y, x = profile.centre
    moved = (y, x) if model is None else model.moved_back(y, x)
    return np.stack(np.broadcast_arrays(*moved), axis=-1).astype(float)


def _light(path: str, source: Galaxy | LightProfile, pixel_scales: tuple[float, float], zero_point: Any) -> Variables:
    flux = source.total_flux_from(pixel_scales)
    found = {f"{path}.total_flux": flux}
    if zero_point is not None:
        found[f"{path}.magnitude"] = magnitude_from(flux, zero_point)
    radius = source.half_light_radius
    if radius is not None:
        found[f"{path}.half_light_radius"] = radius
    return found


def _shape(path: str, profile: LightProfile) -> Variables:
    ellipse = _ellipse(profile)
    if ellipse is None:
        return {}
    return {f"{path}.axis_ratio": ellipse.axis_ratio(), f"{path}.position_angle": ellipse.angle()}


def _ellipse(profile: LightProfile) -> Any:
    """What says how elongated the profile is; None where nothing does, or where it is circular by its class."""
    members = profile.members
    first = members[0]
    return first if _has(first, "ell_comps") and len(members) == 1 else None


def _placed(galaxies: Mapping[str, Galaxy]) -> dict[str, LightProfile]:
    """The light profiles by their path, but for those without a centre: a sky."""
    return {
        f"{path}.{name}": profile
        for path, galaxy in galaxies.items()
        for name, profile in galaxy.light_profiles.items()
        if _has(profile.members[0], "centre")
    }


def _has(profile: LightProfile, parameter: str) -> bool:
    return any(field.name == parameter for field in dataclasses.fields(profile))
