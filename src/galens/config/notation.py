"""How parameters are written: their LaTeX symbols and units, from ``notation.yaml`` of every configuration layer.

The file has the form that users of PyAutoFit have, with units and periods of angles beside the symbols::

    label:
      label: {sersic_index: n, effective_radius: R_{\\rm eff}}
      unit: {effective_radius: arcsec, intensity: data}
      period: {position_angle: 180}

A key may name the class too, ``Moffat.alpha``, and then holds for that class and those derived from it. Units are
written as astropy reads them; ``data`` is the unit of the data, whatever that is; what is not listed has no unit.
Other keys of the file are left alone.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galens.config import conf
from galens.config.documents import read_document
from galens.errors import ConfigError

__all__ = ["DATA", "label_of", "period_of", "unit_of"]

DATA = "data"
"""Stands in `notation.yaml` for the unit of the data."""

SECTIONS: dict[str, tuple[str, tuple[type, ...]]] = {
    "label": ("LaTeX symbols", (str,)),
    "unit": ("units", (str,)),
    "period": ("numbers", (int, float)),
}


def label_of(parameter: str, cls: type | None = None) -> str:
    r"""LaTeX symbol of a parameter, such as ``\theta_{\rm Ein}`` for ``einstein_radius``.

    A parameter that no layer names gets the first letter of its name.

    Args:
        parameter: its name; members of tuples have their own, such as ``centre_0``.
        cls: class of the component that has it, for symbols that depend on it.

    Raises:
        ConfigError: a file's ``label: label`` is not a mapping of names to symbols.
    """
    return _found("label", parameter, cls) or parameter[:1]


def unit_of(parameter: str, cls: type | None = None) -> str:
    """Unit of a parameter as astropy reads it, "data" for the unit of the data, "" for a pure number.

    Args:
        parameter, cls: as of `label_of`.

    Raises:
        ConfigError: a file's ``label: unit`` is not a mapping of names to units.
    """
    return _found("unit", parameter, cls) or ""


def period_of(parameter: str) -> float | None:
    """After how much an angle is the same again; None for what has no period.

    Raises:
        ConfigError: a file's ``label: period`` is not a mapping of names to numbers.
    """
    return _found("period", parameter, None)


def _found(section: str, parameter: str, cls: type | None) -> Any:
    bases = cls.__mro__ if isinstance(cls, type) else ()
    keys = [*(f"{base.__name__}.{parameter}" for base in bases), parameter]
    for folder in conf.instance.folders:
        entries = _entries(folder / "notation.yaml", section)
        for key in keys:
            if key in entries:
                return entries[key]
    return None


@functools.cache
def _entries(path: Path, section: str) -> Mapping[str, Any]:
    what, kinds = SECTIONS[section]
    document = read_document(path) if path.is_file() else None
    above = (document or {}).get("label", {}) if isinstance(document or {}, Mapping) else None
    entries = above.get(section, {}) if isinstance(above, Mapping) else None
    if not isinstance(entries, Mapping) or not all(isinstance(each, kinds) for each in entries.values()):
        raise ConfigError(f"{path}: 'label: {section}' must be a mapping of parameter names to {what}.")
    return entries
