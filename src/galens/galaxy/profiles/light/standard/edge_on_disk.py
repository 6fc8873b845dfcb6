"""A disk seen from the side."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from galens.galaxy.profiles.light.base import SMALLEST_SCALE, LightProfile
from galens.galaxy.profiles.parameters import Pair, Scalar, pair, parameter
from galens.numerics.bessel import bessel_x_k1

__all__ = ["EdgeOnDisk"]


class EdgeOnDisk(LightProfile):
    r"""An exponential disk, isothermal across its plane, seen from the side.

    .. math:: I(x', y') = I_0 \, \frac{|x'|}{h} K_1\left(\frac{|x'|}{h}\right)
        \operatorname{sech}^2\left(\frac{y'}{z_0}\right)

    with x' along the disk and K_1 the modified Bessel function.

    Args:
        centre: (y, x), arcsec.
        angle: of the disk, degrees counter-clockwise from +x.
        intensity: I_0, surface brightness at the centre, in the unit of the data.
        scale_length: h, arcsec.
        scale_height: z_0, arcsec.

    Source: van der Kruit & Searle (1981), eq. 5.
    """

    centre: Pair = pair()
    angle: Scalar = parameter(0.0)
    intensity: Scalar = parameter(0.1)
    scale_length: Scalar = parameter(0.6, at_least=0.0)
    scale_height: Scalar = parameter(0.1, at_least=0.0)

    def image_at(self, y: Any, x: Any) -> Any:
        sine, cosine = jnp.sin(jnp.deg2rad(self.angle)), jnp.cos(jnp.deg2rad(self.angle))
        dy, dx = y - self.centre[0], x - self.centre[1]
        along = (dx * cosine + dy * sine) / self._length()
        # sech^2(u) = 4 e / (1 + e)^2 with e = exp(-2 |u|) does not overflow.
        decay = jnp.exp(-2.0 * jnp.abs(dy * cosine - dx * sine) / self._height())
        return self.intensity * bessel_x_k1(along * along) * (4.0 * decay / (1.0 + decay) ** 2)

    @property
    def total_flux(self) -> Any:
        return 2.0 * jnp.pi * self.intensity * self._length() * self._height()

    def _length(self) -> Any:
        return jnp.maximum(self.scale_length, SMALLEST_SCALE)

    def _height(self) -> Any:
        return jnp.maximum(self.scale_height, SMALLEST_SCALE)
