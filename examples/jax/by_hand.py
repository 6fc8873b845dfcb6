"""A Sersic likelihood written with jax.numpy alone, for comparison with the library's."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

import galens.fit as af
import galens.galaxy as ag


def instance_from(centre: tuple[float, float] = (0.1, 0.1)) -> Any:
    """An instance of a model of one galaxy: what a search hands to a likelihood.

    The centre and the ellipticity are fixed, the other parameters sit at the medians of their priors.
    """
    bulge = af.Model(ag.lp_operated.Sersic)
    bulge.centre = centre
    bulge.ell_comps = (0.1, 0.2)
    model = af.Collection(galaxies=af.Collection(galaxy=af.Model(ag.Galaxy, redshift=0.5, bulge=bulge)))
    return model.instance_from_prior_medians()


def sersic(bulge: Any, y: jax.Array, x: jax.Array) -> jax.Array:
    """Light at coordinates in arcsec, from any object with the attributes of a Sersic profile.

    Two places need care, or the gradient is NaN though the value is right:
    the square root at radius 0, whose derivative is infinite, and the power of it. Both are given a harmless number
    where the radius vanishes, and the value of the centre is put in afterwards (the "double where").
    """
    e0, e1 = bulge.ell_comps
    square = e0 * e0 + e1 * e1
    dy, dx = y - bulge.centre[0], x - bulge.centre[1]
    # q x'^2 + y'^2 / q without an angle, which is not defined for a circle.
    squared_radius = ((1 + square - 2 * e1) * dx * dx - 4 * e0 * dx * dy + (1 + square + 2 * e1) * dy * dy) / (
        1 - square
    )
    n = bulge.sersic_index
    b = 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n**2) + 131 / (1148175 * n**3) - 2194697 / (30690717750 * n**4)
    at_centre = squared_radius == 0
    safe = jnp.where(at_centre, 1.0, squared_radius) / bulge.effective_radius**2
    scaled = jnp.where(at_centre, 0.0, safe ** (0.5 / n))
    return bulge.intensity * jnp.exp(-b * (scaled - 1))


def log_likelihood(model_data: jax.Array, dataset: ag.Imaging, with_noise_term: bool = False) -> jax.Array:
    """-chi-squared / 2, and minus half the sum of ln(2 pi sigma^2) if asked for."""
    data, noise = dataset.data.array, dataset.noise_map.array
    value = -0.5 * jnp.sum(((data - model_data) / noise) ** 2)
    return value - 0.5 * jnp.sum(jnp.log(2 * jnp.pi * noise**2)) if with_noise_term else value


def gradient_as_vector(gradient: Any) -> list[float]:
    """(centre y, x, ell_comps 0, 1, intensity, effective radius, Sersic index) of the instance that grad returned."""
    bulge = gradient.galaxies.galaxy.bulge
    values = (*bulge.centre, *bulge.ell_comps, bulge.intensity, bulge.effective_radius, bulge.sersic_index)
    return [float(value) for value in values]
