"""`ProfileGroup`: light profiles that share centre and shape, evaluated together.

The Gaussians of a multi-Gaussian expansion differ in their widths alone. Their coordinates are computed once, and N
exponentials are one array operation, which also compiles N times faster than N profiles one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.galaxy.profiles.light.base import LightProfile, RadialLightProfile
from galens.galaxy.profiles.light.weighted import weighted_sum
from galens.galaxy.profiles.parameters import Pair

__all__ = ["ProfileGroup", "grouped"]


class ProfileGroup(eqx.Module):
    """One profile whose parameters, but for those of its place, may have a leading axis: (k, 1).

    Args:
        profile: the profile; its formula broadcasts.
        indices: for each of the k profiles, its place in the list they came from.
        plane: of their galaxies; 0 is what is seen where it is, others are seen by rays that are deflected before.
    """

    profile: LightProfile
    indices: tuple[int, ...] = eqx.field(static=True)
    plane: int = eqx.field(static=True, default=0)

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def centre(self) -> Pair:
        """(y, x) of all, arcsec."""
        return self.profile.centre

    @property
    def is_operated(self) -> bool:
        return self.profile.is_operated

    @property
    def is_point(self) -> bool:
        return self.profile.is_point

    def images_at(self, y: Any, x: Any, precision: Any = float) -> Any:
        """Surface brightness (k, P) at points (P,), arcsec, in floats of `precision`.

        Coordinates are subtracted and squared in 64 bits: only what is smooth is rounded.
        """
        profile = self.profile
        if precision is not float and isinstance(profile, RadialLightProfile):
            square = profile.squared_radius(y, x).astype(precision)
            profile = jax.tree.map(lambda leaf: jnp.asarray(leaf, precision), profile)
            images = profile.brightness * profile.shape(square)
        else:
            images = profile.image_at(y, x).astype(precision)
        return jnp.broadcast_to(images, (len(self), jnp.shape(y)[-1]))

    def image_at(self, y: Any, x: Any) -> Any:
        """Summed surface brightness (...) of all at coordinates (...), arcsec."""
        total = weighted_sum(self.profile, jnp.ones(len(self)), jnp.ravel(y), jnp.ravel(x))
        return total.reshape(jnp.shape(y))


def grouped(profiles: Iterable[LightProfile], planes: Iterable[int] | None = None) -> tuple[ProfileGroup, ...]:
    """Groups of profiles of one class whose places are the same numbers, or the same traced values.

    Args:
        profiles: n profiles.
        planes: of their galaxies, n; None: all are on the first. A group is on one plane.
    """
    profiles = tuple(profiles)
    of_planes = (0,) * len(profiles) if planes is None else tuple(planes)
    found: list[tuple[LightProfile, int, list[int]]] = []
    for index, (profile, plane) in enumerate(zip(profiles, of_planes, strict=True)):
        for first, plane_of_first, indices in found:
            if plane == plane_of_first and _alike(first, profile):
                indices.append(index)
                break
        else:
            found.append((profile, plane, [index]))
    return tuple(
        ProfileGroup(_stacked([profiles[i] for i in indices]), tuple(indices), plane) for _, plane, indices in found
    )


def _alike(first: LightProfile, second: LightProfile) -> bool:
    return (
        type(first) is type(second)
        and bool(jax.tree.structure(first) == jax.tree.structure(second))  # type: ignore[operator]
        and all(
            _same(a, b)
            for name in first.PLACE
            for a, b in zip(jax.tree.leaves(getattr(first, name)), jax.tree.leaves(getattr(second, name)), strict=True)
        )
    )


def _same(a: Any, b: Any) -> bool:
    return a is b or (isinstance(a, float) and isinstance(b, float) and a == b)


def _stacked(profiles: list[LightProfile]) -> LightProfile:
    if len(profiles) == 1:
        return profiles[0]
    structure = jax.tree.structure(profiles[0])
    columns = zip(*[jax.tree.leaves(each) for each in profiles], strict=True)
    return jax.tree.unflatten(structure, [_column(values) for values in columns])


def _column(values: tuple[Any, ...]) -> Any:
    if all(_same(values[0], each) for each in values[1:]):
        return values[0]
    if all(isinstance(each, float) for each in values):
        return np.array(values)[:, None]
    return jnp.stack([jnp.asarray(each, float) for each in values])[:, None]
