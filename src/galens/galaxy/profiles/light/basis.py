"""`Basis`: many profiles as one component, such as a multi-Gaussian expansion or shapelets: the family `lp_basis`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from galens import array as aa
from galens.array.inversion.regularization import Constant
from galens.errors import ProfileError
from galens.galaxy.profiles.light.base import LightProfile, LightProfileLinear
from galens.galaxy.profiles.light.group import ProfileGroup, grouped
from galens.galaxy.profiles.parameters import Pair, are_physical

__all__ = ["Basis"]


class Basis(LightProfile):
    """Light profiles that together are one component of a galaxy.

    Either all of them are linear (their intensities are solved by the fit) or none is.

    Args:
        profile_list: the profiles, such as 30 `lp_linear.Gaussian` of one centre and shape.
        regularization: how the intensities of linear profiles are smoothed, each towards those before and after
            it in the list; None for not at all. With one, the figure of merit is the log evidence.

    Raises:
        ProfileError: no profile, something else in the list, linear and ordinary profiles mixed, or ordinary ones
            with a regularization.
    """

    profile_list: tuple[LightProfile, ...]
    regularization: Constant | None

    def __init__(self, profile_list: Iterable[LightProfile], regularization: Constant | None = None) -> None:
        profiles = tuple(profile_list)
        if not profiles:
            raise ProfileError("Basis: profile_list is empty; a basis needs at least one light profile.")
        for each in profiles:
            if not isinstance(each, LightProfile) or isinstance(each, Basis):
                raise ProfileError(f"Basis: profile_list must hold light profiles, but has {each!r}.")
        linear = [isinstance(each, LightProfileLinear) for each in profiles]
        if any(linear) and not all(linear):
            ordinary = profiles[linear.index(False)]
            raise ProfileError(
                f"Basis: linear and ordinary profiles cannot be mixed in one basis, but {type(ordinary).__name__} has "
                "an intensity and others have none. Make two bases, or two components of the galaxy."
            )
        if regularization is not None and not linear[0]:
            raise ProfileError("Basis: a regularization smooths solved intensities; these profiles have given ones.")
        self.profile_list = profiles
        self.regularization = regularization

    def __repr__(self) -> str:
        return f"Basis({list(self.profile_list)!r}, regularization={self.regularization!r})"

    @property  # type: ignore[misc]
    def centre(self) -> Pair:  # type: ignore[override]
        """(y, x) of the first profile, arcsec."""
        return self.profile_list[0].centre

    @property
    def members(self) -> tuple[LightProfile, ...]:
        return self.profile_list

    @property
    def light_profile_list(self) -> list[LightProfile]:
        """The profiles as a list."""
        return list(self.profile_list)

    def is_physical(self) -> Any:
        return are_physical(self.profile_list)

    @property
    def total_flux(self) -> Any:
        """The light of the ordinary profiles on the whole sky: see `LightProfile`."""
        return sum(each.total_flux for each in self.profile_list if not isinstance(each, LightProfileLinear))

    def image_at(self, y: Any, x: Any) -> Any:
        """Summed surface brightness of the ordinary profiles; linear ones are dark until they are solved."""
        images = [each.image_at(y, x) for each in self.profile_list if not isinstance(each, LightProfileLinear)]
        return sum(images[1:], start=images[0]) if images else jnp.zeros(jnp.shape(y))

    def image_2d_from(self, grid: Any, operated_only: bool | None = None) -> Any:
        ordinary = [each for each in self.profile_list if operated_only in (None, each.is_operated)]
        lit = [each for each in ordinary if not isinstance(each, LightProfileLinear)]
        return aa.evaluate(jax.tree_util.Partial(_summed, grouped(lit)), grid)

    def image_2d_list_from(self, grid: Any, operated_only: bool | None = None) -> list[Any]:
        """The image of each profile on a grid, linear ones at intensity 1."""
        return [each.image_2d_from(grid, operated_only) for each in self.profile_list]


def _summed(groups: Sequence[ProfileGroup], y: Any, x: Any) -> Any:
    return sum((group.image_at(y, x) for group in groups), start=jnp.zeros(jnp.shape(y)))
