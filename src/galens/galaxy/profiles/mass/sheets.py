"""The tide of what is outside: fields that are smooth all over the image."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp

from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter

__all__ = ["ExternalPotential", "ExternalShear", "MassSheet"]


class ExternalShear(MassProfile):
    r"""A constant shear about the origin: :math:`\psi = \frac{1}{2} \gamma_1 (x^2 - y^2) + \gamma_2 x y`.

    Args:
        gamma_1: stretches along x where positive.
        gamma_2: stretches along the diagonal where positive.
    """

    gamma_1: Scalar = parameter(0.0)
    gamma_2: Scalar = parameter(0.0)
    centre: ClassVar[Pair] = (0.0, 0.0)  # type: ignore[misc]

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        return self.gamma_2 * x - self.gamma_1 * y, self.gamma_1 * x + self.gamma_2 * y

    def potential_at(self, y: Any, x: Any) -> Any:
        return 0.5 * self.gamma_1 * (x * x - y * y) + self.gamma_2 * x * y

    def convergence_at(self, y: Any, x: Any) -> Any:
        return jnp.zeros(jnp.broadcast_shapes(jnp.shape(y), jnp.shape(x)))

    def magnitude(self) -> Any:
        """sqrt(gamma_1^2 + gamma_2^2)."""
        return jnp.hypot(self.gamma_1, self.gamma_2)

    def angle(self) -> Any:
        """Direction of the stretch, degrees counter-clockwise from +x in [0, 180)."""
        return jnp.rad2deg(0.5 * jnp.arctan2(self.gamma_2, self.gamma_1)) % 180.0


class MassSheet(MassProfile):
    r"""A constant convergence: :math:`\alpha = \kappa r`, :math:`\psi = \frac{1}{2} \kappa r^2` about the centre.

    Args:
        centre: (y, x) of where it does not deflect, arcsec.
        kappa: convergence.
    """

    centre: Pair = pair()
    kappa: Scalar = parameter(0.0)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        dy, dx = self._offsets(y, x)
        return self.kappa * dy, self.kappa * dx

    def potential_at(self, y: Any, x: Any) -> Any:
        dy, dx = self._offsets(y, x)
        return 0.5 * self.kappa * (dy * dy + dx * dx)

    def convergence_at(self, y: Any, x: Any) -> Any:
        return self.kappa * jnp.ones(jnp.broadcast_shapes(jnp.shape(y), jnp.shape(x)))


class ExternalPotential(MassProfile):
    r"""Shear and its gradients to third order in the distance r from the centre,

    .. math:: \psi = \frac{r^2}{2} (\gamma_1 \cos 2\theta + \gamma_2 \sin 2\theta)
              + \frac{r^3}{4} (\tau_1 \cos \theta + \tau_2 \sin \theta)
              + \frac{r^3}{6} (\delta_1 \cos 3\theta + \delta_2 \sin 3\theta)

    whose convergence is :math:`\tau_1 x + \tau_2 y`. All terms are polynomials of x and y.

    Args:
        centre: (y, x), arcsec.
        gamma_1, gamma_2: shear.
        tau_1, tau_2: gradient of the convergence, 1 / arcsec.
        delta_1, delta_2: gradient of the shear, 1 / arcsec.

    Source: Powell et al. (2022), MNRAS 516, 1808.
    """

    centre: Pair = pair()
    gamma_1: Scalar = parameter(0.0)
    gamma_2: Scalar = parameter(0.0)
    tau_1: Scalar = parameter(0.0)
    tau_2: Scalar = parameter(0.0)
    delta_1: Scalar = parameter(0.0)
    delta_2: Scalar = parameter(0.0)

    def potential_at(self, y: Any, x: Any) -> Any:
        y, x = self._offsets(y, x)
        shear = 0.5 * self.gamma_1 * (x * x - y * y) + self.gamma_2 * x * y
        gradient = 0.25 * (x * x + y * y) * (self.tau_1 * x + self.tau_2 * y)
        trefoil = (self.delta_1 * x * (x * x - 3.0 * y * y) + self.delta_2 * y * (3.0 * x * x - y * y)) / 6.0
        return shear + gradient + trefoil

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        y, x = self._offsets(y, x)
        square, saddle = x * x + y * y, x * x - y * y
        slope = 0.5 * (self.tau_1 * x + self.tau_2 * y)
        alpha_y = self.gamma_2 * x - self.gamma_1 * y + slope * y + 0.25 * square * self.tau_2
        alpha_x = self.gamma_1 * x + self.gamma_2 * y + slope * x + 0.25 * square * self.tau_1
        return (
            alpha_y - self.delta_1 * x * y + 0.5 * self.delta_2 * saddle,
            alpha_x + 0.5 * self.delta_1 * saddle + self.delta_2 * x * y,
        )

    def convergence_at(self, y: Any, x: Any) -> Any:
        y, x = self._offsets(y, x)
        return self.tau_1 * x + self.tau_2 * y
