"""`MassField`: mass at a redshift that belongs to no galaxy."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np

from galens.errors import RayTracingError
from galens.galaxy.massive import Massive, SeveralMasses
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.parameters import Scalar

__all__ = ["MassField"]


class MassField(SeveralMasses):
    """Mass at one redshift without light: an external shear, a sheet, the potential of what is around a lens.

    Components are attributes, as those of a `Galaxy`.

    Args:
        redshift: 0 or more.
        components: mass profiles, each by a name.

    Raises:
        RayTracingError: a negative redshift, or a component that is no mass profile.
    """

    redshift: Scalar
    values: tuple[Any, ...]
    names: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, redshift: Scalar, **components: MassProfile) -> None:
        if not isinstance(redshift, jax.core.Tracer) and not np.all(np.asarray(redshift) >= 0.0):
            raise RayTracingError(f"MassField: redshift is {redshift}, but must be at least 0.")
        for name, component in components.items():
            if hasattr(type(self), name) or name in ("names", "values"):
                raise RayTracingError(f"MassField: a component cannot be called {name!r}, which fields have already.")
            if not isinstance(component, MassProfile):
                raise RayTracingError(
                    f"MassField: {name} is {component!r}, but must be a mass profile; what shines belongs to a Galaxy."
                )
        self.redshift = float(redshift) if isinstance(redshift, int) else redshift
        self.values = tuple(components.values())
        self.names = tuple(components)

    def __getattr__(self, name: str) -> Any:
        names = self.__dict__.get("names", ())
        if name in names:
            return self.values[names.index(name)]
        raise AttributeError(f"MassField has no attribute {name!r}; its components are: {', '.join(names) or 'none'}.")

    def __repr__(self) -> str:
        components = "".join(f", {name}={value!r}" for name, value in self.mass_profiles.items())
        return f"MassField(redshift={self.redshift!r}{components})"

    @property
    def mass_profiles(self) -> dict[str, MassProfile]:
        """The mass profiles by name."""
        return dict(zip(self.names, self.values, strict=True))

    @property
    def masses(self) -> tuple[Massive, ...]:
        return self.values

    def is_physical(self) -> Any:
        """Whether the redshift and all components are inside their bounds: a bool, traced where a parameter is."""
        inside = self.redshift >= 0.0
        for component in self.values:
            inside = inside & component.is_physical()
        return inside
