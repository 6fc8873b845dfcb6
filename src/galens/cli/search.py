"""The `search` section of a fit's YAML file: a search of `galens.fit` by its class, with its arguments.

::

    search:
      class: MultiStartLM
      seed: 1
      n_starts: 64
"""

from __future__ import annotations

import dataclasses
from typing import Any

from galens.cli.section import Section
from galens.fit import search as searches

__all__ = ["search_from"]

SEARCHES: dict[str, type[searches.AbstractSearch[Any]]] = {
    name: getattr(searches, name) for name in searches.__all__ if not name.startswith("Abstract")
}


def search_from(section: Section, name: str) -> searches.AbstractSearch[Any]:
    """The search that a ``search`` section describes; it is called `name` unless the section says otherwise.

    Raises:
        ConfigError: the class or one of its arguments is unknown, or of the wrong type.
    """
    cls = SEARCHES[section.choice("class", sorted(SEARCHES), "MultiStartLM")]
    arguments: dict[str, Any] = {"name": name}
    for field in dataclasses.fields(cls):
        if field.metadata.get("decides", True):
            value = section.take(field.name, _kinds(field), None)
            if value is not None:
                arguments[field.name] = value
    section.finish()
    with section.naming():
        return cls(**arguments)


def _kinds(field: dataclasses.Field[Any]) -> tuple[type, ...]:
    """What YAML may hold for an argument: by its default, or where that is None by what is written beside it."""
    kinds = {bool: (bool,), int: (int,), float: (float, int), str: (str,)}
    if field.default is not None:
        return kinds.get(type(field.default), (str, int, float, bool, list))
    written = str(field.type)
    return next((kinds[each] for each in (bool, int, float) if each.__name__ in written), (str,))
