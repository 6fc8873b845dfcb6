"""Parameters of profiles: how a class declares them, what they may be, and what is checked when.

A class says once what a parameter may be. A profile built from numbers is checked at once and refused in words; one
built from traced values cannot be, and says by `Profile.is_physical` whether it is inside the same bounds, so that a
model can give a likelihood of zero there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array

from galens.array.units import has_unit, in_unit
from galens.errors import ProfileError

__all__ = ["Pair", "Profile", "Scalar", "pair", "parameter"]

Scalar = float | Array
Pair = tuple[Scalar, Scalar]


@dataclasses.dataclass(frozen=True)
class Bounds:
    """What a parameter may be: above, at least, or below a number; None where there is no such bound."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None

    def hold(self, value: Any) -> Any:
        """Whether every bound holds: a bool, or an array of them, traced or not."""
        inside = value == value  # not NaN
        if self.above is not None:
            inside &= value > self.above
        if self.at_least is not None:
            inside &= value >= self.at_least
        if self.below is not None:
            inside &= value < self.below
        return inside

    def __str__(self) -> str:
        limits = [("above", self.above), ("at least", self.at_least), ("below", self.below)]
        return " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None) or "finite"


@dataclasses.dataclass
class Converter:
    """From what a script gives for a parameter to plain numbers: takes units off, then does the rest."""

    to_numbers: Callable[[Any], Any]
    place: tuple[type, str] | None = None

    def __call__(self, value: Any) -> Any:
        return self.to_numbers(self._without_unit(value) if has_unit(value) else value)

    def _without_unit(self, value: Any) -> Any:
        from galens.config.notation import DATA, unit_of

        assert self.place is not None
        cls, name = self.place
        unit = unit_of(name, cls) or unit_of(f"{name}_0", cls)
        if unit == DATA:
            raise ProfileError(
                f"{cls.__name__}: {name} is {value}, but must be a plain number, in the unit of the data."
            )
        return in_unit(value, unit, f"{cls.__name__}: {name}", ProfileError)


def parameter(
    default: float | None, *, above: float | None = None, at_least: float | None = None, below: float | None = None
) -> Any:
    """A field that holds one number, with its bounds; where the default is None, it need not be given."""
    bounds = Bounds(above, at_least, below)
    return eqx.field(default=default, converter=Converter(_float), metadata={"bounds": bounds})


def pair(default: tuple[float, float] = (0.0, 0.0)) -> Any:
    """A field that holds two numbers, such as the (y, x) of a centre."""
    return eqx.field(default=default, converter=Converter(_pair), metadata={"bounds": Bounds()})


class Profile(eqx.Module):
    """Something with declared parameters: a light or mass profile, or a part of one.

    A parameter may be given as an astropy Quantity: of an angle where it is a length on the sky (it becomes arcsec)
    or an angle (degrees), dimensionless where it is a pure number. Brightness is in the unit of the data, a number.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, each in vars(cls).items():
            if isinstance(each, dataclasses.Field) and isinstance(each.metadata.get("converter"), Converter):
                each.metadata["converter"].place = (cls, name)

    def __check_init__(self) -> None:
        for name, value, bounds in _declared(self):
            members = value if isinstance(value, tuple) else (value,)
            if not any(isinstance(member, jax.core.Tracer) for member in members):
                _check(type(self), name, value, members, bounds)

    def __repr__(self) -> str:
        fields = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self))
        return f"{type(self).__name__}({fields})"

    def is_physical(self) -> Any:
        """Whether all parameters are inside their bounds: a bool, traced where a parameter is."""
        return are_physical((self,))

    def _conditions(self) -> Iterator[tuple[Callable[..., Any], tuple[Any, ...]]]:
        """What must hold, as functions and the parameters that they take."""
        for _, value, bounds in _declared(self):
            for member in value if isinstance(value, tuple) else (value,):
                yield bounds.hold, (member,)


def are_physical(profiles: Iterable[Profile]) -> Any:
    """Whether all parameters of all profiles are inside their bounds: a bool, traced where a parameter is.

    What profiles share, as Gaussians of an expansion do their centre, is asked once.
    """
    inside: Any = True
    asked = set()
    for profile in profiles:
        for holds, values in profile._conditions():
            question = (holds, *(id(each) if isinstance(each, jax.core.Tracer) else None for each in values))
            if None in question:
                inside = inside & holds(*values)
            elif question not in asked:
                asked.add(question)
                inside = inside & holds(*values)
    return bool(inside) if isinstance(inside, np.bool_) else inside


def _declared(profile: Profile) -> Iterator[tuple[str, Any, Bounds]]:
    for each in dataclasses.fields(profile):
        if "bounds" in each.metadata:
            value = getattr(profile, each.name)
            if value is not None or each.default is not None:
                yield each.name, value, each.metadata["bounds"]


def _check(cls: type, name: str, value: Any, members: tuple[Any, ...], bounds: Bounds) -> None:
    # member by member: of draws, one may be an array and the other fixed
    try:
        numbers = [np.asarray(member, dtype=float) for member in members]
    except (TypeError, ValueError):
        raise ProfileError(f"{cls.__name__}: {name} must be a number, got {value!r}.") from None
    if not all(np.all(np.isfinite(each)) and np.all(bounds.hold(each)) for each in numbers):
        raise ProfileError(f"{cls.__name__}: {name} is {value}, but must be {bounds}.")


def _float(value: Any) -> Any:
    # JAX differentiates with respect to floats only.
    return float(value) if isinstance(value, (int, np.integer)) and not isinstance(value, bool) else value


def _pair(value: Any) -> Any:
    try:
        first, second = value
    except (TypeError, ValueError):
        raise ProfileError(f"centre, ell_comps and the like are two numbers, got {value!r}.") from None
    return (_float(first), _float(second))
