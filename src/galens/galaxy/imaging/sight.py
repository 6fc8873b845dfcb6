"""`Sight`: where the light that reaches the points of a dataset comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from galens import array as aa
from galens.errors import ProfileError
from galens.galaxy.profiles.light.group import ProfileGroup

__all__ = ["Rays", "Sight", "sight_of"]

Coordinates = tuple[Any, Any]
Rays = Callable[[Any, Any], Sequence[Coordinates]]
"""From coordinates y and x (n,) of an image, arcsec, to those where the rays through them pass each plane, the first of
which are the same."""


class Sight(eqx.Module):
    """The points of a dataset as they lie on the planes of what is seen.

    Light on the first plane is seen where it is: points may follow its centre. On the others rays arrive from where
    deflections by the planes before have them come; they are traced once, for all light.

    Args:
        operator: of the dataset.
        model: of the dataset: its place relative to what is seen.
        behind: coordinates (y, x) of the operator's points (M + B,) on the second plane and on those behind it.
    """

    operator: aa.ImagingOperator
    model: aa.DatasetModel | None
    behind: tuple[Coordinates, ...] = ()

    @property
    def treats_planes_alike(self) -> bool:
        """Whether light on all planes is evaluated at the same number of points: none follow a centre."""
        return not len(self.operator.over_sampling.cusps)

    def light(self, function: Callable[[Any, Any], Any], source: Any, plane: Any) -> jax.Array:
        """Light (..., P) as the operator takes it.

        Args:
            function: from coordinates y and x (n,) on the plane to brightness (..., n).
            source: what has a `centre` there.
            plane: that it is on; a traced one only where all are treated alike.
        """
        if not isinstance(plane, int):
            y, x = self.on_first_plane
            for number, (behind_y, behind_x) in enumerate(self.behind, start=1):
                # Chosen, not looked up: XLA makes vector instructions of the one but not of the other.
                y, x = jnp.where(plane == number, behind_y, y), jnp.where(plane == number, behind_x, x)
            return function(y, x)
        if plane:
            return self.operator.light_of(function(*self.behind[plane - 1]))
        model = self.model
        if model is None:
            return self.operator.light(function, source.centre)
        return self.operator.light(lambda y, x: function(*model.moved(y, x)), model.moved_back(*source.centre))

    @property
    def on_first_plane(self) -> Coordinates:
        """Coordinates (y, x) of the operator's points (M + B,) on the first plane."""
        y, x = self.operator.y, self.operator.x
        return (y, x) if self.model is None else self.model.moved(y, x)

    def extent(self, group: ProfileGroup, plane: Any) -> tuple[Any, Any] | None:
        """Centre and radius, arcsec, in the dataset that all light of a group lies within, where they are known.

        The radius is infinite where a traced plane is not the first.
        """
        radius = group.profile.extent
        if radius is None or (isinstance(plane, int) and plane):
            return None
        return self.centre(group), radius if isinstance(plane, int) else jnp.where(plane == 0, radius, jnp.inf)

    def centre(self, group: ProfileGroup) -> Any:
        """Where in the dataset the centre of a group on the first plane lies, (y, x) in arcsec.

        Raises:
            ProfileError: the group is behind that plane, and may be seen at several places.
        """
        if group.plane:
            raise ProfileError(
                f"{type(group.profile).__name__} is a point behind a lens: how many images it has, and where, is not "
                "known to a fit of an image. Use a narrow lp.Gaussian for an unresolved source."
            )
        return group.centre if self.model is None else self.model.moved_back(*group.centre)


def sight_of(operator: aa.ImagingOperator, model: aa.DatasetModel | None, rays: Rays | None) -> Sight:
    """The points of a dataset on all planes; without `rays` there is one."""
    sight = Sight(operator, model)
    return sight if rays is None else Sight(operator, model, tuple(rays(*sight.on_first_plane)[1:]))
