"""Models that are often fitted, composed in one line."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from galens import fit as af
from galens.errors import ModelError
from galens.galaxy.profiles.light import basis, linear

__all__ = ["mge_model_from", "mge_point_model_from"]

HALF_WIDTH_OF_CENTRE = 0.1  # arcsec


def mge_model_from(
    mask_radius: float,
    total_gaussians: int = 30,
    gaussian_per_basis: int = 1,
    centre_prior_is_uniform: bool = True,
    centre: tuple[float, float] = (0.0, 0.0),
    centre_fixed: tuple[float, float] | None = None,
    centre_per_basis: bool = False,
    centre_sigma: float = 0.3,
    ell_comps_prior_is_uniform: bool = False,
    ell_comps_uniform_width: float = 0.2,
    ell_comps_sigma: float = 0.3,
    use_spherical: bool = False,
    sigma_min: float = 1e-4,
    ell_comps_limit: float = 1.0,
    order_bases: bool = False,
) -> af.Model:
    """A multi-Gaussian expansion: a `Basis` of linear Gaussians whose widths are fixed, from tiny to the mask.

    The widths are spaced evenly in their logarithm. All Gaussians share the centre; those of a set share the
    ellipticity. One set has four free parameters, however many Gaussians; intensities are solved by the fit.

    Args:
        mask_radius: largest width, arcsec.
        total_gaussians: Gaussians in a set.
        gaussian_per_basis: number of sets, each with an ellipticity of its own.
        centre_prior_is_uniform: uniform priors within 0.1 arcsec of `centre`; else Gaussian ones about it.
        centre: (y, x), arcsec.
        centre_fixed: (y, x) of a centre that is not free.
        centre_per_basis: whether each set has a centre of its own.
        centre_sigma: of Gaussian priors of the centre, arcsec.
        ell_comps_prior_is_uniform: uniform priors of the ellipticity; else truncated Gaussians about 0.
        ell_comps_uniform_width: largest component that the uniform priors allow.
        ell_comps_sigma: of the Gaussian priors.
        use_spherical: circular Gaussians.
        sigma_min: smallest width, arcsec.
        ell_comps_limit: largest component that the Gaussian priors allow.
        order_bases: assert that `ell_comps_1` falls from set to set, so that sets cannot swap places.

    Raises:
        ModelError: a width or number is not possible.
    """
    if total_gaussians < 1 or gaussian_per_basis < 1:
        raise ModelError(
            f"mge_model_from: total_gaussians ({total_gaussians}) and gaussian_per_basis ({gaussian_per_basis}) must "
            "be at least 1."
        )
    if not 0.0 < sigma_min <= mask_radius < math.inf:
        raise ModelError(
            f"mge_model_from: widths must be above 0 and in order, got sigma_min = {sigma_min} and mask_radius = "
            f"{mask_radius}."
        )
    if order_bases and use_spherical:
        raise ModelError("mge_model_from: order_bases orders ellipticities, which spherical Gaussians do not have.")

    def new_centre() -> tuple[Any, Any]:
        if centre_fixed is not None:
            return centre_fixed
        if centre_prior_is_uniform:
            low, high = ([each + sign * HALF_WIDTH_OF_CENTRE for each in centre] for sign in (-1, 1))
            return af.UniformPrior(low[0], high[0]), af.UniformPrior(low[1], high[1])
        return af.GaussianPrior(centre[0], centre_sigma), af.GaussianPrior(centre[1], centre_sigma)

    def component() -> Any:
        if ell_comps_prior_is_uniform:
            return af.UniformPrior(-ell_comps_uniform_width, ell_comps_uniform_width)
        return af.TruncatedGaussianPrior(0.0, ell_comps_sigma, -ell_comps_limit, ell_comps_limit)

    sigmas = np.logspace(np.log10(sigma_min), np.log10(mask_radius), total_gaussians)
    shared = new_centre()
    gaussians: list[af.Model] = []
    tilts: list[Any] = []
    for number in range(gaussian_per_basis):
        at = new_centre() if centre_per_basis and number else shared
        shape = {} if use_spherical else {"ell_comps": (component(), component())}
        cls = linear.GaussianSph if use_spherical else linear.Gaussian
        gaussians += [af.Model(cls, centre=at, sigma=float(sigma), **shape) for sigma in sigmas]
        tilts += [each[1] for each in shape.values()]
    model = af.Model(basis.Basis, profile_list=gaussians)
    if order_bases:
        for higher, lower in itertools.pairwise(tilts):
            model.add_assertion(higher > lower)
    return model


def mge_point_model_from(
    pixel_scales: float, total_gaussians: int = 10, centre: tuple[float, float] = (0.0, 0.0), sigma_min: float = 0.01
) -> af.Model:
    """An unresolved source of light: Gaussians that are narrower than two pixels, as `mge_model_from`.

    Args:
        pixel_scales: side of a pixel, arcsec.
        total_gaussians: their number.
        centre: (y, x), arcsec; the priors allow 0.1 arcsec to every side.
        sigma_min: smallest width, arcsec.
    """
    return mge_model_from(
        mask_radius=max(2.0 * pixel_scales, sigma_min),
        total_gaussians=total_gaussians,
        centre=centre,
        sigma_min=sigma_min,
    )
