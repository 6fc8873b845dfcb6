"""`Massive`: something that deflects light, and the maps that follow from it."""

from __future__ import annotations

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens import array as aa
from galens.galaxy.mass_stack import sum_at

__all__ = ["Massive", "SeveralMasses", "derivatives"]

CIRCLE = 2.0 * np.pi * (np.arange(256) + 0.5) / 256


class Massive(eqx.Module):
    r"""Something that deflects light: a mass profile, a galaxy, or several.

    Lengths are in arcsec and masses in units of the critical surface density, for a source behind all of it. The
    deflection is the gradient of the potential, the convergence half its Laplacian:

    .. math:: \alpha = \nabla \psi, \qquad \kappa = \tfrac{1}{2} \nabla \cdot \alpha
    """

    @property
    def parts(self) -> tuple[Massive, ...]:
        """What it consists of, down to single mass profiles."""
        return (self,)

    @abc.abstractmethod
    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        """(alpha_y, alpha_x), arcsec, at coordinates (arcsec, any shape)."""

    @abc.abstractmethod
    def potential_at(self, y: Any, x: Any) -> Any:
        """The lensing potential psi, arcsec^2, at coordinates."""

    def convergence_at(self, y: Any, x: Any) -> Any:
        """The surface density over the critical one at coordinates."""
        (yy, _), (_, xx) = self.hessian_at(y, x)
        return 0.5 * (yy + xx)

    def hessian_at(self, y: Any, x: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        """Second derivatives of the potential at coordinates, ((yy, yx), (xy, xx)): exact, from the deflections."""
        return derivatives(self.deflections_at, y, x)

    def deflections_yx_2d_from(self, grid: Any) -> Any:
        """Deflections at a grid's coordinates, arcsec.

        A `Grid2D` gives a `VectorYX2D`, a `Grid2DIrregular` a `VectorYX2DIrregular`, plain coordinates (..., 2) an
        array (..., 2).
        """
        return aa.evaluate_vectors(jax.tree_util.Partial(_deflections, self), grid)

    def potential_2d_from(self, grid: Any) -> Any:
        """The potential on a grid, arcsec^2, in the form that `image_2d_from` of light has."""
        return aa.evaluate(jax.tree_util.Partial(_potential, self), grid)

    def convergence_2d_from(self, grid: Any) -> Any:
        """The convergence on a grid, in the form that `image_2d_from` of light has."""
        return aa.evaluate(jax.tree_util.Partial(_convergence, self), grid)

    def mass_angular_within_circle_from(self, radius: Any, centre: tuple[Any, Any] = (0.0, 0.0)) -> Any:
        r"""The convergence integrated over a circle, arcsec^2, by Gauss's theorem:
        :math:`M = \frac{1}{2} \oint \alpha \cdot n \, dl`.

        Args:
            radius: of the circle, arcsec; a number or an array.
            centre: (y, x) of the circle, arcsec.
        """
        sine, cosine = np.sin(CIRCLE), np.cos(CIRCLE)
        radius = jnp.asarray(radius, float)[..., None]
        alpha_y, alpha_x = self.deflections_at(centre[0] + radius * sine, centre[1] + radius * cosine)
        return jnp.pi * radius[..., 0] * jnp.mean(alpha_y * sine + alpha_x * cosine, axis=-1)


class SeveralMasses(Massive):
    """Masses whose deflections add up. Many of one class are evaluated together: see `galens.galaxy.mass_stack`."""

    @property
    @abc.abstractmethod
    def masses(self) -> tuple[Massive, ...]:
        """What deflects light in it."""

    @property
    def parts(self) -> tuple[Massive, ...]:
        return tuple(part for mass in self.masses for part in mass.parts)

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        if not self.parts:
            return _nothing(y, x), _nothing(y, x)
        return sum_at(self.parts, "deflections_at", y, x)

    def potential_at(self, y: Any, x: Any) -> Any:
        return sum_at(self.parts, "potential_at", y, x) if self.parts else _nothing(y, x)

    def convergence_at(self, y: Any, x: Any) -> Any:
        return sum_at(self.parts, "convergence_at", y, x) if self.parts else _nothing(y, x)


def _nothing(y: Any, x: Any) -> Any:
    return jnp.zeros(jnp.broadcast_shapes(jnp.shape(y), jnp.shape(x)))


def derivatives(function: Any, y: Any, x: Any) -> Any:
    """((d_y f_y, d_x f_y), (d_y f_x, d_x f_x)) of an element-wise function (y, x) -> (f_y, f_x)."""
    y, x = (jnp.asarray(each, float) for each in (y, x))
    _, by_y = jax.jvp(lambda moving: function(moving, x), (y,), (jnp.ones_like(y),))
    _, by_x = jax.jvp(lambda moving: function(y, moving), (x,), (jnp.ones_like(x),))
    return tuple(zip(by_y, by_x, strict=True))


def _deflections(mass: Massive, y: Any, x: Any) -> tuple[Any, Any]:
    return mass.deflections_at(y, x)


def _potential(mass: Massive, y: Any, x: Any) -> Any:
    return mass.potential_at(y, x)


def _convergence(mass: Massive, y: Any, x: Any) -> Any:
    return mass.convergence_at(y, x)
