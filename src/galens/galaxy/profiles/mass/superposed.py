r"""Halos that are evaluated as superpositions of cored ellipsoids.

Convergence, deflection and potential are those of one and the same mass, to rounding: see
`galens.numerics.cored_superposition`. Over radii from 1e-4 to 1e2 arcsec and all axis ratios that mass has the density
asked for to 1e-8 of its local value.
"""

from __future__ import annotations

import abc
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

from galens.galaxy import convert
from galens.galaxy.geometry import EllProfile
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.mass.halo_mass import HaloScales
from galens.numerics import cored_superposition
from galens.numerics.special import norm

__all__ = ["SuperposedHalo"]


class SuperposedHalo(EllProfile, MassProfile, HaloScales):
    """A halo with a scale radius whose density has a closed spectrum of cored densities."""

    @abc.abstractmethod
    def _spectrum(self, sigma: Any) -> Any:
        """G of core radii over the scale radius, for a density in units of kappa_s Sigma_cr / r_s."""

    def _ends(self) -> tuple[Any, Any]:
        """Exponents (p, p') of the spectrum, sigma^p for small cores and sigma^-p' for large ones."""
        return 1.0, 1.0

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        dy, dx, along, flattening = self._ellipse(y, x)
        q = (1.0 - flattening) / (1.0 + flattening)
        both, second = cored_superposition.deflection_sums(dy * dy + dx * dx, along, q, self._weights())
        # (1 - q^2) (x', 0) in the directions of the sky.
        e0, e1 = convert.bounded_ell_comps(self.ell_comps)
        scale = 2.0 / (1.0 + flattening) ** 2 * second
        isotropic = both + second - scale * flattening
        return (
            q * (isotropic * dy - scale * (e0 * dx - e1 * dy)),
            q * (isotropic * dx - scale * (e1 * dx + e0 * dy)),
        )

    def potential_at(self, y: Any, x: Any) -> Any:
        dy, dx, along, flattening = self._ellipse(y, x)
        q = (1.0 - flattening) / (1.0 + flattening)
        return cored_superposition.potential(dy * dy + dx * dx, along, q, self._weights())

    def convergence_at(self, y: Any, x: Any) -> Any:
        return cored_superposition.convergence(self._eccentric_square(*self._ellipse(y, x)), self._weights())

    def _ellipse(self, y: Any, x: Any) -> tuple[Any, Any, Any, Any]:
        """Offsets from the centre, (1 - q^2) x'^2 with x' along the major axis, and (1 - q) / (1 + q)."""
        dy, dx = self._offsets(y, x)
        dy, dx = jnp.broadcast_arrays(jnp.asarray(dy, float), jnp.asarray(dx, float))
        e0, e1 = convert.bounded_ell_comps(self.ell_comps)
        flattening = norm(e0, e1)
        square = dy * dy + dx * dx
        along = flattening * square + e1 * (dx * dx - dy * dy) + 2.0 * e0 * dx * dy
        return dy, dx, 2.0 / (1.0 + flattening) ** 2 * along, flattening

    def _eccentric_square(self, dy: Any, dx: Any, along: Any, flattening: Any) -> Any:
        """x'^2 + y'^2 / q^2 of what `_ellipse` gives."""
        stretch = (1.0 + flattening) / (1.0 - flattening)
        return stretch * stretch * (dy * dy + dx * dx - along)

    def _weights(self) -> Array:
        cores = jnp.asarray(cored_superposition.CORES)
        strengths = self.kappa_s * self.scale_radius * cores * cores * self._spectrum(cores / self.scale_radius)
        return cored_superposition.weights_from(strengths, *self._ends())
