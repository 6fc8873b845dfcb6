"""Between fluxes and magnitudes.

Numbers, NumPy and JAX arrays are accepted, traced or not. A zero point is the magnitude of a flux of 1 in the unit of
the data, often the MAGZERO or PHOTZP card of a FITS header.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy.convert import plain

__all__ = ["flux_from_magnitude", "magnitude_from", "microjansky_from"]

# An AB magnitude of 23.9 is one microjansky to 1e-4: Oke & Gunn (1983).
MICROJANSKY_ZERO_POINT = 23.9


def magnitude_from(flux: Any, zero_point: Any) -> Any:
    """-2.5 log10(flux) + zero_point; infinite, with no gradient, for a flux of zero or less.

    Args:
        flux: in the unit of the data, as of `LightProfile.total_flux_from`.
        zero_point: magnitude of a flux of 1.
    """
    somewhat = jnp.asarray(flux) > 0.0
    magnitude = zero_point - 2.5 * jnp.log10(jnp.where(somewhat, flux, 1.0))
    return plain(jnp.where(somewhat, magnitude, jnp.inf))


def flux_from_magnitude(magnitude: Any, zero_point: Any) -> Any:
    """10^((zero_point - magnitude) / 2.5), the inverse of `magnitude_from`."""
    return plain(10.0 ** (0.4 * (jnp.asarray(zero_point) - magnitude)))


def microjansky_from(flux: Any, zero_point: Any) -> Any:
    """A flux in microjansky, where the zero point is an AB magnitude.

    Args:
        flux: in the unit of the data.
        zero_point: AB magnitude of a flux of 1.
    """
    return plain(flux * 10.0 ** (0.4 * (MICROJANSKY_ZERO_POINT - jnp.asarray(zero_point))))
