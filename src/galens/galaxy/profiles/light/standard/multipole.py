"""Profiles whose isophotes are not ellipses."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from galens.galaxy.geometry import EllProfile
from galens.galaxy.profiles.light.standard.gaussian import Gaussian
from galens.galaxy.profiles.light.standard.sersic import Sersic
from galens.galaxy.profiles.parameters import Pair, pair

__all__ = ["GaussianMultipole", "Multipole", "SersicMultipole"]

SMALLEST_FACTOR = 1e-8
ANOMALIES = np.linspace(0.0, 2.0 * np.pi, 256, endpoint=False)
SMALLEST_SQUARE = 1e-100


class Multipole(EllProfile):
    r"""Perturbs the isophotes of the profile that it precedes as a base by multipoles of order 3 and 4.

    .. math:: R \to R \left[1 + \sum_{m = 3, 4} c_m \cos m \theta + s_m \sin m \theta\right]

    with theta the polar angle in the profile's frame. Where the bracket would be negative it is zero.

    Args:
        multipole_3_comps: (c_3, s_3). The order is the reverse of a mass multipole's.
        multipole_4_comps: (c_4, s_4).
    """

    multipole_3_comps: Pair = pair()
    multipole_4_comps: Pair = pair()

    PLACE: ClassVar[tuple[str, ...]] = ("centre", "ell_comps", "multipole_3_comps", "multipole_4_comps")

    @property
    def extent(self) -> Any:
        return None  # multipoles can take an isophote to any distance

    def squared_radius(self, y: Any, x: Any) -> Any:
        return super().squared_radius(y, x) * self._squared_factor(y, x)

    def squared_minor_axis_radius(self, y: Any, x: Any) -> Any:
        return super().squared_minor_axis_radius(y, x) * self._squared_factor(y, x)

    def _squared_factor(self, y: Any, x: Any) -> Any:
        dy, dx = self.frame(y, x)
        # At the centre, where there is no angle, both are 0 and the radius is 0 whatever the factor.
        inverse = 1.0 / jnp.maximum(dx * dx + dy * dy, SMALLEST_SQUARE)
        length = jnp.sqrt(inverse)
        cosine, sine = dx * length, dy * length
        cosine_2, sine_2 = (dx * dx - dy * dy) * inverse, 2.0 * dx * dy * inverse
        (c3, s3), (c4, s4) = self.multipole_3_comps, self.multipole_4_comps
        third = (c3 * cosine + s3 * sine) * cosine_2 + (s3 * cosine - c3 * sine) * sine_2
        fourth = c4 * (cosine_2 * cosine_2 - sine_2 * sine_2) + 2.0 * s4 * cosine_2 * sine_2
        return jnp.maximum(1.0 + third + fourth, SMALLEST_FACTOR) ** 2

    def isophote_area(self) -> Any:
        """Area inside the isophote of radius R, over pi R^2."""
        # Even steps of the eccentric anomaly: points whose squared radii are all 1 without multipoles.
        scale = jnp.sqrt(self.axis_ratio())
        dy, dx = self._rotated_back(jnp.sin(ANOMALIES) * scale, jnp.cos(ANOMALIES) / scale)
        return jnp.mean(1.0 / self.squared_radius(self.centre[0] + dy, self.centre[1] + dx))


class SersicMultipole(Multipole, Sersic):
    """`Sersic` whose isophotes have multipoles of order 3 and 4. Arguments as there and in `Multipole`."""


class GaussianMultipole(Multipole, Gaussian):
    """`Gaussian` whose isophotes have multipoles of order 3 and 4. Arguments as there and in `Multipole`."""
