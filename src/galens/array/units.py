"""Numbers that came as astropy's Quantities: converted where they come in, so that nothing further down knows units.

A Quantity is known by its methods, so that a script that uses none does not import astropy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from galens.errors import GalensError

__all__ = ["has_unit", "in_unit"]


def has_unit(value: Any) -> bool:
    """Whether `value` is a Quantity, or a list or tuple with one in it."""
    if isinstance(value, list | tuple):
        return any(has_unit(each) for each in value)
    return hasattr(type(value), "to_value") and hasattr(type(value), "unit")


def in_unit(value: Any, unit: str, name: str, error: type[GalensError]) -> Any:
    """`value` as plain numbers in `unit`; what has no unit is taken to be in it already.

    Args:
        value: a number, an array, a Quantity, or a list or tuple of these.
        unit: as astropy writes it: "arcsec", "deg", "" for a pure number.
        name: of the argument, for the message.
        error: what is raised where the unit cannot be converted.
    """
    if not has_unit(value):
        return value
    if isinstance(value, list | tuple):
        return type(value)(in_unit(each, unit, name, error) for each in value)
    from astropy.units import UnitConversionError

    try:
        plain = value.to_value(unit)
    except UnitConversionError:
        wanted = {"arcsec": "an angle, such as arcsec", "deg": "an angle, such as deg", "": "a pure number"}[unit]
        raise error(f"{name} is {value}, but must be {wanted}.") from None
    return plain if np.ndim(plain) else float(plain)
