"""Default priors: which prior a parameter of a class has unless the script sets one.

They are YAML (or JSON) files in the ``priors`` folder of every configuration layer, in the format that users
of PyAutoFit have::

    Sersic:
      sersic_index:
        type: Uniform
        lower_limit: 0.8
        upper_limit: 5.0
        width_modifier: {type: Absolute, value: 1.5}
        limits: {lower: 0.8, upper: 5.0}

**Which entry belongs to which class.** The path of a file below ``priors`` and the keys above the class name,
joined, are the entry's *place*: the class ``Sersic`` in ``priors/light/standard.yaml``, or under the key
``standard`` of ``priors/light.yaml``, has the place ``light.standard``. An entry fits a class of that name if
its place is found, as whole components side by side, in the dotted name of the class's module:
``light.standard`` in ``galens.galaxy.profiles.light.standard``. Of several the longest place wins.

Workspaces keep one class a file in a folder (``priors/light/standard/sersic.yaml``), whatever their modules
are called: where a file lies in a folder and the class is on its top level, the folder alone
(``light.standard``) may be the place too.

A parameter that is not listed for the class is looked up for its base classes, in the order of inheritance;
then in the next layer. The type ``Deferred`` says that there is no default. Keys that begin with ``x-`` are
ignored: the package's files keep their shared anchors there.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from galens.config import conf
from galens.config.documents import SUFFIXES, did_you_mean, read_document
from galens.errors import ConfigError

__all__ = ["ARGUMENTS", "PriorEntry", "prior_entry", "prior_entry_from"]

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "Uniform": ("lower_limit", "upper_limit"),
    "LogUniform": ("lower_limit", "upper_limit"),
    "Gaussian": ("mean", "sigma"),
    "TruncatedGaussian": ("mean", "sigma", "lower_limit", "upper_limit"),
    "LogGaussian": ("mean", "sigma"),
    "Constant": ("value",),
}
"""Prior type -> the numbers it needs."""


@dataclass(frozen=True)
class PriorEntry:
    """One default prior.

    Attributes:
        type: one of `ARGUMENTS`.
        arguments: the numbers of that type.
        width_modifier: how wide the prior becomes when a result is passed on, ``{"type": "Absolute", "value":
            1}`` or ``{"type": "Relative", "value": 0.5, "absolute_floor": 0.1}``; None if not given.
        limits: physical limits of a prior that is passed on, ``{"lower": 0, "upper": 1}``; None if not given.
        source: the file and key it comes from.
    """

    type: str
    arguments: dict[str, float]
    width_modifier: dict[str, Any] | None = None
    limits: dict[str, float] | None = None
    source: str = field(default="", compare=False)


Place = tuple[str, ...]
Entries = dict[str, PriorEntry | None]


def prior_entry(cls: type, parameter: str, config: conf.Config | None = None) -> PriorEntry | None:
    """Default prior of one parameter of a class, or None where no layer lists one.

    Args:
        cls: the class of a model component.
        parameter: its argument; members of tuples as ``centre_0``.
        config: configuration to look in; by default the one of this process.

    Raises:
        ConfigError: a file of priors is malformed (names file, key and what is allowed).
    """
    for folder in (config or conf.instance).folders:
        catalogue = _catalogue(folder / "priors")
        for base in cls.__mro__:
            for entries in catalogue.of(base.__name__, tuple(base.__module__.split("."))):
                if parameter in entries:
                    return entries[parameter]
    return None


def prior_entry_from(document: Any, source: str) -> PriorEntry:
    """The prior that a mapping ``{"type": "Uniform", "lower_limit": 0, ...}`` describes.

    Raises:
        ConfigError: unknown type or key, missing or impossible number; begins with `source`.
    """
    if not isinstance(document, Mapping) or "type" not in document:
        raise ConfigError(f"{source}: a prior is a mapping with the key 'type', got {document!r}.")
    kind = document["type"]
    if kind not in ARGUMENTS:
        raise ConfigError(
            f"{source}: unknown prior type {kind!r}.{did_you_mean(kind, ARGUMENTS)} Allowed: {', '.join(ARGUMENTS)}."
        )
    names = ARGUMENTS[kind]
    allowed = ("type", *names, "width_modifier", "limits")
    for key in document:
        if key not in allowed:
            raise ConfigError(
                f"{source}: unknown key '{key}' of a {kind} prior.{did_you_mean(key, allowed)} "
                f"Allowed: {', '.join(allowed)}."
            )
    missing = [each for each in names if each not in document]
    if missing:
        raise ConfigError(f"{source}: a {kind} prior needs {', '.join(names)}; missing: {', '.join(missing)}.")
    arguments = {each: _number(document[each], f"{source}.{each}") for each in names}
    _check_numbers(kind, arguments, source)
    return PriorEntry(
        type=kind,
        arguments=arguments,
        width_modifier=_width_modifier(document.get("width_modifier"), f"{source}.width_modifier"),
        limits=_limits(document.get("limits"), f"{source}.limits"),
        source=source,
    )


class _Catalogue:
    """All entries of one ``priors`` folder, by class name."""

    def __init__(self, folder: Path) -> None:
        self._by_class: dict[str, list[tuple[Place, Entries]]] = {}
        paths = sorted(each for each in folder.rglob("*") if each.suffix in SUFFIXES) if folder.is_dir() else []
        for path in paths:
            document = read_document(path)
            file_place = path.relative_to(folder).with_suffix("").parts
            for place, name, entries in _classes(document, file_place, path):
                self._by_class.setdefault(name, []).append((place, entries))
                if place == file_place and len(file_place) > 1:
                    self._by_class[name].append((file_place[:-1], entries))

    def of(self, name: str, module: Place) -> list[Entries]:
        """Entries that fit the class `name` of `module`, the longest place first."""
        fitting = [each for each in self._by_class.get(name, ()) if _is_side_by_side(each[0], module)]
        return [entries for _, entries in sorted(fitting, key=lambda each: -len(each[0]))]


@functools.cache
def _catalogue(folder: Path) -> _Catalogue:
    return _Catalogue(folder)


def _classes(document: Any, place: Place, path: Path) -> Iterator[tuple[Place, str, Entries]]:
    """(place, class name, entries of its parameters) of every class in a document."""
    if not isinstance(document, Mapping):
        where = ".".join(place)
        raise ConfigError(f"{path}: '{where}' is {document!r}, but must be a mapping of classes or parameters.")
    for key, below in document.items():
        if str(key).startswith("x-"):
            continue
        *inner, name = str(key).split(".")
        if not isinstance(below, Mapping) or not all(isinstance(each, Mapping) for each in below.values()):
            raise ConfigError(f"{path}: '{key}' is {below!r}, but must be a mapping of parameters to priors.")
        if any(_holds_values(each) for each in below.values()):
            yield (
                (*place, *inner),
                name,
                {str(each): _entry(value, f"{path}: {key}.{each}") for each, value in below.items()},
            )
        else:
            yield from _classes(below, (*place, *inner, name), path)


def _holds_values(document: Mapping[Any, Any]) -> bool:
    # A prior holds its type and numbers, a level above the classes only further mappings.
    return any(not isinstance(each, Mapping) for each in document.values())


def _entry(document: Mapping[Any, Any], source: str) -> PriorEntry | None:
    return None if document.get("type") == "Deferred" else prior_entry_from(document, source)


def _is_side_by_side(place: Place, module: Place) -> bool:
    return any(module[start : start + len(place)] == place for start in range(len(module) - len(place) + 1))


def _number(value: Any, source: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"{source} is {value!r}, but must be a number.")
    if math.isnan(value):
        raise ConfigError(f"{source} is not a number (NaN).")
    return float(value)


def _check_numbers(kind: str, arguments: dict[str, float], source: str) -> None:
    shown = ", ".join(f"{name} = {value:g}" for name, value in arguments.items())
    finite = [value for name, value in arguments.items() if kind != "TruncatedGaussian" or "limit" not in name]
    if not all(math.isfinite(each) for each in finite):
        raise ConfigError(f"{source}: the numbers of a {kind} prior must be finite, got {shown}.")
    if "lower_limit" in arguments and not arguments["lower_limit"] < arguments["upper_limit"]:
        raise ConfigError(f"{source}: lower_limit must be below upper_limit, got {shown}.")
    if kind == "LogUniform" and arguments["lower_limit"] <= 0.0:
        raise ConfigError(f"{source}: lower_limit of a LogUniform prior must be above 0, got {shown}.")
    if "sigma" in arguments and arguments["sigma"] <= 0.0:
        raise ConfigError(f"{source}: sigma must be above 0, got {shown}.")


def _width_modifier(document: Any, source: str) -> dict[str, Any] | None:
    if document is None:
        return None
    kinds = ("Absolute", "Relative")
    if not isinstance(document, Mapping) or document.get("type") not in kinds:
        raise ConfigError(
            f"{source} is {document!r}, but must be a mapping with type: Absolute or Relative, and value."
        )
    allowed = ("type", "value", "absolute_floor") if document["type"] == "Relative" else ("type", "value")
    for key in document:
        if key not in allowed:
            raise ConfigError(f"{source}: unknown key '{key}'. Allowed: {', '.join(allowed)}.")
    if "value" not in document:
        raise ConfigError(f"{source}: 'value' is missing.")
    numbers = {key: _number(value, f"{source}.{key}") for key, value in document.items() if key != "type"}
    if any(value <= 0.0 for value in numbers.values()):
        raise ConfigError(f"{source} is {dict(document)}, but widths must be above 0.")
    return {"type": document["type"], **numbers}


def _limits(document: Any, source: str) -> dict[str, float] | None:
    if document is None:
        return None
    if not isinstance(document, Mapping) or set(document) != {"lower", "upper"}:
        raise ConfigError(f"{source} is {document!r}, but must be a mapping with the keys lower and upper.")
    numbers = {key: _number(value, f"{source}.{key}") for key, value in document.items()}
    if not numbers["lower"] < numbers["upper"]:
        raise ConfigError(f"{source}: lower must be below upper, got {numbers}.")
    return numbers
